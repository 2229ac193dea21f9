//! Properties of payloads of every type.

use proptest::prelude::*;

use super::layout::LayoutWalk;
use super::samples::{Sample, TestField, all, hashes, intset, lists, members, origin, payload, sets, zsets};
use super::{Fault, FaultKind, Fitted, Item, Payload, Target, Unfit, ValueType, fit};
use crate::job::OnUnsupported;
use crate::outcome::How;
use crate::version::{Flavour, Version};

/// A server of every generation.
fn targets() -> Vec<Target> {
    let redis = [(2, 8), (3, 2), (5, 0), (6, 2), (7, 0), (7, 2), (8, 2), (8, 10)];
    let valkey = [(8, 1), (9, 0), (9, 2)];
    let redis = redis.map(|(major, minor)| Target::of(Flavour::Redis, Version::new(major, minor)));
    let valkey = valkey.map(|(major, minor)| Target::of(Flavour::Valkey, Version::new(major, minor)));
    [&redis[..], &valkey].concat()
}

/// Makes a sample fit every generation of servers, and checks that each accepts the result and reads the same members.
fn fits_everywhere(sample: &Sample) -> Result<(), TestCaseError> {
    let original = members(sample.0, &sample.1).expect("the sample is sound");
    for target in targets() {
        let fitted = match fit(payload(sample).into(), origin(sample.0), &target, OnUnsupported::Fail, 0) {
            Ok(fitted) => fitted,
            Err(Unfit::FieldExpiry) => continue,
            Err(unfit) => return Err(TestCaseError::fail(format!("{:?} to {target:?}: {unfit}", sample.0))),
        };
        let parts = Payload::open(&fitted.payload).expect("a payload");
        super::Footer::verify(&fitted.payload).expect("a checksum");
        let value_type = parts.value_type(target.flavour()).expect("a known type");
        prop_assert!(target.supports(value_type) && target.accepts_version(parts.footer.version));
        prop_assert_eq!(parts.value_length(target.flavour()), Ok(parts.value.len()));
        prop_assert_eq!(members(value_type, parts.value).expect("a sound value"), original.clone());
    }
    Ok(())
}

pub(super) fn text() -> impl Strategy<Value = Vec<u8>> {
    let short = prop::collection::vec(any::<u8>(), 0..80);
    let long =
        (any::<u8>(), prop_oneof![4090_usize..4100, 16_370_usize..16_390]).prop_map(|(byte, size)| vec![byte; size]);
    prop_oneof![20 => short, 1 => long]
}

fn item() -> impl Strategy<Value = Item<'static>> {
    let number = (any::<i64>(), 0_u32..64).prop_map(|(number, shift)| Item::Int(number >> shift));
    prop_oneof![number, text().prop_map(|text| Item::Bytes(text.into()))]
}

pub(super) fn items() -> impl Strategy<Value = Vec<Item<'static>>> {
    prop::collection::vec(item(), 1..30)
}

pub(super) fn field(expires: bool) -> impl Strategy<Value = TestField> {
    let at = if expires { prop::option::of(1_i64..0xffff_ffff_fffe).boxed() } else { Just(None).boxed() };
    (text(), text(), at)
}

proptest! {
    #[test]
    fn lists_fit_everywhere(items in items()) {
        lists(&items).iter().try_for_each(fits_everywhere)?;
    }

    #[test]
    fn sets_fit_everywhere(items in items(), numbers: Vec<i64>) {
        sets(&items).iter().try_for_each(fits_everywhere)?;
        fits_everywhere(&intset(&numbers))?;
    }

    #[test]
    fn sorted_sets_fit_everywhere(
        members in prop::collection::vec((text(), any::<f64>().prop_filter("a score is a number", |score| !score.is_nan())), 1..20)
    ) {
        zsets(&members).iter().try_for_each(fits_everywhere)?;
    }

    #[test]
    fn hashes_fit_everywhere(
        fields in prop_oneof![prop::collection::vec(field(false), 1..20), prop::collection::vec(field(true), 1..20)]
    ) {
        hashes(&fields).iter().try_for_each(fits_everywhere)?;
    }

    /// No panic, no hang, and no memory out of proportion to the bytes, whatever they are.
    #[test]
    fn damaged_payloads_are_refused_or_read(
        at: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..4, any::<u8>()), 1..6),
    ) {
        let samples = all();
        let sample = &samples[at.index(samples.len())];
        let mut value = sample.1.clone();
        for (at, kind, byte) in changes {
            let at = at.index(value.len() + 1);
            match kind {
                0 => value.insert(at, byte),
                1 => value.truncate(at),
                _ if at < value.len() => value[at] = byte,
                _ => {}
            }
        }
        let payload = payload(&(sample.0, value));
        for target in targets() {
            let fitted = fit(payload.clone().into(), origin(sample.0), &target, OnUnsupported::DropFieldTtl, 0);
            prop_assert!(fitted.map_or(0, |fitted| fitted.payload.len()) <= 100 * payload.len() + 100);
        }
    }
}

