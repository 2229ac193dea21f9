//! The layouts of all types: `rdbLoadObject` in `rdb.c` of Redis and of Valkey.

use crate::payload::ValueType;

use LayoutStep::{Bytes, Choice, Count, CountItems, Length, Since, String, TextDouble, Times, UntilZero};

/// One part of a layout.
#[derive(Clone, Copy, Debug)]
pub enum LayoutStep {
    /// A string in any form.
    String,
    /// A length, with any meaning.
    Length,
    /// So many bytes.
    Bytes(u8),
    /// A score as text.
    TextDouble,
    /// A length that is the count of the next [`LayoutStep::Times`].
    Count,
    /// A string that holds a listpack, whose number of items is the count of the next [`LayoutStep::Times`].
    CountItems,
    /// These steps, as many times as the last count.
    Times(&'static [LayoutStep]),
    /// A length, then the list of steps with this index.
    Choice(&'static [&'static [LayoutStep]]),
    /// Lengths until one is 0, each followed by the list of steps with this index.
    UntilZero(&'static [&'static [LayoutStep]]),
    /// These steps, but only in this form of a stream and later ones.
    Since(u8, &'static [LayoutStep]),
}

/// A string, or a string that holds a container.
const ONE_STRING: &[LayoutStep] = &[String];

/// A list or a set of strings, or a list of ziplists.
const STRINGS: &[LayoutStep] = &[Count, Times(&[String])];

/// Fields with their values.
const PAIRS: &[LayoutStep] = &[Count, Times(&[String, String])];

const ZSET: &[LayoutStep] = &[Count, Times(&[String, TextDouble])];

const ZSET_2: &[LayoutStep] = &[Count, Times(&[String, Bytes(8)])];

/// Nodes: 1 and one item, or 2 and a listpack.
const LIST_QUICKLIST_2: &[LayoutStep] = &[Count, Times(&[Length, String])];

/// Release candidates of Redis: for each field its expiry in unix ms, name and value.
const HASH_METADATA_PRE_GA: &[LayoutStep] = &[Count, Times(&[Length, String, String])];

/// Redis: the earliest expiry, then for each field the ms after it plus 1 (0: no expiry), name and value.
const HASH_METADATA: &[LayoutStep] = &[Bytes(8), Count, Times(&[Length, String, String])];

/// Redis: the earliest expiry, then a listpack of names, values and expiries.
const HASH_LISTPACK_EX: &[LayoutStep] = &[Bytes(8), String];

/// Valkey: for each field its name, value and expiry in unix ms (-1: none).
const HASH_2: &[LayoutStep] = &[Count, Times(&[String, String, Bytes(8)])];

/// The parts of a module's value, each with its kind (`RDB_MODULE_OPCODE_…` in `rdb.h`).
const MODULE_PARTS: LayoutStep = UntilZero(&[
    &[],
    // A signed and an unsigned number, a float, a double, a string.
    &[Length],
    &[Length],
    &[Bytes(4)],
    &[Bytes(8)],
    &[String],
]);

/// The id of the module, then the parts.
const MODULE_2: &[LayoutStep] = &[Length, MODULE_PARTS];

/// The body of a `MODULE_AUX` record: the id of the module, 2 (a number follows), whether it was written before or after
/// the keys, and the parts.
pub const MODULE_AUX: &[LayoutStep] = &[Length, Length, Length, MODULE_PARTS];

/// The body of a `KEY_META` record, which comes before the type of a value: for each module its class and the parts that
/// it attached to the key.
pub const KEY_META: &[LayoutStep] = &[Count, Times(&[Bytes(4), MODULE_PARTS])];

/// The number of slots; whether the next free index follows, and that index; for each slot its index, its tag and its
/// value, which is a string, an integer, a double or a short string.
const ARRAY: &[LayoutStep] =
    &[Count, Choice(&[&[], &[Length]]), Times(&[Length, Choice(&[&[String], &[Bytes(8)], &[Bytes(8)], &[String]])])];

/// The field names of a template, in a listpack or one by one. Both leave their count for the values.
const TEMPLATE_FIELDS: LayoutStep = Choice(&[&[CountItems], &[Count, Times(&[String])]]);

/// The names, then a listpack of the id of the template and the values.
const HASH_TMPL_LP: &[LayoutStep] = &[TEMPLATE_FIELDS, String];

/// The names, then as many values.
const HASH_TMPL_ARRAY: &[LayoutStep] = &[TEMPLATE_FIELDS, Times(&[String])];

/// The pending entries of a group: for each its id, the time of its delivery and the number of deliveries.
const PENDING: &[LayoutStep] = &[Count, Times(&[Bytes(16), Bytes(8), Length])];

/// A consumer: name, time last seen, time last active, and the ids of its pending entries.
const CONSUMER: &[LayoutStep] = &[String, Bytes(8), Since(3, &[Bytes(8)]), Count, Times(&[Bytes(16)])];

/// The ids of pending entries that were returned with `XNACK` and belong to no consumer.
const NACKED: &[LayoutStep] = &[Count, Times(&[Bytes(16)])];

/// A group: name, last delivered id, entries read, pending entries, consumers, returned entries. `Since(1, …)` only
/// inserts a list, because all streams have at least the form 1.
const GROUP: &[LayoutStep] =
    &[String, Length, Length, Since(2, &[Length]), Since(1, PENDING), Count, Times(CONSUMER), Since(5, NACKED)];

/// Idempotent producers: how long and how many ids are kept; for each producer its id and the ids of its entries; the
/// number of ids that were added, and of those that were duplicates.
const IDEMPOTENCE: &[LayoutStep] =
    &[Length, Length, Count, Times(&[String, Count, Times(&[String, Length, Length])]), Length, Length];

/// Nodes (for each its first id and a listpack), length, last id; first id, highest deleted id and number of entries ever
/// added; groups; producers.
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

/// The layout of a value; `None` if the bytes alone do not determine it. That is so for modules of the release candidates
/// of Redis 4.0, and for a hash whose template is elsewhere.
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
