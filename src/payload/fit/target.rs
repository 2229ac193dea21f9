//! What a destination takes.

use bytes::Bytes;

use super::Origin;
use crate::payload::{ValueType, put_footer};
use crate::version::{Flavour, Version};

/// What `RESTORE` of a destination takes: known from whose server it is and of which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    server: Origin,
    versions: Versions,
    /// The types that it knows, one bit each.
    types: u64,
    modules: bool,
    vector_sets: bool,
}

/// Which RDB versions a payload may carry (`verifyDumpPayload` in `cluster.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Versions {
    /// Redis before 3.2: its own only.
    Only(u16),
    /// Its own and all lower ones.
    UpTo(u16),
    /// Valkey from 9.0 on: up to 11, where it parted from Redis, and its own from 80 on.
    Valkey(u16),
}

/// How a server stores the expiry of a hash's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldExpiry {
    /// It does not support it.
    Unsupported,
    /// In a hash of this type.
    InPayload(ValueType),
    /// It supports it, but in a form that we do not know.
    UnknownForm,
}

/// The first RDB version of Valkey's own.
const VALKEY: u16 = 80;
/// The last RDB version that Redis and Valkey share.
const SHARED: u16 = 11;

impl Target {
    /// What a server takes. Of a flavour that we do not know, `version` is the one of Redis that it is
    /// compatible with.
    #[must_use]
    pub fn of(flavour: Flavour, version: Version) -> Self {
        let reads = rdb_version(flavour, version);
        let target = Self {
            server: Origin::of(flavour, version),
            versions: match flavour {
                _ if reads <= 6 => Versions::Only(reads),
                Flavour::Valkey if reads >= VALKEY => Versions::Valkey(reads),
                _ => Versions::UpTo(reads),
            },
            types: 0,
            modules: true,
            vector_sets: flavour == Flavour::Redis && version >= Version::new(8, 0),
        };
        target.with_types()
    }

    /// The same destination, of which pre-flight found that it reads no higher RDB version.
    #[must_use]
    pub fn reading_up_to(self, reads: u16) -> Self {
        let versions = match self.versions {
            Versions::Valkey(_) if reads >= VALKEY => Versions::Valkey(reads),
            Versions::Only(_) => Versions::Only(reads),
            _ => Versions::UpTo(reads),
        };
        Self { versions, ..self }.with_types()
    }

    /// The same destination, of which is known that it has loaded no module.
    #[must_use]
    pub fn without_modules(self) -> Self {
        Self { modules: false, ..self }
    }

    /// The highest RDB version that its payloads may carry.
    #[must_use]
    pub fn reads(&self) -> u16 {
        let (Versions::Only(reads) | Versions::UpTo(reads) | Versions::Valkey(reads)) = self.versions;
        reads
    }

    /// Whose server it is.
    #[must_use]
    pub fn flavour(&self) -> Flavour {
        self.server.flavour
    }

    /// The server itself: how it would have written a payload.
    pub(super) fn server(&self) -> Origin {
        self.server
    }

    /// How it stores the expiry of a hash's fields.
    pub(super) fn field_expiry(&self) -> FieldExpiry {
        match (self.flavour(), self.reads()) {
            (Flavour::Valkey, VALKEY..) => FieldExpiry::InPayload(ValueType::Hash2),
            (Flavour::Redis, 12..) => FieldExpiry::InPayload(ValueType::HashMetadata),
            (Flavour::Other, 12..) => FieldExpiry::UnknownForm,
            _ => FieldExpiry::Unsupported,
        }
    }

    /// Whether payloads may carry this version.
    #[must_use]
    pub fn accepts_version(&self, version: u16) -> bool {
        match self.versions {
            Versions::Only(own) => version == own,
            Versions::UpTo(own) => version <= own,
            Versions::Valkey(own) => matches!(version, 1..=SHARED) || (VALKEY..=own).contains(&version),
        }
    }

    /// Whether it knows values of this type. Whether it knows a module's, only it can tell.
    #[must_use]
    pub fn supports(&self, value_type: ValueType) -> bool {
        self.types >> value_type as u64 & 1 == 1
    }

    /// Whether it takes what modules attach to keys (Redis 8.6).
    pub(super) fn supports_key_meta(&self) -> bool {
        self.flavour() == Flavour::Redis && self.reads() >= 13
    }

    /// Whether it knows vector sets, a module type that Redis has built in (8.0).
    pub(super) fn supports_vector_sets(&self) -> bool {
        self.vector_sets
    }

    /// Whether it may have loaded modules.
    pub(super) fn may_have_modules(&self) -> bool {
        self.modules
    }

