//! Files that are packed with gzip.

use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};

use flate2::bufread::GzDecoder;

/// The first bytes of a gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How many packed bytes are read at once.
const CHUNK: usize = 64 << 10;

/// Returns the contents of a file, unpacked if its first bytes are those of gzip. Its name does not matter.
///
/// # Errors
/// The first bytes cannot be read.
pub fn unpack(mut from: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut first = Vec::with_capacity(GZIP.len());
    while first.len() < GZIP.len() {
        let missing = (GZIP.len() - first.len()) as u64;
        match from.by_ref().take(missing).read_to_end(&mut first) {
            Ok(0) => break,
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
    }
    let is_packed = first == GZIP;
    let whole = Cursor::new(first).chain(from);
    if is_packed {
        let member = GzDecoder::new(BufReader::with_capacity(CHUNK, whole));
        return Ok(Box::new(Members { state: Some(State::Member(Box::new(member))) }));
    }
    Ok(Box::new(whole))
}

/// The contents of gzip members, one after the other: `pigz` and `bgzip` write many, and files may be concatenated.
struct Members<R> {
    /// `None` after an error.
    state: Option<State<R>>,
}

enum State<R> {
    Member(Box<GzDecoder<R>>),
    /// The member and its checksum were read.
    Between(R),
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.state = Some(match self.state.take() {
                Some(State::Member(mut member)) => {
                    let count = read_patiently(&mut member, buffer)?;
                    if count > 0 || buffer.is_empty() {
                        self.state = Some(State::Member(member));
                        return Ok(count);
                    }
                    State::Between(member.into_inner())
                }
                Some(State::Between(mut rest)) => {
                    let is_over = match is_over(&mut rest) {
                        Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                        waits_or_not => waits_or_not,
                    };
                    if !matches!(is_over, Ok(false)) {
                        self.state = Some(State::Between(rest));
                        return is_over.map(|_| 0);
                    }
                    State::Member(Box::new(GzDecoder::new(rest)))
                }
                None => return Ok(0),
            });
        }
    }
}

/// Reads from a member. A member is a part of the file up to its checksum, so its bytes are waited for.
fn read_patiently(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read,
        }
    }
}

/// Whether no member follows. Zeros and newlines after a member are padding.
fn is_over(rest: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = rest.fill_buf()?;
        let padding = bytes.iter().take_while(|byte| matches!(byte, 0 | b'\n' | b'\r')).count();
        match bytes.get(padding) {
            _ if bytes.is_empty() => return Ok(true),
            Some(byte) if *byte == GZIP[0] => {
                rest.consume(padding);
                return Ok(false);
            }
            Some(_) => return Err(io::Error::new(ErrorKind::InvalidData, "what follows the packed data is not gzip")),
            None => rest.consume(padding),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn unpacked(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        unpack(Cursor::new(bytes))?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn a_packed_file_is_recognised_by_its_first_bytes() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"REDIS0011").unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(unpacked(packed.clone()).unwrap(), b"REDIS0011");
        assert_eq!(unpacked([&packed[..], &packed].concat()).unwrap(), b"REDIS0011REDIS0011");
        assert!(unpacked(packed[..packed.len() - 9].to_vec()).is_err());
    }

    #[test]
    fn any_other_file_is_read_as_it_is() {
        for bytes in [&b""[..], b"R", b"REDIS0011"] {
            assert_eq!(unpacked(bytes.to_vec()).unwrap(), bytes);
        }
    }
}
