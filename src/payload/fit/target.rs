//! What a destination accepts.

use bytes::Bytes;

use super::Origin;
use crate::payload::footer::VALKEY;
use crate::payload::{ValueType, put_footer};
use crate::version::{Flavour, Version};

/// What `RESTORE` of a destination accepts, according to its flavour and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    server: Origin,
    versions: Versions,
    /// The supported types, one bit each.
    types: u64,
    modules: bool,
    vector_sets: bool,
}

/// Which RDB versions a payload may have (`verifyDumpPayload` in `cluster.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Versions {
    /// Redis before 3.2: only its own.
    Only(u16),
    /// Its own and all lower ones.
    UpTo(u16),
    /// Valkey since 9.0: up to 11, the last version that it shares with Redis, and its own from 80 on.
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

/// The last RDB version that Redis and Valkey share.
const SHARED: u16 = 11;

impl Target {
    /// What a server accepts. If the flavour is unknown, `version` is the version of Redis that it is compatible with.
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

    /// The same destination, after pre-flight has found that it accepts no higher RDB version.
    #[must_use]
    pub fn reading_up_to(self, reads: u16) -> Self {
        let versions = match self.versions {
            Versions::Valkey(_) if reads >= VALKEY => Versions::Valkey(reads),
            Versions::Only(_) => Versions::Only(reads),
            _ => Versions::UpTo(reads),
        };
        Self { versions, ..self }.with_types()
    }

    /// The same destination, which is known to have no module loaded.
    #[must_use]
    pub fn without_modules(self) -> Self {
        Self { modules: false, ..self }
    }

    /// The highest RDB version that payloads may have.
    #[must_use]
    pub fn reads(&self) -> u16 {
        let (Versions::Only(reads) | Versions::UpTo(reads) | Versions::Valkey(reads)) = self.versions;
        reads
    }

    /// The flavour of the server.
    #[must_use]
    pub fn flavour(&self) -> Flavour {
        self.server.flavour
    }

    /// The destination as the server that would have written a payload.
    pub(super) fn server(&self) -> Origin {
        self.server
    }

    pub(super) fn field_expiry(&self) -> FieldExpiry {
        match (self.flavour(), self.reads()) {
            (Flavour::Valkey, VALKEY..) => FieldExpiry::InPayload(ValueType::Hash2),
            (Flavour::Redis, 12..) => FieldExpiry::InPayload(ValueType::HashMetadata),
            (Flavour::Other, 12..) => FieldExpiry::UnknownForm,
            _ => FieldExpiry::Unsupported,
        }
    }

    /// Whether payloads may have this RDB version.
    #[must_use]
    pub fn accepts_version(&self, version: u16) -> bool {
        match self.versions {
            Versions::Only(own) => version == own,
            Versions::UpTo(own) => version <= own,
            Versions::Valkey(own) => matches!(version, 1..=SHARED) || (VALKEY..=own).contains(&version),
        }
    }

    /// Whether values of this type are supported. For values of modules, this is true even if the module is not loaded.
    #[must_use]
    pub fn supports(&self, value_type: ValueType) -> bool {
        self.types >> value_type as u64 & 1 == 1
    }

    /// Whether payloads may have metadata of modules (Redis 8.6).
    pub(super) fn supports_key_meta(&self) -> bool {
        self.flavour() == Flavour::Redis && self.reads() >= 13
    }

    /// Whether vector sets are supported, a module type that is built into Redis 8.0.
    pub(super) fn supports_vector_sets(&self) -> bool {
        self.vector_sets
    }

    pub(super) fn may_have_modules(&self) -> bool {
        self.modules
    }

    /// The lowest RDB version that a payload of this type may have.
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
        // These mean nothing elsewhere: without that version of a module, or without the templates of a file.
        ValueType::ModulePreGa | ValueType::HashTmplLpRef | ValueType::HashTmplArrayRef => false,
        // It is not known how a server of an unknown flavour understands later types.
        _ if flavour == Flavour::Other && value_type.byte() > 19 => false,
        ValueType::Hash2 => flavour == Flavour::Valkey && reads >= VALKEY,
        _ if flavour == Flavour::Valkey => value_type.since() <= SHARED,
        _ => value_type.since() <= reads,
    }
}

/// The payload of a small string with this RDB version. To restore it with an expiry that has passed shows whether a
/// destination accepts the version, and leaves no key.
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
    fn each_server_version_has_its_rdb_version() {
        let reads = |flavour, major, minor| Target::of(flavour, Version::new(major, minor)).reads();
        let redis = [(2, 8), (3, 0), (3, 2), (4, 0), (6, 2), (7, 0), (7, 2), (7, 4), (8, 4), (8, 6), (8, 8), (8, 10)];
        let versions: Vec<u16> = redis.iter().map(|&(major, minor)| reads(Flavour::Redis, major, minor)).collect();
        assert_eq!(versions, [6, 6, 7, 8, 9, 10, 11, 12, 12, 13, 14, 15]);
        assert_eq!([(7, 2), (8, 1), (9, 0), (9, 1)].map(|(a, b)| reads(Flavour::Valkey, a, b)), [11, 11, 80, 80]);
    }

    #[test]
    fn old_servers_accept_only_their_own_version_and_valkey_none_that_only_redis_has() {
        let old = Target::of(Flavour::Redis, Version::new(3, 0));
        assert!(old.accepts_version(6) && !old.accepts_version(5));
        assert_eq!(old.stamp_for(ValueType::String), 6);
        let valkey = Target::of(Flavour::Valkey, Version::new(9, 1));
        let taken: Vec<u16> = (0..100).filter(|&version| valkey.accepts_version(version)).collect();
        assert_eq!(taken, [(1..=11).collect::<Vec<_>>(), vec![80]].concat());
    }

    #[test]
    fn each_flavour_supports_its_own_field_expiry() {
        let redis = Target::of(Flavour::Redis, Version::new(8, 2));
        let valkey = Target::of(Flavour::Valkey, Version::new(9, 1));
        assert!(redis.supports(ValueType::HashMetadata) && !redis.supports(ValueType::Hash2));
        assert!(valkey.supports(ValueType::Hash2) && !valkey.supports(ValueType::HashMetadata));
        assert_eq!(redis.reading_up_to(11).field_expiry(), FieldExpiry::Unsupported);
        assert!(!Target::of(Flavour::Other, Version::new(7, 4)).supports(ValueType::SetListpack));
    }
}
