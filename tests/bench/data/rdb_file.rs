//! An RDB file that is written key by key, like by `SAVE` of Redis 7.0. Only a buffer of it is in memory.

use std::fs::File;
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::Path;

use redis_keys_migrator::payload::Crc64;

use super::rdb_value::{RdbValue, put_length, put_string};

/// Bytes that go to the file at once.
const BUFFER: usize = 1 << 20;

const AUX: u8 = 0xfa;
const RESIZE_DB: u8 = 0xfb;
const EXPIRE_TIME_MS: u8 = 0xfc;
const SELECT_DB: u8 = 0xfe;
const EOF: u8 = 0xff;

/// A file that is not finished yet.
pub struct RdbFile {
    to: BufWriter<Summed>,
    /// The current record; kept to reuse its memory.
    record: Vec<u8>,
}

impl RdbFile {
    /// Begins a file of one database with so many keys and so many expiring keys.
    pub fn create(path: &Path, keys: u64, expiring: u64) -> io::Result<Self> {
        let mut head = b"REDIS0010".to_vec();
        for (name, value) in [("redis-ver", "7.0.15"), ("redis-bits", "64")] {
            head.push(AUX);
            put_string(&mut head, name.as_bytes());
            put_string(&mut head, value.as_bytes());
        }
        head.extend([SELECT_DB, 0, RESIZE_DB]);
        put_length(&mut head, keys);
        put_length(&mut head, expiring);
        let mut to = BufWriter::with_capacity(BUFFER, Summed { file: File::create(path)?, sum: Crc64::default() });
        to.write_all(&head)?;
        Ok(Self { to, record: Vec::new() })
    }

    /// Adds a key; with a unix time in ms, one that expires then.
    pub fn add(&mut self, key: &[u8], expires_at: Option<u64>, value: &RdbValue) -> io::Result<()> {
        self.record.clear();
        if let Some(at) = expires_at {
            self.record.push(EXPIRE_TIME_MS);
            self.record.extend(at.to_le_bytes());
        }
        self.record.push(value.value_type.byte());
        put_string(&mut self.record, key);
        self.record.extend_from_slice(&value.bytes);
        self.to.write_all(&self.record)
    }

    /// Ends the file and syncs it to the disk, so that later measurements do not share the machine with that.
    pub fn finish(mut self) -> io::Result<()> {
        self.to.write_all(&[EOF])?;
        let Summed { mut file, sum } = self.to.into_inner().map_err(IntoInnerError::into_error)?;
        file.write_all(&sum.value().to_le_bytes())?;
        file.sync_all()
    }
}

/// A file, and the checksum of what was written to it.
struct Summed {
    file: File,
    sum: Crc64,
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.sum.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
