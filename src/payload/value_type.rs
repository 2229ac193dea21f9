//! The types of serialised values: `RDB_TYPE_…` of Redis' and Valkey's `rdb.h`.

use crate::version::Flavour;

/// How a value is written. The names are those of `rdb.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// 0.
    String,
    /// 1: items one by one.
    List,
    /// 2: members one by one.
    Set,
    /// 3: members with scores as text.
    Zset,
    /// 4: fields with values.
    Hash,
    /// 5: members with scores in eight bytes.
    Zset2,
    /// 6: a module's value, of Redis 4.0's release candidates; only the module knows where it ends.
    ModulePreGa,
    /// 7: a module's value.
    Module2,
    /// 9: a hash in a zipmap.
    HashZipmap,
    /// 10: a list in a ziplist.
    ListZiplist,
    /// 11: a set in an intset.
    SetIntset,
    /// 12: a sorted set in a ziplist.
    ZsetZiplist,
    /// 13: a hash in a ziplist.
    HashZiplist,
    /// 14: a list in ziplists.
    ListQuicklist,
    /// 15: a stream.
    StreamListpacks,
    /// 16: a hash in a listpack.
    HashListpack,
    /// 17: a sorted set in a listpack.
    ZsetListpack,
    /// 18: a list in listpacks and single items.
    ListQuicklist2,
    /// 19: a stream with what it has lost and what its groups have read.
    StreamListpacks2,
    /// 20: a set in a listpack.
    SetListpack,
    /// 21: a stream with its consumers' last activity.
    StreamListpacks3,
    /// 22 of Redis: a hash with fields that expire, of 7.4's release candidates.
    HashMetadataPreGa,
    /// 23 of Redis: the same in a listpack.
    HashListpackExPreGa,
    /// 22 of Valkey: a hash with fields that expire.
    Hash2,
    /// 24: a hash with fields that expire.
    HashMetadata,
    /// 25: a hash with fields that expire, in a listpack.
    HashListpackEx,
    /// 26: a stream with the memory of its idempotent producers.
    StreamListpacks4,
    /// 27: a stream with entries that were given back.
    StreamListpacks5,
    /// 28.
    Array,
    /// 29: a hash in a listpack, with its fields' names in a template.
    HashTmplLp,
    /// 30: the same, with its template elsewhere in the file.
    HashTmplLpRef,
    /// 31: a hash, with its fields' names in a template.
    HashTmplArray,
    /// 32: the same, with its template elsewhere in the file.
    HashTmplArrayRef,
}

/// All types, with the byte that stands for each, and the RDB version that it came with.
const TYPES: [(ValueType, u8, u16); 33] = {
    use ValueType as T;
    [
        (T::String, 0, 1),
        (T::List, 1, 1),
        (T::Set, 2, 1),
        (T::Zset, 3, 1),
        (T::Hash, 4, 1),
        (T::Zset2, 5, 8),
        (T::ModulePreGa, 6, 8),
        (T::Module2, 7, 8),
        (T::HashZipmap, 9, 2),
        (T::ListZiplist, 10, 2),
        (T::SetIntset, 11, 2),
        (T::ZsetZiplist, 12, 2),
        (T::HashZiplist, 13, 4),
        (T::ListQuicklist, 14, 7),
        (T::StreamListpacks, 15, 9),
        (T::HashListpack, 16, 10),
        (T::ZsetListpack, 17, 10),
        (T::ListQuicklist2, 18, 10),
        (T::StreamListpacks2, 19, 10),
        (T::SetListpack, 20, 11),
        (T::StreamListpacks3, 21, 11),
        (T::HashMetadataPreGa, 22, 12),
        (T::HashListpackExPreGa, 23, 12),
        (T::Hash2, 22, 80),
        (T::HashMetadata, 24, 12),
        (T::HashListpackEx, 25, 12),
        (T::StreamListpacks4, 26, 13),
        (T::StreamListpacks5, 27, 14),
        (T::Array, 28, 14),
        (T::HashTmplLp, 29, 15),
        (T::HashTmplLpRef, 30, 15),
        (T::HashTmplArray, 31, 15),
        (T::HashTmplArrayRef, 32, 15),
    ]
};

impl ValueType {
    /// The type that a byte stands for, in what a server of that flavour wrote. Up to 21 all agree.
    /// Of a flavour that we do not know, no more is believed than what Redis 7.0 knew before listpacks
    /// reached every fork.
    #[must_use]
    pub fn from_byte(byte: u8, written_by: Flavour) -> Option<Self> {
        let known = match written_by {
            Flavour::Redis => 32,
            Flavour::Valkey => 22,
            Flavour::Other => 19,
        };
        // The table is in the order of the bytes; there is no 8, and 22 is there twice.
        let at = match (byte, written_by) {
            (22, Flavour::Valkey) => Self::Hash2 as usize,
            (0..=7 | 24..=32, _) => byte.into(),
            (9..=23, _) => usize::from(byte) - 1,
            _ => return None,
        };
        (byte <= known).then(|| TYPES[at].0)
    }

    /// All types.
    pub fn all() -> impl Iterator<Item = Self> {
        TYPES.iter().map(|&(value_type, ..)| value_type)
    }

    /// The byte that stands for it.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.row().1
    }

    /// The first RDB version that has it: the lowest that its payloads may carry.
    #[must_use]
    pub fn since(self) -> u16 {
        self.row().2
    }

    /// The name that `TYPE` gives it. Modules name their types themselves.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::List | Self::ListZiplist | Self::ListQuicklist | Self::ListQuicklist2 => "list",
            Self::Set | Self::SetIntset | Self::SetListpack => "set",
            Self::Zset | Self::Zset2 | Self::ZsetZiplist | Self::ZsetListpack => "zset",
            Self::Array => "array",
            Self::ModulePreGa | Self::Module2 => "module",
            _ if self.stream_form().is_some() => "stream",
            _ => "hash",
        }
    }

    /// Which of the five forms of a stream it is, from 1 on. Each adds to the one before.
    #[must_use]
    pub fn stream_form(self) -> Option<u8> {
        match self {
            Self::StreamListpacks => Some(1),
            Self::StreamListpacks2 => Some(2),
            Self::StreamListpacks3 => Some(3),
            Self::StreamListpacks4 => Some(4),
            Self::StreamListpacks5 => Some(5),
            _ => None,
        }
    }

    fn row(self) -> (Self, u8, u16) {
        // The table is in the order of the enum, as a test makes sure.
        TYPES[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (at, value_type) in ValueType::all().enumerate() {
            assert_eq!(value_type as usize, at, "{value_type:?}");
            assert_eq!(value_type.row().0, value_type);
        }
    }

    #[test]
    fn what_22_means_depends_on_who_wrote_it() {
        assert_eq!(ValueType::from_byte(22, Flavour::Redis), Some(ValueType::HashMetadataPreGa));
        assert_eq!(ValueType::from_byte(22, Flavour::Valkey), Some(ValueType::Hash2));
        assert_eq!(ValueType::from_byte(22, Flavour::Other), None);
        assert_eq!(ValueType::from_byte(24, Flavour::Valkey), None);
        assert_eq!(ValueType::from_byte(8, Flavour::Redis), None);
    }

    #[test]
    fn every_type_is_found_by_its_byte() {
        for value_type in ValueType::all() {
            let flavour = if value_type == ValueType::Hash2 { Flavour::Valkey } else { Flavour::Redis };
            assert_eq!(ValueType::from_byte(value_type.byte(), flavour), Some(value_type));
        }
    }
}
