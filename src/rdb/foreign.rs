//! Types that only one server reads.

use super::{Dialect, FileHeader, ForeignKind};
use crate::payload::layout::LayoutStep::{self, Bytes, Count, Length, String, Times};
use crate::version::Flavour;

/// A type that no payload can be made of, because only one server reads it.
#[derive(Debug)]
pub(super) struct ForeignType {
    /// The name that `TYPE` returns there.
    pub(super) name: &'static str,
    pub(super) kind: ForeignKind,
    pub(super) layout: &'static [LayoutStep],
}

/// The options of a Bloom filter, its growth and error rate, three sizes; for each layer the number of hash functions
/// and its bits.
const BLOOM_FILTER: &[LayoutStep] =
    &[Length, Bytes(8), Bytes(8), Length, Length, Length, Count, Times(&[Length, String])];

/// Options and sizes, the decay; each item with its count; the counters.
const TOP_K: &[LayoutStep] = &[Length, Length, Length, Length, Bytes(8), Count, Times(&[String, Length]), String];

/// A script, its first time and its interval; its keys; its arguments.
const CRON: &[LayoutStep] = &[String, Bytes(8), Bytes(8), Count, Times(&[String]), Count, Times(&[String])];

/// Paths, each with fields and values.
const PATH_HASH: &[LayoutStep] = &[Count, Times(&[String, Count, Times(&[String, String])])];

const JSON: ForeignType = ForeignType { name: "ReJSON-RL", kind: ForeignKind::DragonflyJson, layout: &[String] };

/// `rdb_extensions.h` of Dragonfly. Its types 34, 35 and 37 are missing: their layouts depend on numbers in the values.
static DRAGONFLY: [(u8, ForeignType); 6] = [
    // Of early versions: 20 became the sets of Redis 7.2, which Dragonfly never writes.
    (20, JSON),
    (30, JSON),
    (
        31,
        ForeignType {
            name: "hash",
            kind: ForeignKind::DragonflyHash,
            layout: &[Count, Times(&[String, String, String])],
        },
    ),
    (32, ForeignType { name: "set", kind: ForeignKind::DragonflySet, layout: &[Count, Times(&[String, String])] }),
    (33, ForeignType { name: "MBbloom--", kind: ForeignKind::DragonflyBloomFilter, layout: BLOOM_FILTER }),
    (36, ForeignType { name: "TopK-TYPE", kind: ForeignKind::DragonflyTopK, layout: TOP_K }),
];

static KEYDB_CRON: ForeignType = ForeignType { name: "cron", kind: ForeignKind::KeyDbCron, layout: CRON };

static VALKEY_PATH_HASH: ForeignType =
    ForeignType { name: "unknown", kind: ForeignKind::ValkeyPathHash, layout: PATH_HASH };

/// The type of this byte, if it is one that only one server reads.
pub(super) fn foreign_type(byte: u8, header: FileHeader, dialect: Option<Dialect>) -> Option<&'static ForeignType> {
    match (header.flavour, header.version, dialect) {
        (Flavour::Valkey, 81.., _) if byte == 23 => Some(&VALKEY_PATH_HASH),
        (Flavour::Redis, 9, None | Some(Dialect::KeyDb)) if byte == 64 => Some(&KEYDB_CRON),
        (_, _, Some(Dialect::Dragonfly)) => {
            DRAGONFLY.iter().find(|(known, _)| *known == byte).map(|(_, foreign)| foreign)
        }
        _ => None,
    }
}
