//! The layouts of all types: `rdbLoadObject` in `rdb.c` of Redis and of Valkey.

use crate::payload::ValueType;

use LayoutStep::{Bytes, Choice, Count, CountItems, Length, Since, String, TextDouble, Times, UntilZero};

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

/// A string, or a container in one.
const ONE_STRING: &[LayoutStep] = &[String];

/// Lists, sets, and lists of ziplists: strings.
const STRINGS: &[LayoutStep] = &[Count, Times(&[String])];

/// Fields with their values.
const PAIRS: &[LayoutStep] = &[Count, Times(&[String, String])];

const ZSET: &[LayoutStep] = &[Count, Times(&[String, TextDouble])];

const ZSET_2: &[LayoutStep] = &[Count, Times(&[String, Bytes(8)])];

/// Nodes: 1 and one item, or 2 and a listpack.
const LIST_QUICKLIST_2: &[LayoutStep] = &[Count, Times(&[Length, String])];

/// Redis' release candidates: when the field expires in unix ms, the field, the value.
const HASH_METADATA_PRE_GA: &[LayoutStep] = &[Count, Times(&[Length, String, String])];

/// Redis: the earliest expiry, then for each field how long after it (plus 1; 0: never), field, value.
const HASH_METADATA: &[LayoutStep] = &[Bytes(8), Count, Times(&[Length, String, String])];

/// Redis: the earliest expiry, then a listpack of field, value, expiry.
const HASH_LISTPACK_EX: &[LayoutStep] = &[Bytes(8), String];

/// Valkey: the field, the value, when it expires in unix ms (-1: never).
const HASH_2: &[LayoutStep] = &[Count, Times(&[String, String, Bytes(8)])];

/// What a module writes of a value, each part with its kind (`RDB_MODULE_OPCODE_…` in `rdb.h`).
const MODULE_PARTS: LayoutStep = UntilZero(&[
    &[],
    // A signed and an unsigned number, a float, a double, a string.
    &[Length],
    &[Length],
    &[Bytes(4)],
    &[Bytes(8)],
    &[String],
]);

/// The module's id first.
const MODULE_2: &[LayoutStep] = &[Length, MODULE_PARTS];

/// The body of a `MODULE_AUX` record: the module's id, 2 (a number follows), when it was written, and
/// what the module wrote.
pub const MODULE_AUX: &[LayoutStep] = &[Length, Length, Length, MODULE_PARTS];

/// The body of a `KEY_META` record, before a value's type: what modules attached to the key, each with
/// the class that it is of.
pub const KEY_META: &[LayoutStep] = &[Count, Times(&[Bytes(4), MODULE_PARTS])];

/// The number of slots, whether the next free one is told, and it; then of each its index, its tag
/// and its value: a string, an integer, a double, a short string.
const ARRAY: &[LayoutStep] =
    &[Count, Choice(&[&[], &[Length]]), Times(&[Length, Choice(&[&[String], &[Bytes(8)], &[Bytes(8)], &[String]])])];

/// The names of a template's fields: in a listpack, or one by one. Either way they are counted.
const TEMPLATE_FIELDS: LayoutStep = Choice(&[&[CountItems], &[Count, Times(&[String])]]);

/// The names, then a listpack of the template's id and the values.
const HASH_TMPL_LP: &[LayoutStep] = &[TEMPLATE_FIELDS, String];

/// The names, then as many values.
const HASH_TMPL_ARRAY: &[LayoutStep] = &[TEMPLATE_FIELDS, Times(&[String])];

/// A group's entries that a consumer has not acknowledged: id, when it was delivered, how often.
const PENDING: &[LayoutStep] = &[Count, Times(&[Bytes(16), Bytes(8), Length])];

/// Name, when it was last seen and last active, and the ids of its entries among the group's.
const CONSUMER: &[LayoutStep] = &[String, Bytes(8), Since(3, &[Bytes(8)]), Count, Times(&[Bytes(16)])];

/// Entries that were given back and are nobody's.
const NACKED: &[LayoutStep] = &[Count, Times(&[Bytes(16)])];

/// Name, last delivered id, entries read, pending entries, consumers, entries given back.
const GROUP: &[LayoutStep] =
    &[String, Length, Length, Since(2, &[Length]), Since(1, PENDING), Count, Times(CONSUMER), Since(5, NACKED)];

/// For how long and how many ids are kept; of each producer its id and those of its entries; how many
/// ids were added, and how many were there already.
const IDEMPOTENCE: &[LayoutStep] =
    &[Length, Length, Count, Times(&[String, Count, Times(&[String, Length, Length])]), Length, Length];

/// Nodes (the first id of each, and a listpack), length, last id; first id, highest deleted id and
/// entries ever added; groups; producers.
const STREAM: &[LayoutStep] = &[
    Count,
    Times(&[String, String]),
    Length,
    Length,
    Length,
    Since(2, &[Length, Length, Length, Length, Length]),
    Count,
    Times(GROUP),
    Since(4, IDEMPOTENCE),
];

/// The layout of a value. `None` where the bytes alone do not tell it: of a module from before its
/// parts were marked, and of a hash whose template is elsewhere.
pub(super) fn layout_of(value_type: ValueType) -> Option<&'static [LayoutStep]> {
    use ValueType as T;
    Some(match value_type {
        T::String
        | T::HashZipmap
        | T::ListZiplist
        | T::SetIntset
        | T::ZsetZiplist
        | T::HashZiplist
        | T::HashListpack
        | T::ZsetListpack
        | T::SetListpack
        | T::HashListpackExPreGa
        | T::HashTmplLpRef => ONE_STRING,
        T::List | T::Set | T::ListQuicklist => STRINGS,
        T::Hash => PAIRS,
        T::Zset => ZSET,
        T::Zset2 => ZSET_2,
        T::Module2 => MODULE_2,
        T::ListQuicklist2 => LIST_QUICKLIST_2,
        T::HashMetadataPreGa => HASH_METADATA_PRE_GA,
        T::HashMetadata => HASH_METADATA,
        T::HashListpackEx => HASH_LISTPACK_EX,
        T::Hash2 => HASH_2,
        T::Array => ARRAY,
        T::HashTmplLp => HASH_TMPL_LP,
        T::HashTmplArray => HASH_TMPL_ARRAY,
        T::StreamListpacks | T::StreamListpacks2 | T::StreamListpacks3 | T::StreamListpacks4 | T::StreamListpacks5 => {
            STREAM
        }
        T::ModulePreGa | T::HashTmplArrayRef => return None,
    })
}