    /// The lowest version that a payload of this type may carry.
    pub(super) fn stamp_for(&self, value_type: ValueType) -> u16 {
        match self.versions {
            Versions::Only(own) => own,
            _ => value_type.since(),
        }
    }

    fn with_types(self) -> Self {
        let known = ValueType::all().filter(|&value_type| is_supported(value_type, self.flavour(), self.reads()));
        let types = known.fold(0, |types, value_type| types | 1 << value_type as u64);
        Self { types, ..self }
    }
}

/// The RDB version that a server writes and reads (`RDB_VERSION` in `rdb.h`).
fn rdb_version(flavour: Flavour, version: Version) -> u16 {
    const REDIS: [(Version, u16); 9] = [
        (Version::new(8, 9), 15),
        (Version::new(8, 7), 14),
        (Version::new(8, 5), 13),
        (Version::new(7, 3), 12),
        (Version::new(7, 1), 11),
        (Version::new(7, 0), 10),
        (Version::new(5, 0), 9),
        (Version::new(4, 0), 8),
        (Version::new(3, 2), 7),
    ];
    match flavour {
        Flavour::Valkey if version >= Version::new(9, 2) => VALKEY + 1,
        Flavour::Valkey if version >= Version::new(9, 0) => VALKEY,
        Flavour::Valkey => SHARED,
        _ => REDIS.iter().find(|(since, _)| version >= *since).map_or(6, |&(_, reads)| reads),
    }
}

fn is_supported(value_type: ValueType, flavour: Flavour, reads: u16) -> bool {
    match value_type {
        // Written for one place only: the module that wrote it, the file that holds the template.
        ValueType::ModulePreGa | ValueType::HashTmplLpRef | ValueType::HashTmplArrayRef => false,
        // What a server of an unknown flavour makes of later types is anybody's guess.
        _ if flavour == Flavour::Other && value_type.byte() > 19 => false,
        ValueType::Hash2 => flavour == Flavour::Valkey && reads >= VALKEY,
        _ if flavour == Flavour::Valkey => value_type.since() <= SHARED,
        _ => value_type.since() <= reads,
    }
}

/// A small string's payload that carries this version: restored with an expiry that is past, it asks
/// a destination whether it takes the version, and leaves nothing behind.
#[must_use]
pub fn probe(version: u16) -> Bytes {
    let mut payload = vec![ValueType::String.byte(), 1, b'-'];
    put_footer(&mut payload, 0, version);
    payload.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_reads_is_told_by_its_version() {
        let reads = |flavour, major, minor| Target::of(flavour, Version::new(major, minor)).reads();
        let redis = [(2, 8), (3, 0), (3, 2), (4, 0), (6, 2), (7, 0), (7, 2), (7, 4), (8, 4), (8, 6), (8, 8), (8, 10)];
        let versions: Vec<u16> = redis.iter().map(|&(major, minor)| reads(Flavour::Redis, major, minor)).collect();
        assert_eq!(versions, [6, 6, 7, 8, 9, 10, 11, 12, 12, 13, 14, 15]);
        assert_eq!([(7, 2), (8, 1), (9, 0), (9, 1)].map(|(a, b)| reads(Flavour::Valkey, a, b)), [11, 11, 80, 80]);
    }

    #[test]
    fn old_servers_take_their_own_version_only_and_valkey_none_of_redis_own() {
        let old = Target::of(Flavour::Redis, Version::new(3, 0));
        assert!(old.accepts_version(6) && !old.accepts_version(5));
        assert_eq!(old.stamp_for(ValueType::String), 6);
        let valkey = Target::of(Flavour::Valkey, Version::new(9, 1));
        let taken: Vec<u16> = (0..100).filter(|&version| valkey.accepts_version(version)).collect();
        assert_eq!(taken, [(1..=11).collect::<Vec<_>>(), vec![80]].concat());
    }

    #[test]
    fn each_flavour_knows_its_own_expiry_of_fields() {
        let redis = Target::of(Flavour::Redis, Version::new(8, 2));
        let valkey = Target::of(Flavour::Valkey, Version::new(9, 1));
        assert!(redis.supports(ValueType::HashMetadata) && !redis.supports(ValueType::Hash2));
        assert!(valkey.supports(ValueType::Hash2) && !valkey.supports(ValueType::HashMetadata));
        assert_eq!(redis.reading_up_to(11).field_expiry(), FieldExpiry::Unsupported);
        assert!(!Target::of(Flavour::Other, Version::new(7, 4)).supports(ValueType::SetListpack));
    }
}
