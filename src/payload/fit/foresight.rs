//! What is known about a value before it is read.

use super::target::FieldExpiry;
use super::{Origin, Target};
use crate::payload::ValueType;
use crate::version::Flavour;

/// Whether some values of a type, as `TYPE` returns it, may not fit: only the value shows it. The others fit, whatever their
/// values.
#[must_use]
pub fn may_be_unfit(type_name: &str, from: Origin, target: &Target) -> bool {
    let Some(version) = from.version else { return true };
    let own = Target::of(from.flavour, version);
    // Modules can attach metadata to every key, and a server of an unknown flavour may have types of its own.
    if from.flavour == Flavour::Other || (own.supports_key_meta() && !target.supports_key_meta()) {
        return true;
    }
    match type_name {
        // They are written in plain forms, if the target lacks their own.
        "string" | "list" | "set" | "zset" => false,
        "hash" => own.field_expiry() != FieldExpiry::Unsupported && own.field_expiry() != target.field_expiry(),
        "stream" => {
            let has_nacks = own.supports(ValueType::StreamListpacks5) && !target.supports(ValueType::StreamListpacks5);
            has_nacks || (!from.encodes_backlens_like(target.server()) && target.server().backlen_encoding().is_none())
        }
        // A type of a module, or one that is newer than the target.
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Version;

    fn redis(major: u32, minor: u32) -> (Flavour, Version) {
        (Flavour::Redis, Version::new(major, minor))
    }

    fn unsure(from: (Flavour, Version), to: (Flavour, Version)) -> Vec<&'static str> {
        let names = ["string", "list", "set", "zset", "hash", "stream", "vectorset"];
        let (from, to) = (Origin::of(from.0, from.1), Target::of(to.0, to.1));
        names.into_iter().filter(|name| may_be_unfit(name, from, &to)).collect()
    }

    #[test]
    fn hashes_are_read_if_their_fields_may_expire_in_another_form() {
        let valkey = (Flavour::Valkey, Version { major: 9, minor: 1, patch: 2 });
        assert_eq!(unsure(redis(8, 2), redis(7, 0)), ["hash", "vectorset"]);
        assert_eq!(unsure(valkey, redis(8, 2)), ["hash", "vectorset"]);
        assert_eq!(unsure(redis(8, 2), redis(8, 2)), ["vectorset"]);
        assert_eq!(unsure(redis(7, 0), redis(6, 2)), ["vectorset"]);
    }

    #[test]
    fn everything_is_read_if_keys_may_have_metadata_or_types_are_unknown() {
        let all = ["string", "list", "set", "zset", "hash", "stream", "vectorset"];
        assert_eq!(unsure(redis(8, 6), redis(8, 2)), all);
        assert_eq!(unsure((Flavour::Other, Version::new(7, 4)), redis(8, 2)), all);
    }

    #[test]
    fn streams_are_read_if_the_target_may_misread_them_or_lacks_a_part() {
        assert_eq!(unsure(redis(8, 2), redis(8, 6)), ["stream", "vectorset"]);
        assert!(unsure(redis(8, 8), redis(8, 7)).contains(&"vectorset"));
    }
}
