//! LZF, the compression of strings (`lzf_d.c` of `LibLZF`, which Redis carries).
//!
//! | first byte | meaning |
//! |---|---|
//! | `000nnnnn` | `n` + 1 bytes follow as they are |
//! | `nnnooooo` `o…` | `n` + 2 bytes again, from `o` + 1 bytes back |
//! | `111ooooo` `nnnnnnnn` `o…` | `n` + 9 bytes again, from `o` + 1 bytes back |

use super::{Cursor, Fault};

/// Three bytes can stand for 264, and nothing for more.
const GAIN: u64 = 88;

/// Whether so many bytes can be packed in so few. What cannot is refused before anything is unpacked.
#[must_use]
pub fn is_plausible(packed: u64, unpacked: u64) -> bool {
    unpacked <= packed.saturating_mul(GAIN)
}

/// Unpacks. Memory is taken as bytes come out, and never more than `unpacked`.
///
/// # Errors
/// The bytes do not unpack to exactly as many.
pub fn unpack(packed: &[u8], unpacked: u64) -> Result<Vec<u8>, Fault> {
    if !is_plausible(packed.len() as u64, unpacked) {
        return Err(Fault::corrupt(0, "a compressed string claims to be longer than it can be"));
    }
    let size = usize::try_from(unpacked).expect("no more than 88 times what is in memory");
    let mut out = Vec::with_capacity(size);
    let mut from = Cursor::new(packed);
    while !from.is_at_end() {
        unpack_run(&mut from, &mut out, size)?;
    }
    if out.len() == size { Ok(out) } else { Err(from.corrupt("a compressed string is shorter than it claims")) }
}

fn unpack_run(from: &mut Cursor, out: &mut Vec<u8>, size: usize) -> Result<(), Fault> {
    let first = from.byte()?;
    let (literal, count) = match first >> 5 {
        0 => (true, usize::from(first) + 1),
        7 => (false, usize::from(from.byte()?) + 9),
        count => (false, usize::from(count) + 2),
    };
    if count > size - out.len() {
        return Err(from.corrupt("a compressed string is longer than it claims"));
    }
    if literal {
        out.extend_from_slice(from.take(count as u64)?);
    } else {
        let back = (usize::from(first & 0x1f) << 8 | usize::from(from.byte()?)) + 1;
        repeat(out, back, count).ok_or(from.corrupt("a compressed string refers to before its start"))?;
    }
    Ok(())
}

/// Appends what stands `back` bytes before the end; it may reach into what it appends.
fn repeat(out: &mut Vec<u8>, back: usize, count: usize) -> Option<()> {
    let start = out.len().checked_sub(back)?;
    let mut left = count;
    while left > 0 {
        let piece = left.min(out.len() - start);
        out.extend_from_within(start..start + piece);
        left -= piece;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_repetitions_are_unpacked() {
        // "ab", then 5 bytes from 2 back (reaching into themselves), then 9 + 1 from 1 back.
        let packed = [1, b'a', b'b', 0b011_00000, 1, 0b111_00000, 1, 0];
        assert_eq!(unpack(&packed, 17).unwrap(), b"abababaaaaaaaaaaa");
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        assert!(unpack(&[0, b'a'], u64::MAX).is_err());
        assert!(unpack(&[0b111_00000, 255, 0], 265).is_err());
    }

    #[test]
    fn what_does_not_match_its_claim_is_corrupt() {
        assert!(unpack(&[0, b'a'], 2).is_err());
        assert!(unpack(&[1, b'a', b'b'], 1).is_err());
        assert!(unpack(&[0, b'a', 0b001_00000, 1], 4).is_err());
        assert!(unpack(&[5, b'a'], 6).is_err());
    }
}