#[test]
fn the_walk_over_a_sample_of_every_type_ends_with_it() {
    let samples = all();
    for value_type in ValueType::all() {
        let has_sample = samples.iter().any(|sample| sample.0 == value_type);
        let has_none = matches!(value_type, ValueType::ModulePreGa | ValueType::HashTmplArrayRef);
        assert!(has_sample != has_none, "{value_type:?}");
    }
    for (value_type, value) in samples {
        for end in 0..=value.len() {
            let mut walk = LayoutWalk::of_type(value_type).unwrap();
            walk.pass(&value[..end]).unwrap();
            assert_eq!(walk.is_done(), end == value.len(), "{value_type:?} at {end}");
        }
    }
}

/// The result of fitting each sample of these types to a server.
fn fitted(value_types: &[ValueType], flavour: Flavour, major: u32, minor: u32) -> Vec<Result<(How, u8, u16), Unfit>> {
    let target = Target::of(flavour, Version::new(major, minor));
    let samples = all().into_iter().filter(|sample| value_types.contains(&sample.0));
    samples
        .map(|sample| {
            let fitted = fit(payload(&sample).into(), origin(sample.0), &target, OnUnsupported::Fail, 0)?;
            let parts = Payload::open(&fitted.payload)?;
            Ok((fitted.how, parts.type_byte, parts.footer.version))
        })
        .collect()
}

#[test]
fn a_stream_keeps_all_that_the_destination_can_store() {
    let newest = [ValueType::StreamListpacks5];
    let on_redis = |major, minor| fitted(&newest, Flavour::Redis, major, minor).remove(0);
    assert_eq!(on_redis(8, 8), Ok((How::Passed, 27, 14)));
    assert_eq!(on_redis(8, 6), Ok((How::Translated, 26, 13)));
    assert_eq!(on_redis(7, 4), Ok((How::Translated, 21, 11)));
    assert_eq!(on_redis(7, 0), Ok((How::Translated, 19, 10)));
    assert_eq!(on_redis(6, 2), Ok((How::Translated, 15, 9)));
    assert!(matches!(on_redis(4, 0), Err(Unfit::NewerType { name: "stream", since: 14, reads: 8, .. })));
}

#[test]
fn an_older_form_of_a_stream_is_the_newer_one_without_its_parts() {
    let samples = super::samples::streams();
    for ((value_type, value), (major, minor)) in samples.iter().zip([(5, 0), (7, 0), (7, 2), (8, 6)]) {
        let target = Target::of(Flavour::Redis, Version::new(major, minor));
        let fitted = fit(payload(&samples[4]).into(), origin(*value_type), &target, OnUnsupported::Fail, 0).unwrap();
        assert_eq!(Payload::open(&fitted.payload).unwrap().value, value, "{value_type:?}");
    }
}

#[test]
fn returned_entries_are_not_dropped_silently() {
    let (value_type, mut value) = super::samples::streams().remove(4);
    let none = value.len() - 14;
    assert_eq!(value[none], 0);
    let rest = value.split_off(none + 1);
    value[none] = 1;
    value.extend([7; 16]);
    value.extend(rest);
    let target = Target::of(Flavour::Redis, Version::new(8, 2));
    let fitted = fit(payload(&(value_type, value)).into(), origin(value_type), &target, OnUnsupported::Fail, 0);
    assert_eq!(fitted, Err(Unfit::NackedEntries));
}

#[test]
fn a_payload_that_fits_is_passed_without_a_copy() {
    let bytes = bytes::Bytes::from(payload(&(ValueType::String, vec![1, b'v'])));
    for target in targets().into_iter().skip(1) {
        let fitted = fit(bytes.clone(), origin(ValueType::String), &target, OnUnsupported::Fail, 0).unwrap();
        assert_eq!((fitted.how, fitted.payload.as_ptr()), (How::Passed, bytes.as_ptr()));
    }
}

#[test]
fn types_that_the_destination_does_not_support_are_named() {
    let array = fitted(&[ValueType::Array], Flavour::Valkey, 9, 1);
    let newer = Unfit::NewerType { name: "array", byte: 28, since: 14, reads: 80 };
    assert_eq!(array, [Err(newer)]);
    let module = Target::of(Flavour::Redis, Version::new(7, 0)).without_modules();
    let sample = all().into_iter().find(|sample| sample.0 == ValueType::Module2).unwrap();
    let refused = fit(payload(&sample).into(), origin(sample.0), &module, OnUnsupported::Fail, 0);
    assert!(matches!(refused, Err(Unfit::Module(name)) if name.len() == 9));
}

