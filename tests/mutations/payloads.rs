//! Damaged payloads are refused, or are made to fit correctly. They are compared within the same bound.

use bytes::Bytes;
use redis_keys_migrator::job::OnUnsupported;
use redis_keys_migrator::outcome::How;
use redis_keys_migrator::payload::{
    Comparison, FOOTER, Fault, Fitted, Footer, KEY_META_OPCODE, Origin, Payload, Target, ValueType, abbreviate,
    compare, fit, put_footer, type_name,
};
use redis_keys_migrator::version::{Flavour, Version};

use super::bound::{gain, peak};
use super::cases::for_each_case;
use super::material::material;
use super::members::members;
use super::mutation::mutated;
use super::support::Random;

/// The memory that every payload costs.
const FIXED: u64 = 1 << 10;

/// To find the end of a value takes memory only if the field names of a template are unpacked to be counted.
const TO_MEASURE: u64 = 1;

/// To read members takes the unpacked bytes. The field names of a template can take 2.7 times their length, in a buffer that
/// exists in its old and in its double size while it grows.
const TO_READ: u64 = 1 + 3 * 3;

/// The memory of the line that shows the beginning of a value, and of the members in it.
const TO_SHOW: u64 = 4 << 10;

/// To write a value in another form takes reading it and a buffer that grows in the same way, because a number of eight
/// bytes becomes a string of 20 digits.
const TO_FIT: u64 = TO_READ + 3 * 3;

/// Servers of all generations, so that every translation is used.
pub fn targets() -> Vec<Target> {
    let redis = [(2, 8), (3, 2), (6, 2), (7, 0), (8, 2), (8, 10)].map(|version| (Flavour::Redis, version));
    let valkey = [(8, 1), (9, 0), (9, 1)].map(|version| (Flavour::Valkey, version));
    let all = redis.into_iter().chain(valkey).chain([(Flavour::Other, (7, 4))]);
    all.map(|(flavour, (major, minor))| Target::of(flavour, Version { major, minor, patch: 2 })).collect()
}

#[test]
fn damaged_payloads_are_refused_or_made_to_fit_within_the_bound() {
    let targets = targets();
    let types: Vec<u8> = ValueType::all().map(ValueType::byte).chain([KEY_META_OPCODE]).collect();
    let material = material();
    let make = |random: &mut Random| {
        let [sample, other] = [(); 2].map(|()| material.payload(random));
        let mut bytes = mutated(random, &sample.sample, &other.sample);
        if random.chance(3) && !bytes.is_empty() {
            bytes[0] = *random.pick(&types);
        }
        if random.chance(75) && bytes.len() > FOOTER {
            end_soundly(&mut bytes);
        }
        (bytes, sample)
    };
    for_each_case("payloads", make, |bytes, sample| {
        let origin = sample.origin;
        inspects(&bytes, origin.flavour);
        compares(&bytes, &sample.sample.bytes);
        abbreviates(&bytes);
        let bytes = Bytes::from(bytes);
        for target in &targets {
            for policy in [OnUnsupported::Fail, OnUnsupported::DropFieldTtl] {
                fits_or_not(&bytes, origin, target, policy);
            }
        }
    });
}

/// Gives a payload the footer that it had, with the checksum that it has now.
fn end_soundly(bytes: &mut Vec<u8>) {
    let version = Footer::split(bytes).map_or(11, |(_, footer)| footer.version);
    bytes.truncate(bytes.len() - FOOTER);
    put_footer(bytes, 0, version);
}

/// To inspect a payload takes next to no memory.
fn inspects(bytes: &[u8], flavour: Flavour) {
    let (_, taken) = peak(|| type_name(bytes).len());
    is_within(taken, 0, bytes);
    let (_, taken) = peak(|| Payload::open(bytes).map(|parts| parts.value_length(flavour)));
    is_within(taken, TO_MEASURE, bytes);
    let (_, taken) = peak(|| read(bytes, flavour));
    is_within(taken, TO_READ, bytes);
}

/// To compare a payload takes no more memory than to read it, because nothing of the value is kept. Returns the result.
fn compares(bytes: &[u8], other: &[u8]) -> Comparison {
    let (result, taken) = peak(|| compare(bytes, other));
    let longer = if gain(bytes) * bytes.len() as u64 > gain(other) * other.len() as u64 { bytes } else { other };
    is_within(taken, TO_READ, longer);
    assert_eq!(compare(other, bytes), result, "in the other direction");
    result
}

/// To abbreviate a payload takes no more memory than to read it, and the few members that are shown.
fn abbreviates(bytes: &[u8]) {
    let (line, taken) = peak(|| abbreviate(bytes));
    is_within(taken.saturating_sub(TO_SHOW), TO_READ, bytes);
    assert!(line.is_none_or(|line| line.chars().count() <= 200), "the line is too long");
}

/// All members of a value.
fn read(bytes: &[u8], flavour: Flavour) -> Result<u64, Fault> {
    let parts = Payload::open(bytes)?;
    members(parts.value_type(flavour)?, parts.value)
}

/// Fails if more memory was taken than so many times the unpacked payload.
#[track_caller]
fn is_within(taken: u64, times: u64, bytes: &[u8]) {
    let bound = FIXED + times * gain(bytes) * bytes.len() as u64;
    assert!(taken <= bound, "{taken} bytes were taken for {}, but the bound is {bound}", bytes.len());
}

/// Makes a payload fit, and returns the memory that it took. Fails if the result is wrong or took too much.
pub fn fits_or_not(bytes: &Bytes, origin: Origin, target: &Target, policy: OnUnsupported) -> u64 {
    let (fitted, taken) = peak(|| fit(bytes.clone(), origin, target, policy, 0));
    is_within(taken, TO_FIT, bytes);
    if let Ok(fitted) = fitted {
        is_accepted(&fitted, bytes, target);
        if fitted.how == How::Translated {
            assert_eq!(read(&fitted.payload, target.flavour()), read(bytes, origin.flavour), "for {target:?}");
            let keeps_all = policy == OnUnsupported::Fail && states_its_flavour(bytes, origin.flavour);
            let result = compares(&fitted.payload, bytes);
            assert!(!keeps_all || !matches!(result, Comparison::Different(_)), "for {target:?}");
        }
    }
    taken
}

/// Whether the type of a payload has the meaning that its RDB version states, although the version may be damaged.
fn states_its_flavour(bytes: &[u8], flavour: Flavour) -> bool {
    const VALKEY: u16 = 80;
    let parts = Payload::open(bytes).expect("a payload that was translated");
    let stated = if parts.footer.version >= VALKEY { Flavour::Valkey } else { Flavour::Redis };
    parts.value_type(stated) == parts.value_type(flavour)
}

/// Fails if the target would not accept the result.
fn is_accepted(Fitted { payload, how, .. }: &Fitted, original: &Bytes, target: &Target) {
    let parts = Payload::open(payload).expect("a payload");
    match how {
        How::Passed => assert_eq!(payload, original, "a payload that is passed must not change"),
        How::Restamped | How::Translated => {
            Footer::verify(payload).expect("a checksum of what was written");
            assert!(target.accepts_version(parts.footer.version), "{target:?} takes {}", parts.footer.version);
        }
    }
    if *how == How::Translated {
        let value_type = parts.value_type(target.flavour()).expect("a type that is known");
        assert!(target.supports(value_type), "{target:?} knows {value_type:?}");
        assert_eq!(parts.value_length(target.flavour()), Ok(parts.value.len()), "{value_type:?} for {target:?}");
    }
}
