//! The material for mutations: payloads and files that real servers wrote, and some made by hand.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs};

use redis_keys_migrator::payload::Origin;
use redis_keys_migrator::version::{Flavour, Version};

use super::handmade;
use super::sample::{PayloadSample, Sample, payloads_of};
use super::support::{Client, Kind, Random, Reply, Server, Shape, words};

/// Larger samples are damaged less often, because they take longer.
const SMALL: usize = 4000;

/// The largest value of a small file.
const SMALL_VALUE: usize = 1000;

/// All samples.
#[derive(Default)]
pub struct Material {
    payloads: BySize<PayloadSample>,
    files: BySize<Sample>,
}

/// Samples, small and large ones apart.
struct BySize<T> {
    small: Vec<T>,
    large: Vec<T>,
}

impl Material {
    /// Any payload.
    pub fn payload(&self, random: &mut Random) -> &PayloadSample {
        self.payloads.pick(random)
    }

    /// Any file.
    pub fn file(&self, random: &mut Random) -> &Sample {
        self.files.pick(random)
    }

    fn add_payload(&mut self, bytes: Vec<u8>, origin: Origin) {
        let size = bytes.len();
        self.payloads.add(PayloadSample::new(bytes, origin), size);
    }

    fn add_file(&mut self, bytes: Vec<u8>) {
        let size = bytes.len();
        self.files.add(Sample::file(bytes), size);
    }

    /// A file, and the payloads that `DUMP` would return for its keys.
    fn add_file_and_payloads(&mut self, bytes: Vec<u8>) {
        for (payload, flavour) in payloads_of(&bytes) {
            self.add_payload(payload, Origin::of_file(flavour));
        }
        self.add_file(bytes);
    }
}

impl<T> Default for BySize<T> {
    fn default() -> Self {
        Self { small: Vec::new(), large: Vec::new() }
    }
}

impl<T> BySize<T> {
    fn add(&mut self, sample: T, size: usize) {
        if size <= SMALL { self.small.push(sample) } else { self.large.push(sample) }
    }

    fn pick(&self, random: &mut Random) -> &T {
        let from = if random.chance(97) { &self.small } else { &self.large };
        random.pick(from)
    }
}

/// All samples, made on the first call.
pub fn material() -> &'static Material {
    static MATERIAL: OnceLock<Material> = OnceLock::new();
    MATERIAL.get_or_init(|| {
        let mut material = Material::default();
        for kind in Kind::ALL {
            let server = Shape::server(kind);
            write_payloads(&server, &mut material);
            write_files(&server, &mut material);
        }
        for file in handmade::files() {
            material.add_file_and_payloads(file);
        }
        read_corpus(&mut material);
        material
    })
}

/// Values of every shape, with and without compression.
fn write_payloads(server: &Server, material: &mut Material) {
    let mut client = server.client();
    let info = client.run(words!["INFO"]).text();
    let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.parse::<Version>().ok());
    let (flavour, version) = match field("valkey_version:") {
        Some(version) => (Flavour::Valkey, version),
        None => (Flavour::Redis, field("redis_version:").expect("a server's INFO")),
    };
    for (seed, is_compressed) in [(1, "yes"), (2, "no"), (3, "no")] {
        client.run(words!["CONFIG", "SET", "rdbcompression", is_compressed]);
        client.run(words!["FLUSHALL"]);
        Shape::all().for_each(|shape| shape.write(seed, server.kind(), &mut client));
        for key in keys(&mut client) {
            material.add_payload(client.run(words!["DUMP", key]).bytes(), Origin::of(flavour, version));
        }
    }
}

/// Small files with some values each, and one file with all values.
fn write_files(server: &Server, material: &mut Material) {
    let mut client = server.client();
    let mut random = Random::new(1);
    for (seed, is_compressed) in (0..16).zip(["yes", "no"].iter().cycle()) {
        client.run(words!["CONFIG", "SET", "rdbcompression", is_compressed]);
        client.run(words!["FLUSHALL"]);
        for shape in Shape::all().filter(|_| seed == 0 || random.chance(25)) {
            shape.write(seed, server.kind(), &mut client);
        }
        for key in keys(&mut client) {
            if seed > 0 && client.run(words!["DUMP", key]).bytes().len() > SMALL_VALUE {
                client.run(words!["DEL", key]);
            }
        }
        write_attributes(server.kind(), &mut client, &mut random);
        client.run(words!["SAVE"]);
        material.add_file(fs::read(server.folder().join("dump.rdb")).expect("what the server has saved"));
    }
}

/// Everything in a file but values: expiries, the use of keys, more databases, functions.
fn write_attributes(kind: Kind, client: &mut Client, random: &mut Random) {
    let policy = *random.pick(&["noeviction", "allkeys-lru", "allkeys-lfu"]);
    client.run(words!["CONFIG", "SET", "maxmemory-policy", policy]);
    for key in keys(client) {
        if random.chance(30) {
            client.run(words!["PEXPIREAT", key, 4_102_444_800_000_u64 + random.below(1 << 40)]);
        }
    }
    client.run(words!["SELECT", 3]);
    // The second key is written as a number.
    client.run(words!["MSET", "elsewhere", "value", 12345, "value", "k".repeat(300), "value"]);
    client.run(words!["SELECT", 0]);
    if kind != Kind::Redis62 {
        let library = "#!lua name=library\nredis.register_function('name', function() return 1 end)";
        client.run(words!["FUNCTION", "LOAD", "REPLACE", library]);
    }
}

fn keys(client: &mut Client) -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = client.run(words!["KEYS", "*"]).array().into_iter().map(Reply::bytes).collect();
    keys.sort();
    keys
}

/// The sound files of a corpus.
#[expect(clippy::print_stderr, reason = "tests that are left out must be visible")]
fn read_corpus(material: &mut Material) {
    let Some(folder) = env::var_os("MIGRATOR_TEST_RDB_CORPUS") else {
        eprintln!("LEFT OUT: no file of the corpus was damaged, because `MIGRATOR_TEST_RDB_CORPUS` names no folder");
        return;
    };
    let mut found = Vec::new();
    find_files(Path::new(&folder), &mut found);
    found.sort();
    for path in found {
        let bytes = fs::read(&path).expect("a file of the corpus");
        if Sample::is_sound(&bytes) {
            material.add_file_and_payloads(bytes);
        }
    }
}

fn find_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for file in fs::read_dir(folder).expect("the corpus") {
        let path = file.expect("a file of the corpus").path();
        if path.is_dir() {
            find_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rdb") {
            found.push(path);
        }
    }
}
