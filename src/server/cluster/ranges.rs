//! Slots for messages.

use std::fmt;

/// As many ranges are shown.
const SHOWN: usize = 3;

/// Slots as ranges, each with its first and its last slot.
pub struct Ranges(Vec<(u16, u16)>);

impl Ranges {
    /// The ranges of slots that come in their order.
    pub fn of(slots: impl Iterator<Item = u16>) -> Self {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for slot in slots {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == slot => *last = slot,
                _ => ranges.push((slot, slot)),
            }
        }
        Self(ranges)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |(first, last): &(u16, u16)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        let shown: Vec<String> = self.0.iter().take(SHOWN).map(one).collect();
        f.write_str(&shown.join(", "))?;
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more ranges"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_range_and_only_the_first_ranges_are_shown() {
        let shown = |slots: &[u16]| Ranges::of(slots.iter().copied()).to_string();
        assert_eq!(shown(&[0, 1, 2, 7, 9, 10]), "0-2, 7, 9-10");
        assert_eq!(shown(&[0, 2, 4, 6, 8]), "0, 2, 4 and 2 more ranges");
        assert!(Ranges::of(std::iter::empty()).is_empty());
    }
}
