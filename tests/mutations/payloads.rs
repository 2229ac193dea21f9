//! Payloads that were damaged are refused, or are what they say.

use bytes::Bytes;
use redis_keys_migrator::job::OnUnsupported;
use redis_keys_migrator::outcome::How;
use redis_keys_migrator::payload::{
    FOOTER, Fault, Fitted, Footer, KEY_META_OPCODE, Origin, Payload, Target, ValueType, fit, put_footer, type_name,
};
use redis_keys_migrator::version::{Flavour, Version};

use super::bound::{gain, peak};
use super::cases::for_each_case;
use super::material::material;
use super::members::members;
use super::mutation::mutated;
use super::support::Random;

/// What costs nothing that depends on the bytes.
const LITTLE: u64 = 1 << 10;

/// To find a value's end takes memory only where the names of a template's fields are unpacked to be counted.
const TO_MEASURE: u64 = 1;

/// To read members takes what is unpacked, and for a template's fields the names, of up to 2.7 times their length, in a
/// buffer that is there in its old and its double size while it grows.
const TO_READ: u64 = 1 + 3 * 3;

/// What each byte of an unpacked value costs that is written anew: it is read, and what is written grows in the same
/// way, as a number of eight bytes becomes a string of 20 digits.
const TO_FIT: u64 = TO_READ + 3 * 3;

/// Servers of all generations, so that every way to translate is taken.
pub fn targets() -> Vec<Target> {
    let redis = [(2, 8), (3, 2), (6, 2), (7, 0), (8, 2), (8, 10)].map(|version| (Flavour::Redis, version));
    let valkey = [(8, 1), (9, 0), (9, 1)].map(|version| (Flavour::Valkey, version));
    let all = redis.into_iter().chain(valkey).chain([(Flavour::Other, (7, 4))]);
    all.map(|(flavour, (major, minor))| Target::of(flavour, Version { major, minor, patch: 2 })).collect()
}

#[test]
fn damaged_payloads_are_refused_or_made_to_fit_and_cost_what_they_pay_for() {
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
        (bytes, sample.origin)
    };
    for_each_case("payloads", make, |bytes, origin| {
        looks(&bytes, origin.flavour);
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

/// What is only looked at costs next to nothing.
fn looks(bytes: &[u8], flavour: Flavour) {
    let (_, taken) = peak(|| type_name(bytes).len());
    is_paid_for(taken, 0, bytes);
    let (_, taken) = peak(|| Payload::open(bytes).map(|parts| parts.value_length(flavour)));
    is_paid_for(taken, TO_MEASURE, bytes);
    let (_, taken) = peak(|| read(bytes, flavour));
    is_paid_for(taken, TO_READ, bytes);
}

/// All members of a value.
fn read(bytes: &[u8], flavour: Flavour) -> Result<u64, Fault> {
    let parts = Payload::open(bytes)?;
    members(parts.value_type(flavour)?, parts.value)
}

/// Fails where more was taken than so many times what there is of a payload when it is unpacked.
#[track_caller]
fn is_paid_for(taken: u64, times: u64, bytes: &[u8]) {
    let bound = LITTLE + times * gain(bytes) * bytes.len() as u64;
    assert!(taken <= bound, "{taken} bytes were taken for {}, which may cost {bound}", bytes.len());
}

/// Fails where something is made that the target would not take, or that costs too much; tells what it costs.
pub fn fits_or_not(bytes: &Bytes, origin: Origin, target: &Target, policy: OnUnsupported) -> u64 {
    let (fitted, taken) = peak(|| fit(bytes.clone(), origin, target, policy));
    is_paid_for(taken, TO_FIT, bytes);
    if let Ok(fitted) = fitted {
        is_taken(&fitted, bytes, target);
        if fitted.how == How::Translated {
            assert_eq!(read(&fitted.payload, target.flavour()), read(bytes, origin.flavour), "for {target:?}");
        }
    }
    taken
}

/// Fails where a target would not take what was made for it.
fn is_taken(Fitted { payload, how, .. }: &Fitted, original: &Bytes, target: &Target) {
    let parts = Payload::open(payload).expect("a payload");
    match how {
        How::Passed => assert_eq!(payload, original, "what is passed is not changed"),
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
