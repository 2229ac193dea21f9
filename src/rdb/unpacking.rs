//! Files that are packed with gzip.

use std::io::{self, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

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
    from.by_ref().take(GZIP.len() as u64).read_to_end(&mut first)?;
    let is_packed = first == GZIP;
    let whole = Cursor::new(first).chain(from);
    if is_packed {
        return Ok(Box::new(MultiGzDecoder::new(BufReader::with_capacity(CHUNK, whole))));
    }
    Ok(Box::new(whole))
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
