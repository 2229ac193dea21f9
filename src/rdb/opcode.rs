//! What a record begins with, where it is not a value's type: `RDB_OPCODE_…` in `rdb.h`.

use crate::version::Flavour;

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// `ff`: no more records; the checksum follows.
    Eof,
    /// `fe`: the database of the keys that follow.
    SelectDb,
    /// `fd`: when the next key expires, in s.
    ExpireTime,
    /// `fc`: when the next key expires, in ms.
    ExpireTimeMs,
    /// `fb`: how many keys the database has, and how many of them expire.
    ResizeDb,
    /// `fa`: something about the file, a name and a value.
    Aux,
    /// `f9`: how often the next key is used.
    Freq,
    /// `f8`: for how long the next key was not used, in s.
    Idle,
    /// `f7`: what a module keeps beside its keys.
    ModuleAux,
    /// `f6`: a function, as Redis 7.0's release candidates wrote it.
    FunctionPreGa,
    /// `f5`: a library of functions.
    Function2,
    /// `f4`: how many keys a cluster's slot has.
    SlotInfo,
    /// `f3` of Redis: what modules attached to the next key.
    KeyMeta,
    /// `f3` of Valkey: slots that were on their way in.
    SlotImport,
    /// `f2` of Redis: the names of the fields of hashes that refer to it.
    HashTemplate,
    /// `6b` and `79`: Redis Enterprise's own, a number each.
    Enterprise,
}

impl Opcode {
    /// The opcode that a byte stands for, in a file of that flavour.
    #[must_use]
    pub fn from_byte(byte: u8, flavour: Flavour) -> Option<Self> {
        Some(match byte {
            0xff => Self::Eof,
            0xfe => Self::SelectDb,
            0xfd => Self::ExpireTime,
            0xfc => Self::ExpireTimeMs,
            0xfb => Self::ResizeDb,
            0xfa => Self::Aux,
            0xf9 => Self::Freq,
            0xf8 => Self::Idle,
            0xf7 => Self::ModuleAux,
            0xf6 => Self::FunctionPreGa,
            FUNCTION_2 => Self::Function2,
            0xf4 => Self::SlotInfo,
            0xf3 if flavour == Flavour::Valkey => Self::SlotImport,
            0xf3 => Self::KeyMeta,
            0xf2 if flavour == Flavour::Redis => Self::HashTemplate,
            0x6b | 0x79 if flavour == Flavour::Redis => Self::Enterprise,
            _ => return None,
        })
    }
}

/// What a library's payload begins with, as `FUNCTION DUMP` gives it.
pub const FUNCTION_2: u8 = 0xf5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_f3_means_depends_on_the_magic() {
        assert_eq!(Opcode::from_byte(0xf3, Flavour::Redis), Some(Opcode::KeyMeta));
        assert_eq!(Opcode::from_byte(0xf3, Flavour::Valkey), Some(Opcode::SlotImport));
        assert_eq!(Opcode::from_byte(0xf2, Flavour::Valkey), None);
    }
}
