//! The types of serialised values: `RDB_TYPE_…` of Redis' and Valkey's `rdb.h`.

use crate::version::Flavour;

/// The form in which a value is written. The names are those of `rdb.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// 0: a string.
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
    /// 6: a value of a module, from the release candidates of Redis 4.0; only the module knows where it ends.
    ModulePreGa,
    /// 7: a value of a module.
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
    /// 19: a stream with its deleted entries and the reading positions of its groups.
    StreamListpacks2,
    /// 20: a set in a listpack.
    SetListpack,
    /// 21: a stream with the last activity of its consumers.
    StreamListpacks3,
    /// 22 of Redis: a hash with fields that expire, from the release candidates of Redis 7.4.
    HashMetadataPreGa,
    /// 23 of Redis: the same in a listpack.
    HashListpackExPreGa,
    /// 22 of Valkey: a hash with fields that expire.
    Hash2,
    /// 24: a hash with fields that expire.
    HashMetadata,
    /// 25: a hash with fields that expire, in a listpack.
    HashListpackEx,
    /// 26: a stream with the ids of its idempotent producers.
    StreamListpacks4,
    /// 27: a stream with entries that consumers returned with `XNACK`.
    StreamListpacks5,
    /// 28: an array.
    Array,
    /// 29: a hash in a listpack, with the names of its fields in a template.
    HashTmplLp,
    /// 30: the same, and the template is elsewhere in the file.
    HashTmplLpRef,
    /// 31: a hash with the names of its fields in a template.
    HashTmplArray,
    /// 32: the same, and the template is elsewhere in the file.
    HashTmplArrayRef,
}

/// All types, each with its byte and with the RDB version that introduced it.
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
    /// The type of this byte, if a server of this flavour wrote it. All servers agree about the types up to 21. If the
    /// flavour is unknown, only the types of Redis 7.0 are accepted, which every fork has.
    #[must_use]
    pub fn from_byte(byte: u8, written_by: Flavour) -> Option<Self> {
        let known = match written_by {
            Flavour::Redis => 32,
            Flavour::Valkey => 22,
            Flavour::Other => 19,
        };
        // The table is in the order of the bytes, but there is no 8, and 22 is there twice.
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

    /// The byte of this type in payloads and files.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.row().1
    }

    /// The RDB version that introduced this type: the lowest that its payloads may have.
    pub(crate) fn since(self) -> u16 {
        self.row().2
    }

    /// The name that `TYPE` returns. The types of modules have names of their own.
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

    /// Which of the five forms of a stream this is, from 1 on. Each form adds to the one before.
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
        // The table is in the order of the enum: a test checks it.
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
    fn the_meaning_of_22_depends_on_the_server() {
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
