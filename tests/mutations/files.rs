//! Damaged files are read up to the damage or to their end.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use redis_keys_migrator::job::OnUnsupported;
use redis_keys_migrator::payload::{Footer, Origin, Payload, Target, crc64, type_name};
use redis_keys_migrator::rdb::{RdbError, ReadLimits, Reader, Record, RecordDecoder, Value, unpack};
use redis_keys_migrator::version::{Flavour, Version};

use super::bound::{LZF, gain, peak};
use super::cases::for_each_case;
use super::material::material;
use super::mutation::mutated;
use super::payloads::fits_or_not;
use super::sample::Sample;
use super::support::Random;

/// The memory that every file costs: a window of 512 KiB, 64 KiB that keys and payloads share, and what unpacking takes.
pub const FIXED: u64 = 1 << 20;

/// The memory that each unpacked byte costs at most: it is in the window and in the value, and both exist in their old and
/// in their double size while they grow.
const TO_READ: u64 = 3 + 3;

/// The length of a checksum in bytes.
const CHECKSUM: usize = 8;
/// The first bytes of a packed file.
const GZIP: &[u8] = &[0x1f, 0x8b];

#[test]
fn damaged_files_are_read_up_to_the_damage_within_the_bound() {
    let material = material();
    let make = |random: &mut Random| {
        let [sample, other] = [(); 2].map(|()| material.file(random));
        let mut bytes = mutated(random, sample, other);
        if random.chance(75) && bytes.len() > CHECKSUM {
            end_soundly(&mut bytes);
        }
        if random.chance(3) {
            bytes = packed(&bytes);
            if random.chance(50) {
                bytes = mutated(random, &Sample { bytes, heads: vec![0, 3, 10] }, other);
            }
        }
        (bytes, Way::any(random))
    };
    for_each_case("files", make, |bytes, way| {
        let bytes = Bytes::from(bytes);
        stays_within_the_bound(&bytes, &way);
        // Where a damaged packed file breaks off depends on how it is read.
        if way.piece < bytes.len() && !bytes.starts_with(GZIP) {
            let [pieces, whole] = [way.piece, usize::MAX].map(|piece| Way { piece, ..way }.read(&bytes).summary());
            assert_eq!(pieces, whole, "in pieces of {}", way.piece);
        }
        makes_sound_payloads(&bytes);
    });
}

/// Gives a file the right checksum.
fn end_soundly(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() - CHECKSUM);
    bytes.extend(crc64(bytes).to_le_bytes());
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("writing to memory cannot fail");
    packed.finish().expect("writing to memory cannot fail")
}

/// Fails if reading takes more memory than the bound, and returns how much it takes.
pub fn stays_within_the_bound(bytes: &Bytes, way: &Way) -> u64 {
    let (found, taken) = peak(|| way.read(bytes));
    // The length of the unpacked file is unknown here.
    let gain = if bytes.starts_with(GZIP) { LZF } else { gain(bytes) };
    let bound = FIXED + TO_READ * gain * found.held;
    assert!(taken <= bound, "{taken} bytes were taken for {}, but the bound is {bound}", found.held);
    taken
}

/// How a file is read.
#[derive(Clone, Copy)]
pub struct Way {
    /// So many bytes at a time.
    piece: usize,
    limits: ReadLimits,
    keeps_values: bool,
}

/// The result of reading.
struct Found {
    /// The number of unpacked bytes that were read.
    held: u64,
    records: u64,
    end: Result<(), RdbError>,
}

impl Way {
    /// All bytes at once, with the default limits.
    pub fn whole() -> Self {
        Self { piece: usize::MAX, limits: ReadLimits::default(), keeps_values: true }
    }

    fn any(random: &mut Random) -> Self {
        let tight = ReadLimits { payload: 100, string: 20 };
        Self {
            piece: *random.pick(&[usize::MAX, usize::MAX, usize::MAX, 1000, 37]),
            limits: if random.chance(10) { tight } else { ReadLimits::default() },
            keeps_values: random.chance(90),
        }
    }

    /// Reads a file without keeping its records.
    fn read(&self, bytes: &Bytes) -> Found {
        let held = Cell::new(0);
        let from = unpack(Pieces { from: Cursor::new(bytes.clone()), most: self.piece }).expect("bytes in memory");
        let decoder = RecordDecoder::new(self.limits);
        let decoder = if self.keeps_values { decoder } else { decoder.without_values() };
        let mut records = 0;
        let mut reader = Reader::with_decoder(Counted { from, count: &held }, decoder);
        let end = reader.try_for_each(|record| record.map(|_| records += 1));
        Found { held: held.get(), records, end }
    }
}

impl Found {
    fn summary(&self) -> (u64, String) {
        (self.records, self.end.as_ref().map_or_else(ToString::to_string, |()| String::new()))
    }
}

/// Bytes that arrive in pieces.
struct Pieces {
    from: Cursor<Bytes>,
    most: usize,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(self.most);
        self.from.read(&mut into[..most])
    }
}

/// Counts the bytes that are read.
struct Counted<'c, R> {
    from: R,
    count: &'c Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

/// Fails unless each value of a file is a payload that ends where its layout ends, and that can be made fit or is refused.
fn makes_sound_payloads(bytes: &Bytes) {
    let newest = Target::of(Flavour::Valkey, Version::new(9, 1));
    let mut flavour = Flavour::Other;
    for record in Reader::new(unpack(Cursor::new(bytes.clone())).expect("bytes in memory")).map_while(Result::ok) {
        match record {
            Record::Header(header) => flavour = header.flavour,
            Record::Key(key) => {
                let Value::Payload(payload) = key.value else { continue };
                let parts = Payload::open(&payload).expect("a payload");
                assert_eq!(parts.value_length(flavour), Ok(parts.value.len()), "{}", key.key);
                assert_eq!(Footer::verify(&payload), Ok(()), "{}", key.key);
                assert_eq!(type_name(&payload), key.type_name, "{}", key.key);
                fits_or_not(&payload, Origin::of_file(flavour), &newest, OnUnsupported::Fail);
            }
            _ => {}
        }
    }
}
