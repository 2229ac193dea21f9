//! What a layout is made of.

/// One part of a layout.
#[derive(Clone, Copy, Debug)]
pub enum LayoutStep {
    /// A string, in any of its forms.
    String,
    /// A length: any number.
    Length,
    /// As many bytes.
    Bytes(u8),
    /// A score as text.
    TextDouble,
    /// A length that says how often the next [`LayoutStep::Times`] is done.
    Count,
    /// A string that holds a listpack: its items say how often the next [`LayoutStep::Times`] is done.
    CountItems,
    /// These steps, as often as the last count says.
    Times(&'static [LayoutStep]),
    /// A length, and then the steps at that place.
    Choice(&'static [&'static [LayoutStep]]),
    /// Lengths, each followed by the steps at that place, until a length is 0.
    UntilZero(&'static [&'static [LayoutStep]]),
    /// These steps, in this and later forms of a stream.
    Since(u8, &'static [LayoutStep]),
}
