//! Values of every shape that servers keep or write differently: the same for the same seed, on every server.

mod hashes;
mod lists;
mod sets;
mod streams;
mod strings;
mod zsets;

use super::{CAREFUL, Client, Kind, Pipeline, Random, Server, words};

/// A function that writes a value.
type Write = fn(&mut Writer);

/// All shapes, each with the name of its key.
const SHAPES: [(&str, Write); 29] = [
    ("string:empty", strings::empty),
    ("string:number", strings::number),
    ("string:short", strings::short),
    ("string:long", strings::long),
    ("string:repeating", strings::repeating),
    ("string:grown", strings::grown),
    ("string:visitors", strings::visitors),
    ("string:bits", strings::bits),
    ("list:few", lists::few),
    ("list:many", lists::many),
    ("list:large", lists::large),
    ("list:changed", lists::changed),
    ("set:numbers", sets::numbers),
    ("set:few", sets::few),
    ("set:many", sets::many),
    ("hash:few", hashes::few),
    ("hash:many", hashes::many),
    ("hash:expiring:few", hashes::expiring_few),
    ("hash:expiring:many", hashes::expiring_many),
    ("hash:persisted:few", hashes::persisted_few),
    ("hash:persisted:many", hashes::persisted_many),
    ("hash:late", hashes::late),
    ("zset:few", zsets::few),
    ("zset:many", zsets::many),
    ("stream:entries", streams::entries),
    ("stream:groups", streams::groups),
    ("stream:long", streams::long),
    ("stream:emptied", streams::emptied),
    ("stream:made", streams::made),
];

/// One shape of value.
#[derive(Clone, Copy)]
pub struct Shape(usize);

impl Shape {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SHAPES.len()).map(Self)
    }

    /// Writes the value that this shape has for a seed.
    pub fn write(self, seed: u64, kind: Kind, client: &mut Client) {
        let (key, write) = SHAPES[self.0];
        let random = Random::new(seed ^ (self.0 as u64) << 56);
        let mut writer = Writer { random, pipeline: Pipeline::new(), kind, key };
        write(&mut writer);
        client.run_all(&writer.pipeline);
    }

    /// A server that accepts every shape, and that checks the payloads that it restores.
    pub fn server(kind: Kind) -> Server {
        let server = Server::with(kind, &CAREFUL);
        if kind == Kind::Redis70 {
            // Like later versions, it can give a large list item its own node, but by default only from 1 GB on.
            server.run(words!["DEBUG", "QUICKLIST-PACKED-THRESHOLD", "8k"]);
        }
        server
    }
}

/// Writes one value.
struct Writer {
    random: Random,
    pipeline: Pipeline,
    kind: Kind,
    key: &'static str,
}

/// The length of a text that fits into every small container.
const SHORT: u64 = 64;
/// So many members fit into every small container.
const FEW: u64 = 40;
/// So many members fit into no small container.
const MANY: u64 = 520;
/// Lengths from which on a string is written in another form, alone or as an item of a listpack.
const BORDERS: [usize; 3] = [0x1000, 16_379, 0x4000];

impl Writer {
    /// Adds a command whose first argument is the key.
    fn add(&mut self, command: &str, rest: impl IntoIterator<Item = Vec<u8>>) {
        let mut words = words![command, self.key].to_vec();
        words.extend(rest);
        self.pipeline.add(words);
    }

    /// Whether fields of the server's hashes can expire.
    fn has_field_expiry(&self) -> bool {
        matches!(self.kind, Kind::Redis82 | Kind::Valkey91)
    }

    /// A count from 1 on.
    fn count(&mut self, most: u64) -> u64 {
        1 + self.random.below(most)
    }

    /// A number of any size, so that all widths occur.
    fn number(&mut self) -> i64 {
        self.random.next().cast_signed() >> self.random.below(64)
    }

    /// A number, a text that looks like a number, or random bytes; never longer than [`SHORT`].
    fn text(&mut self) -> Vec<u8> {
        const NEARLY: [&str; 10] =
            ["", "-0", "007", "+5", " 1", "1 ", "-", "9223372036854775808", "-9223372036854775809", "1e5"];
        let length = self.length(SHORT + 1);
        match self.random.below(10) {
            0..4 => self.number().to_string().into_bytes(),
            4 => self.random.pick(&NEARLY).as_bytes().to_vec(),
            5 => vec![b'x'; length],
            _ => self.random.bytes(length),
        }
    }

    /// Like [`Writer::text`], but may be long.
    fn any_text(&mut self) -> Vec<u8> {
        match self.random.below(20) {
            0 => self.long_text(),
            _ => self.text(),
        }
    }

    /// Bytes that are too long for every small container, sometimes near one of the [`BORDERS`]. Half of them can be
    /// compressed.
    fn long_text(&mut self) -> Vec<u8> {
        let length =
            if self.random.chance(70) { 65 + self.length(400) } else { self.random.pick(&BORDERS) - self.length(3) };
        if self.random.chance(50) { vec![b'y'; length] } else { self.random.bytes(length) }
    }

    /// A length below `end`.
    fn length(&mut self, end: u64) -> usize {
        usize::try_from(self.random.below(end)).expect("it is small")
    }

    /// Members without duplicates. [`Amount::Many`] adds one that is too long for a small container, or very many.
    fn members(&mut self, amount: Amount) -> Vec<Vec<u8>> {
        let few = self.count(FEW);
        let mut members: Vec<Vec<u8>> = (0..few).map(|_| self.text()).collect();
        match amount {
            Amount::Few => {}
            Amount::Many if self.random.chance(70) => members.push(self.long_text()),
            Amount::Many => members.extend((0..MANY).map(|number| format!("member {number}").into_bytes())),
        }
        members.sort();
        members.dedup();
        members
    }
}

/// How many members there are.
#[derive(Clone, Copy)]
enum Amount {
    /// They fit into a small container.
    Few,
    /// They do not.
    Many,
}
