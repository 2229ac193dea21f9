//! LZF, the compression of strings (`lzf_d.c` of `LibLZF`, which is part of Redis).
//!
//! | first byte | meaning |
//! |---|---|
//! | `000nnnnn` | copy the next `n` + 1 bytes |
//! | `nnnooooo` `o…` | repeat `n` + 2 bytes from `o` + 1 bytes before the end |
//! | `111ooooo` `nnnnnnnn` `o…` | repeat `n` + 9 bytes from `o` + 1 bytes before the end |

use super::{Cursor, Fault};

/// The best compression: three bytes can stand for 264.
const GAIN: u64 = 88;

/// Whether so few bytes can unpack to so many. If not, they are refused before any memory is taken.
pub(super) fn is_plausible(packed: u64, unpacked: u64) -> bool {
    unpacked <= packed.saturating_mul(GAIN)
}

/// Unpacks bytes, which must give exactly `unpacked` bytes.
pub(super) fn unpack(packed: &[u8], unpacked: u64) -> Result<Vec<u8>, Fault> {
    if !is_plausible(packed.len() as u64, unpacked) {
        return Err(Fault::corrupt(0, "a compressed string claims to be longer than it can be"));
    }
    let size = usize::try_from(unpacked).expect("no more than 88 times as many as are in memory");
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
        repeat(out, back, count).ok_or(from.corrupt("a compressed string refers to bytes before its start"))?;
    }
    Ok(())
}

/// Appends `count` bytes that begin `back` bytes before the end. The appended bytes may be repeated in turn.
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
        // "ab", then 5 bytes from 2 before the end, then 10 bytes from 1 before the end.
        let packed = [1, b'a', b'b', 0b011_00000, 1, 0b111_00000, 1, 0];
        assert_eq!(unpack(&packed, 17).unwrap(), b"abababaaaaaaaaaaa");
    }

    #[test]
    fn an_impossible_length_is_refused_before_unpacking() {
        assert!(unpack(&[0, b'a'], u64::MAX).is_err());
        assert!(unpack(&[0b111_00000, 255, 0], 265).is_err());
    }

    #[test]
    fn bytes_that_do_not_unpack_to_their_length_are_corrupt() {
        assert!(unpack(&[0, b'a'], 2).is_err());
        assert!(unpack(&[1, b'a', b'b'], 1).is_err());
        assert!(unpack(&[0, b'a', 0b001_00000, 1], 4).is_err());
        assert!(unpack(&[5, b'a'], 6).is_err());
    }
}
