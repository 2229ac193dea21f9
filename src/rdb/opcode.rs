//! The first byte of a record that is not a key: `RDB_OPCODE_…` in `rdb.h`.

use super::Dialect;
use crate::version::Flavour;

/// The kind of a record that is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// `ff`: the end of the records; the checksum follows.
    Eof,
    /// `fe`: the index of the database of the keys that follow.
    SelectDb,
    /// `fd`: the expiry of the next key in unix seconds.
    ExpireTime,
    /// `fc`: the expiry of the next key in unix ms.
    ExpireTimeMs,
    /// `fb`: the number of keys in the database, and how many of them expire.
    ResizeDb,
    /// `fa`: metadata of the file, a name and a value.
    Aux,
    /// `f9`: the counter of uses of the next key.
    Freq,
    /// `f8`: seconds since the next key was last used.
    Idle,
    /// `f7`: data that a module keeps outside of keys.
    ModuleAux,
    /// `f6`: a function, in the form of the release candidates of Redis 7.0.
    FunctionPreGa,
    /// `f5`: a function library.
    Function2,
    /// `f4`: the number of keys in a slot of a cluster.
    SlotInfo,
    /// `f3` of Redis: metadata that modules attached to the next key.
    KeyMeta,
    /// `f3` of Valkey: slots that were being imported.
    SlotImport,
    /// `f2` of Redis: the field names of all hashes that refer to this template.
    HashTemplate,
    /// `f2` of Valkey: a command that was executed while the file was being written.
    Command,
    /// `6b` and `79` of Redis Enterprise: a number.
    Enterprise,
    /// `dc` of Dragonfly: properties of the next key.
    DragonflyProperties,
    /// `c9` to `cb` of Dragonfly: packed records.
    DragonflyBlob,
}

impl Opcode {
    /// The opcode of this byte, in a file of this flavour and dialect.
    pub fn from_byte(byte: u8, flavour: Flavour, dialect: Option<Dialect>) -> Option<Self> {
        Some(match byte {
            0xff => Self::Eof,
            0xfe => Self::SelectDb,
            0xfd => Self::ExpireTime,
            0xfc => Self::ExpireTimeMs,
            0xfb => Self::ResizeDb,
            AUX => Self::Aux,
            0xf9 => Self::Freq,
            0xf8 => Self::Idle,
            0xf7 => Self::ModuleAux,
            0xf6 => Self::FunctionPreGa,
            FUNCTION_2 => Self::Function2,
            0xf4 => Self::SlotInfo,
            0xf3 if flavour == Flavour::Valkey => Self::SlotImport,
            0xf3 => Self::KeyMeta,
            0xf2 if flavour == Flavour::Valkey => Self::Command,
            0xf2 => Self::HashTemplate,
            0xdc if dialect == Some(Dialect::Dragonfly) => Self::DragonflyProperties,
            0xc9..=0xcb if dialect == Some(Dialect::Dragonfly) => Self::DragonflyBlob,
            0x6b | 0x79 if flavour == Flavour::Redis => Self::Enterprise,
            _ => return None,
        })
    }

    /// The RDB version that introduced this opcode. Release candidates already had the version of their release.
    pub fn since(self) -> u16 {
        match self {
            Self::Eof
            | Self::SelectDb
            | Self::ExpireTime
            | Self::Enterprise
            | Self::DragonflyProperties
            | Self::DragonflyBlob => 1,
            Self::ExpireTimeMs => 3,
            Self::ResizeDb | Self::Aux => 7,
            Self::Freq | Self::Idle | Self::ModuleAux => 9,
            Self::FunctionPreGa | Self::Function2 => 10,
            Self::SlotInfo => 12,
            Self::KeyMeta => 13,
            Self::HashTemplate => 15,
            Self::SlotImport => 80,
            Self::Command => 81,
        }
    }
}

/// The first byte of an auxiliary field.
pub const AUX: u8 = 0xfa;

/// The first byte of a function library in a file, and in the payload of `FUNCTION DUMP`.
pub const FUNCTION_2: u8 = 0xf5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meaning_of_f2_and_f3_depends_on_the_magic() {
        let both = |byte| [Flavour::Redis, Flavour::Valkey].map(|flavour| Opcode::from_byte(byte, flavour, None));
        assert_eq!(both(0xf3), [Some(Opcode::KeyMeta), Some(Opcode::SlotImport)]);
        assert_eq!(both(0xf2), [Some(Opcode::HashTemplate), Some(Opcode::Command)]);
    }

    #[test]
    fn opcodes_of_dragonfly_mean_nothing_elsewhere() {
        for byte in [0xc9, 0xdc] {
            assert!(Opcode::from_byte(byte, Flavour::Redis, Some(Dialect::Dragonfly)).is_some());
            assert_eq!(Opcode::from_byte(byte, Flavour::Redis, Some(Dialect::KeyDb)), None);
            assert_eq!(Opcode::from_byte(byte, Flavour::Redis, None), None);
        }
    }
}
