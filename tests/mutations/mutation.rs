//! Damaging samples, in the same way for the same random numbers.

use super::sample::Sample;
use super::support::Random;

/// Bytes with a meaning: forms of lengths and strings, ends of containers, opcodes.
const MEANINGFUL: [u8; 20] =
    [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0x82, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xe0, 0xf0, 0xf3, 0xf4, 0xfd, 0xfe, 0xff];

/// Lengths that are larger than any sample, and the largest numbers of every width.
const HUGE: [&[u8]; 12] = [
    &[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x81, 0, 0, 0, 1, 0, 0, 0, 0],
    &[0x80, 0xff, 0xff, 0xff, 0xff],
    // Just below the limit of a key.
    &[0x80, 0x1f, 0xff, 0xff, 0xff],
    &[0x80, 0, 0, 0xff, 0xff],
    &[0x7f, 0xff],
    &[0xff, 0xff, 0xff, 0xff],
    &[0xff, 0xff, 0xff, 0x7f],
    &[0xff, 0xff],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    &[0, 0, 0, 0, 0, 0, 0, 0x80],
];

/// Beginnings of compressed strings.
const PACKED: [&[u8]; 5] = [
    // The unpacked length is the largest possible one, or one more, or far more.
    &[0xc3, 0x3f, 0x55, 0xa8],
    &[0xc3, 0x3f, 0x55, 0xa9],
    &[0xc3, 0x3f, 0x80, 0, 0x10, 0, 0],
    &[0xc3, 0x02, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    // The unpacked length is right, and nearly the largest possible one.
    &[0xc3, 0x05, 0x41, 0x09, 0x00, b'x', 0xe0, 0xff, 0x00],
];

/// A sample that is damaged in one to four places. Parts of `other` may be inserted.
pub fn mutated(random: &mut Random, sample: &Sample, other: &Sample) -> Vec<u8> {
    let mut bytes = sample.bytes.clone();
    for _ in 0..=*random.pick(&[0, 0, 0, 1, 1, 3]) {
        let at = place(random, sample, bytes.len());
        change(random, &mut bytes, at, other);
    }
    bytes
}

/// A place to damage, mostly one that other bytes depend on.
fn place(random: &mut Random, sample: &Sample, length: usize) -> usize {
    let at = if random.chance(60) {
        // The header of a container comes after the header of its string.
        random.pick(&sample.heads) + below(random, 9) * below(random, 2)
    } else {
        below(random, length + 1)
    };
    at.min(length)
}

fn change(random: &mut Random, bytes: &mut Vec<u8>, at: usize, other: &Sample) {
    let few = 1 + below(random, 8);
    let end = bytes.len().min(at + few);
    match random.below(12) {
        0 | 1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        2 | 3 if at < bytes.len() => bytes[at] = *random.pick(&MEANINGFUL),
        // A count that is off by a little.
        4 if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(*random.pick(&[1, 2, 0xff])),
        5 => {
            let inserted = random.bytes(few);
            bytes.splice(at..at, inserted);
        }
        6 => drop(bytes.drain(at..end)),
        // Lengths stay right.
        7 => bytes[at..end].reverse(),
        8 if random.chance(30) => bytes.truncate(at),
        8 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again.repeat(1 + below(random, 20)));
        }
        9 => {
            bytes.truncate(at);
            let from = place(random, other, other.bytes.len());
            bytes.extend_from_slice(&other.bytes[from..]);
        }
        10 => {
            let packed = *random.pick(&PACKED);
            write(random, bytes, at, packed);
        }
        _ => {
            let huge = *random.pick(&HUGE);
            write(random, bytes, at, huge);
        }
    }
}

/// Writes bytes over what is there, or inserts them.
fn write(random: &mut Random, bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    let end = if random.chance(50) { at } else { bytes.len().min(at + new.len()) };
    bytes.splice(at..end, new.iter().copied());
}

fn below(random: &mut Random, end: usize) -> usize {
    usize::try_from(random.below(end as u64)).expect("no more than a length")
}
