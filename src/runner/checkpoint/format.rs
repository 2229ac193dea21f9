//! The version of the format of records.

/// Rises with every change that an older program would misunderstand.
pub const FORMAT_VERSION: u32 = 1;
