//! A backup: an RDB file with the types of a shop, most of them strings of some 200 bytes, so that five million keys
//! take 1 GiB.
//!
//! Texts are random letters. Redis does not compress a string that LZF cannot make smaller, so the file is like that
//! of a server: Redis 7.0.15, after loading it, writes one that is half a percent smaller. A third of the keys expire
//! in the year 2100, so no key expires during a measurement.

use std::io;
use std::path::Path;

use super::rdb_file::RdbFile;
use super::rdb_value::RdbValue;
use crate::support::Random;

/// One key in so many expires.
const EXPIRES: u64 = 3;
/// The first ms of the year 2100, and the length of the year in ms.
const YEAR_2100: u64 = 4_102_444_800_000;
const YEAR: u64 = 365 * 24 * 3_600_000;
/// No digits: a text that is a number would be written as one.
const LETTERS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:/+ ~!@*=";

/// Writes a file with that many keys.
pub fn backup(path: &Path, keys: u64) -> io::Result<()> {
    let mut file = RdbFile::create(path, keys, keys.div_ceil(EXPIRES))?;
    let mut maker = Maker { random: Random::new(13) };
    for number in 0..keys {
        let expires_at = number.is_multiple_of(EXPIRES).then(|| YEAR_2100 + maker.random.below(YEAR));
        let (key, value) = maker.key(number);
        file.add(key.as_bytes(), expires_at, &value)?;
    }
    file.finish()
}

struct Maker {
    random: Random,
}

impl Maker {
    fn key(&mut self, number: u64) -> (String, RdbValue) {
        match self.random.below(100) {
            0..45 => (format!("session:{number:x}"), self.session(number)),
            45..65 => (format!("cache:{}:{number}", self.random.below(10)), self.page()),
            65..73 => (format!("counter:{number}"), self.counter()),
            73..85 => (format!("user:{number}"), self.user()),
            85..91 => (format!("queue:{number}"), self.queue()),
            91..95 => (format!("tags:{number}"), self.tags()),
            _ => (format!("leaderboard:{number}"), self.leaderboard()),
        }
    }

    fn session(&mut self, number: u64) -> RdbValue {
        let mut session = format!("{{\"id\":{number},\"token\":\"").into_bytes();
        session.extend(self.text(100, 270));
        session.extend_from_slice(b"\"}");
        RdbValue::string(&session)
    }

    fn page(&mut self) -> RdbValue {
        let length = *self.random.pick(&[100, 200, 300, 400]);
        RdbValue::string(&self.random.bytes(length))
    }

    fn counter(&mut self) -> RdbValue {
        RdbValue::number(i32::try_from(self.random.below(2_000_000_000)).expect("below 2^31"))
    }

    fn user(&mut self) -> RdbValue {
        let fields = self.random.below(8) + 3;
        let field = |number| (format!("field{number}").into_bytes(), self.text(10, 40));
        RdbValue::hash(&(0..fields).map(field).collect::<Vec<_>>())
    }

    fn queue(&mut self) -> RdbValue {
        let jobs = self.random.below(9) + 1;
        RdbValue::list(&(0..jobs).map(|_| self.text(20, 50)).collect::<Vec<_>>())
    }

    fn tags(&mut self) -> RdbValue {
        let tags = self.random.below(20) + 1;
        RdbValue::set(&(0..tags).map(|_| self.text(8, 16)).collect::<Vec<_>>())
    }

    /// Scores that ascend.
    fn leaderboard(&mut self) -> RdbValue {
        let scores = (0..120).step_by(*self.random.pick(&[10, 15, 30]));
        RdbValue::sorted_set(&scores.map(|score| (self.text(8, 20), score)).collect::<Vec<_>>())
    }

    /// A text of at least `from` and less than `to` letters.
    fn text(&mut self, from: u64, to: u64) -> Vec<u8> {
        let length = usize::try_from(from + self.random.below(to - from)).expect("texts are short");
        let mut text = self.random.bytes(length);
        for byte in &mut text {
            *byte = LETTERS[usize::from(*byte % 64)];
        }
        text
    }
}
