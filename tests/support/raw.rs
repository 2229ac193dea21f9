//! Requests and replies on the wire, one at a time, with all their bytes.

use std::io::{self, BufRead};

/// The words of a command, and all its bytes.
pub fn read_request(from: &mut impl BufRead) -> io::Result<(Vec<Vec<u8>>, Vec<u8>)> {
    let mut bytes = Vec::new();
    let count = read_number(from, &mut bytes)?;
    let mut words = Vec::new();
    for _ in 0..count {
        let length = read_number(from, &mut bytes)?;
        words.push(read_bulk(from, &mut bytes, length)?);
    }
    Ok((words, bytes))
}

/// All bytes of one reply.
pub fn read_reply(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut missing = 1;
    while missing > 0 {
        let begin = bytes.len();
        let number = read_number(from, &mut bytes);
        missing -= 1;
        match bytes.get(begin) {
            // A length of -1 means null: no text and no items follow.
            Some(b'$') => drop(read_bulk_if_any(from, &mut bytes, number?)?),
            Some(b'*') => missing += number?.max(0),
            Some(_) => {}
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
    Ok(bytes)
}

/// The number in a line such as `*3` or `$12`.
fn read_number(from: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<i64> {
    let begin = bytes.len();
    from.read_until(b'\n', bytes)?;
    let line = std::str::from_utf8(&bytes[begin..]).map_err(io::Error::other)?;
    line.get(1..).and_then(|number| number.trim_end().parse().ok()).ok_or(io::ErrorKind::InvalidData.into())
}

fn read_bulk_if_any(from: &mut impl BufRead, bytes: &mut Vec<u8>, length: i64) -> io::Result<Vec<u8>> {
    if length < 0 { Ok(Vec::new()) } else { read_bulk(from, bytes, length) }
}

fn read_bulk(from: &mut impl BufRead, bytes: &mut Vec<u8>, length: i64) -> io::Result<Vec<u8>> {
    let length = usize::try_from(length).map_err(io::Error::other)?;
    let mut bulk = vec![0; length + 2];
    from.read_exact(&mut bulk)?;
    bytes.extend_from_slice(&bulk);
    bulk.truncate(length);
    Ok(bulk)
}
