//! Files that none of the test servers writes: with newer types, and with values of modules.

use redis_keys_migrator::payload::crc64;

/// One for Redis and one for Valkey.
pub fn files() -> [Vec<u8>; 2] {
    [file(b"REDIS0015", &redis()), file(b"VALKEY081", &valkey())]
}

fn file(magic: &[u8], records: &[&[u8]]) -> Vec<u8> {
    let mut bytes = [magic, &records.concat(), &[0xff]].concat();
    bytes.extend(crc64(&bytes).to_le_bytes());
    bytes
}

/// The names of three fields, and as many values after the id of their template, as listpacks.
const NAMES: &[u8] = &[16, 0, 0, 0, 3, 0, 0x81, b'a', 2, 0x81, b'b', 2, 0x81, b'c', 2, 0xff];
const VALUES: &[u8] = &[16, 0, 0, 0, 4, 0, 7, 1, 0x81, b'x', 2, 5, 1, 6, 1, 0xff];
/// A node of a stream.
const NODE: &[u8] = &[19, 0, 0, 0, 4, 0, 1, 1, 0, 1, 1, 1, 0x81, b'f', 2, 0, 1, 0, 0xff];

fn redis() -> Vec<&'static [u8]> {
    vec![
        // Slots, data of a module outside of keys, and metadata of modules of the next key.
        &[0xf4, 1, 2, 3, 0xf7, 0x81, 1, 2, 3, 4, 5, 6, 7, 8, 2, 2, 5, 2, b'h', b'i', 0],
        &[0xf3, 2, 9, 9, 9, 9, 5, 1, b'm', 0, 8, 8, 8, 8, 4, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 1, b'k', 1, b'v'],
        &[7, 1, b'm', 0x81, 4, 8, 16, 32, 64, 128, 1, 2, 3, 1, 5, 2, 6, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0],
        &[5, 1, b'x', 0],
        // Types that no server writes any more: a sorted set with scores as text, a hash in a zipmap.
        &[3, 1, b'z', 2, 1, b'a', 3, b'1', b'.', b'5', 1, b'b', 254],
        &[9, 1, b'p', 12, 2, 1, b'a', 1, 0, b'x', 1, b'b', 1, 0, b'y', 0xff],
        // An array, and hashes with templates.
        &[28, 1, b'a', 3, 1, 9, 0, 0, 1, b's', 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 1, b't'],
        &[0xf2, 7, 3, 1, b'a', 1, b'b', 1, b'c', 32, 2, b'h', b'1', 7, 1, b'x', 1, b'y', 1, b'z'],
        &[30, 2, b'h', b'2', 16],
        VALUES,
        &[29, 2, b'h', b'3', 0, 16],
        NAMES,
        &[16],
        VALUES,
        // A stream of the newest form.
        &[27, 1, b's', 1, 16, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 19],
        NODE,
        &[1, 1, 1, 1, 1, 0, 0, 1, 1, 1, b'g', 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1],
        &[9, 9, 9, 9, 9, 0, 0, 0, 1, 1, 1, b'c', 9, 9, 9, 9, 9, 0, 0, 0, 9, 9, 9, 9, 9, 0, 0, 0],
        &[1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 60, 10, 1, 1, b'p', 1, 2, b'i', b'd', 1, 1, 1, 0],
    ]
}

fn valkey() -> Vec<&'static [u8]> {
    vec![
        // Slots that are being imported, and a hash with a field that expires.
        &[0xf3, 1, b'j', 2, 1, 2, 3, 4],
        &[22, 1, b'h', 2, 1, b'f', 1, b'v', 1, 0, 0, 0, 0, 1, 0, 0, 1, b'g', 1, b'w'],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ]
}