#[test]
fn expiry_of_fields_is_carried_dropped_or_refused() {
    let fields = [(b"f".to_vec(), b"v".to_vec(), Some(5)), (b"g".to_vec(), b"w".to_vec(), None)];
    let sample = hashes(&fields).remove(1);
    let on = |flavour, major, minor, policy| {
        let target = Target::of(flavour, Version::new(major, minor));
        fit(payload(&sample).into(), origin(sample.0), &target, policy, 4)
    };
    assert_eq!(on(Flavour::Redis, 6, 2, OnUnsupported::Fail), Err(Unfit::FieldExpiry));
    let dropped = on(Flavour::Redis, 6, 2, OnUnsupported::DropFieldTtl).unwrap();
    assert_eq!((dropped.payload[0], dropped.how), (4, How::Translated));
    assert_eq!(on(Flavour::Other, 7, 4, OnUnsupported::Fail), Err(Unfit::FieldExpiryForm));
    assert_eq!(on(Flavour::Other, 7, 4, OnUnsupported::DropFieldTtl), Ok(dropped));
    let late = hashes(&[(b"f".to_vec(), b"v".to_vec(), Some(1 << 50))]).remove(4);
    let target = Target::of(Flavour::Redis, Version::new(8, 2));
    let refused = fit(payload(&late).into(), origin(late.0), &target, OnUnsupported::Fail, 0);
    assert_eq!(refused, Err(Unfit::FieldExpiryOutOfRange(1 << 50)));
}

#[test]
fn fields_that_have_expired_are_left_out_when_the_expiry_of_fields_is_dropped() {
    let field = |name: &[u8], expires_at| (name.to_vec(), b"v".to_vec(), expires_at);
    let of = |fields: &[TestField], now_ms| {
        let mut results: Vec<_> = hashes(fields)
            .into_iter()
            .filter(|(value_type, value)| members(*value_type, value).unwrap() == fields)
            .map(|sample| {
                let target = Target::of(Flavour::Redis, Version::new(7, 0));
                let fitted =
                    fit(payload(&sample).into(), origin(sample.0), &target, OnUnsupported::DropFieldTtl, now_ms);
                fitted.map(|Fitted { payload, .. }| members(ValueType::Hash, Payload::open(&payload).unwrap().value))
            })
            .collect();
        assert!(results.len() > 2, "every form of a hash with expiries: {results:?}");
        results.dedup();
        assert_eq!(results.len(), 1, "{results:?}");
        results.remove(0)
    };
    let fields = [field(b"a", Some(5)), field(b"b", Some(6)), field(b"c", None)];
    let lasting = |names: &[&[u8]]| Ok(Ok(names.iter().map(|name| field(name, None)).collect()));
    assert_eq!(of(&fields, 4), lasting(&[b"a", b"b", b"c"]));
    assert_eq!(of(&fields, 5), lasting(&[b"b", b"c"]));
    assert_eq!(of(&fields, u64::MAX), lasting(&[b"c"]));
    assert_eq!(of(&fields[..2], 6), Err(Unfit::AllFieldsExpired));
}

#[test]
fn a_field_expiry_before_1970_is_refused_wherever_the_hash_is_written_anew() {
    let sample = hashes(&[(b"f".to_vec(), b"v".to_vec(), Some(-5))]).into_iter().find(|it| it.0 == ValueType::Hash2);
    let sample = sample.unwrap();
    for (flavour, version) in [(Flavour::Redis, Version::new(7, 0)), (Flavour::Redis, Version::new(8, 2))] {
        let target = Target::of(flavour, version);
        let refused = fit(payload(&sample).into(), origin(sample.0), &target, OnUnsupported::DropFieldTtl, 0);
        assert_eq!(refused, Err(Unfit::FieldExpiryOutOfRange(-5)));
    }
}

#[test]
fn a_new_checksum_does_not_hide_damage() {
    let mut bytes = payload(&(ValueType::String, vec![1, b'v']));
    bytes[2] ^= 1;
    let target = Target::of(Flavour::Redis, Version::new(2, 8));
    let refused = fit(bytes.into(), origin(ValueType::String), &target, OnUnsupported::Fail, 0);
    assert!(matches!(refused, Err(Unfit::Damaged(Fault { kind: FaultKind::Checksum { .. }, .. }))));
}

#[test]
fn a_payload_without_a_checksum_is_not_given_one() {
    let mut bytes = payload(&(ValueType::String, vec![1, b'v']));
    let checksum = bytes.len() - 8;
    bytes[checksum..].fill(0);
    let on = |major, minor| {
        let target = Target::of(Flavour::Redis, Version::new(major, minor));
        fit(bytes.clone().into(), origin(ValueType::String), &target, OnUnsupported::Fail, 0)
    };
    assert!(matches!(on(2, 8), Err(Unfit::Damaged(Fault { kind: FaultKind::Checksum { found: 0, .. }, .. }))));
    // If nothing has to be changed, the destination decides: only the newest servers accept it.
    assert_eq!(on(7, 0).map(|fitted| (fitted.how, fitted.payload)), Ok((How::Passed, bytes.clone().into())));
}

#[test]
fn metadata_of_modules_goes_only_where_it_is_supported() {
    let mut bytes = vec![0xf3, 1, 9, 9, 9, 9, 0, 0, 1, b'v'];
    super::put_footer(&mut bytes, 0, 14);
    let on = |major, minor| {
        let target = Target::of(Flavour::Redis, Version::new(major, minor));
        fit(bytes.clone().into(), origin(ValueType::String), &target, OnUnsupported::Fail, 0).map(|fitted| fitted.how)
    };
    assert_eq!(on(8, 8), Ok(How::Passed));
    assert_eq!(on(8, 6), Ok(How::Restamped));
    assert_eq!(on(8, 2), Err(Unfit::KeyMeta));
}
