//! Values of every shape from all four servers: each has the length of its payload, and arrives with the same value on
//! every server that supports it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use redis_keys_migrator::job::OnUnsupported;
use redis_keys_migrator::payload::{
    Comparison, Cursor, Fault, Footer, Origin, Part, Payload, StringHead, Target, Unfit, ValueType, compare, fit,
};
use redis_keys_migrator::version::{Flavour, Version};

use crate::lanes::holds;
use crate::support::{KeyReading, Kind, Pipeline, Reading, Reply, Server, Shape, Value, differences, shown, words};

/// A case is a value of each shape on each server, sent to each server. `MIGRATOR_TEST_CASES` sets another number.
const CASES: u32 = 12;

#[test]
fn values_of_every_shape_have_the_length_of_their_payload_and_arrive_on_all_servers() {
    let four = Kind::ALL.map(Node::start);
    let mut seen: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    holds(CASES, &any::<u64>().no_shrink(), |seed| {
        for from in &four {
            let source = from.filled(seed);
            for (key, payload) in &source.payloads {
                from.assert_length(key, payload);
                seen.entry(from.kind()).or_default().extend(from.forms(key, payload));
            }
            for to in &four {
                Pair { from, to }.assert_moves(&source);
            }
        }
    });
    // Forms that did not occur were not tested.
    for kind in Kind::ALL {
        let expected = forms(kind).into_iter().map(str::to_owned).collect();
        assert_eq!(seen[&kind], expected, "{}", kind.name());
    }
}

#[test]
fn a_value_that_a_client_has_changed_is_a_different_value() {
    for node in Kind::ALL.map(Node::start) {
        let before = node.filled(1).payloads;
        let kind = node.kind();
        let mut client = node.server.client();
        for (key, mut before) in before {
            for (change, part) in changes(&key, matches!(kind, Kind::Redis82 | Kind::Valkey91)) {
                client.run(change);
                let after = client.run(words!["DUMP", key]).bytes();
                let expected = Comparison::Different(part);
                assert_eq!(compare(&before, &after), expected, "{} on {}", shown(&key), kind.name());
                before = after;
            }
        }
    }
}

/// Commands that add something to the value of a key, each with the part of the value that changes.
fn changes(key: &[u8], supports_field_expiry: bool) -> Vec<(Vec<Vec<u8>>, Part)> {
    const YEAR_2100: &str = "4102444800000";
    let further = match value_type(key) {
        b"hash" if supports_field_expiry => {
            vec![(words!["HPEXPIREAT", key, YEAR_2100, "FIELDS", 1, "a new field"].to_vec(), Part::FieldExpiry)]
        }
        b"stream" => vec![
            (words!["XGROUP", "CREATE", key, "a new group", "0"].to_vec(), Part::Groups),
            (words!["XREADGROUP", "GROUP", "a new group", "c", "STREAMS", key, ">"].to_vec(), Part::Groups),
        ],
        _ => Vec::new(),
    };
    [&[(addition(key), Part::Value)], &further[..]].concat()
}

fn value_type(key: &[u8]) -> &[u8] {
    key.split(|&byte| byte == b':').next().expect("at least one part")
}

/// A command that adds a member to a value, or a byte to a string.
fn addition(key: &[u8]) -> Vec<Vec<u8>> {
    match value_type(key) {
        b"string" => words!["APPEND", key, "x"].to_vec(),
        b"list" => words!["RPUSH", key, "x"].to_vec(),
        b"set" => words!["SADD", key, "a new member"].to_vec(),
        b"hash" => words!["HSET", key, "a new field", "x"].to_vec(),
        b"zset" => words!["ZADD", key, "1.5", "a new member"].to_vec(),
        _ => words!["XADD", key, "*", "a new field", "x"].to_vec(),
    }
}

/// Every form in which a server keeps and writes values, except those of modules and of older servers.
fn forms(kind: Kind) -> BTreeSet<&'static str> {
    let all = ["embstr String", "int String", "raw String", "compressed string", "list of nodes", "node of items"];
    let more = ["intset SetIntset", "hashtable Set", "hashtable Hash", "skiplist Zset2", "stream of nodes"];
    let listpacks = ["listpack HashListpack", "listpack ZsetListpack", "quicklist ListQuicklist2", "node of one item"];
    let later = ["listpack ListQuicklist2", "listpack SetListpack", "stream StreamListpacks3"];
    let own: &[&[&str]] = match kind {
        Kind::Redis62 => {
            &[&["quicklist ListQuicklist", "ziplist HashZiplist", "ziplist ZsetZiplist"], &["stream StreamListpacks"]]
        }
        Kind::Redis70 => &[&listpacks, &["stream StreamListpacks2"]],
        Kind::Redis82 => &[&listpacks, &later, &["listpackex HashListpackEx", "hashtable HashMetadata"]],
        Kind::Valkey91 => &[&listpacks, &later, &["hashtable Hash2"]],
    };
    all.into_iter().chain(more).chain(own.concat()).collect()
}

/// A server, and its role as origin and target of payloads.
struct Node {
    server: Server,
    origin: Origin,
    target: Target,
}

/// The data of a server, by value and as payloads.
struct Source {
    reading: Reading,
    payloads: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Node {
    fn start(kind: Kind) -> Self {
        let server = Shape::server(kind);
        let info = server.run(words!["INFO"]).text();
        let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.parse::<Version>().ok());
        let (flavour, version) = match field("valkey_version:") {
            Some(version) => (Flavour::Valkey, version),
            None => (Flavour::Redis, field("redis_version:").expect("a server's INFO")),
        };
        Self { server, origin: Origin::of(flavour, version), target: Target::of(flavour, version) }
    }

    fn kind(&self) -> Kind {
        self.server.kind()
    }

    /// Replaces all data of the server by a value of each shape.
    fn filled(&self, seed: u64) -> Source {
        let mut client = self.server.client();
        client.run(words!["FLUSHALL"]);
        Shape::all().for_each(|shape| shape.write(seed, self.kind(), &mut client));
        let reading = Reading::of(&mut client);
        assert_eq!(reading.0.len(), Shape::all().count(), "each shape has a key");
        let mut pipeline = Pipeline::new();
        reading.0.keys().for_each(|key| pipeline.add(words!["DUMP", key]));
        let payloads = client.run_all(&pipeline).into_iter().map(Reply::bytes);
        Source { payloads: reading.0.keys().cloned().zip(payloads).collect(), reading }
    }

    /// Fails unless a payload that the server wrote or will read is sound and has exactly the length of its value.
    #[track_caller]
    fn assert_length(&self, key: &[u8], payload: &[u8]) {
        let place = || format!("{} on {}", shown(key), self.kind().name());
        let parts = Payload::open(payload).unwrap_or_else(|fault| panic!("{}: {fault}", place()));
        assert_eq!(parts.value_length(self.origin.flavour), Ok(parts.value.len()), "{}", place());
        assert_eq!(Footer::verify(payload), Ok(()), "{}", place());
    }

    /// The forms in which the server keeps a value and writes it.
    fn forms(&self, key: &[u8], payload: &[u8]) -> BTreeSet<String> {
        let encoding = self.server.run(words!["OBJECT", "ENCODING", key]).text();
        let parts = Payload::open(payload).expect("a payload");
        let value_type = parts.value_type(self.origin.flavour).expect("a known type");
        let details = details(value_type, &mut Cursor::new(parts.value)).expect("a sound value");
        let details = details.into_iter().map(str::to_owned);
        details.chain([format!("{encoding} {value_type:?}")]).collect()
    }
}

/// The form of a written value, if its type does not determine it.
fn details(value_type: ValueType, cursor: &mut Cursor) -> Result<BTreeSet<&'static str>, Fault> {
    const PACKED: u64 = 2;
    let mut details = BTreeSet::new();
    match value_type {
        ValueType::String => {
            let is_compressed = matches!(cursor.string_head()?, StringHead::Lzf { .. });
            details.extend(is_compressed.then_some("compressed string"));
        }
        ValueType::ListQuicklist | ValueType::ListQuicklist2 => {
            let nodes = cursor.length()?;
            details.extend((nodes > 1).then_some("list of nodes"));
            for _ in 0..nodes {
                let is_packed = value_type == ValueType::ListQuicklist || cursor.length()? == PACKED;
                details.insert(if is_packed { "node of items" } else { "node of one item" });
                cursor.take_string()?;
            }
        }
        stream if stream.stream_form().is_some() => {
            details.extend((cursor.length()? > 1).then_some("stream of nodes"));
        }
        _ => {}
    }
    Ok(details)
}

/// A source and a destination.
struct Pair<'a> {
    from: &'a Node,
    to: &'a Node,
}

impl Pair<'_> {
    /// Fails unless every value that the destination supports arrives, and every other one is refused with its reason.
    fn assert_moves(&self, source: &Source) {
        let pair = format!("from {} to {}", self.from.kind().name(), self.to.kind().name());
        let mut held = source.reading.clone();
        let mut client = self.to.server.db(1);
        client.run(words!["FLUSHDB"]);
        let mut pipeline = Pipeline::new();
        for (key, payload) in &source.payloads {
            let fitted = fit(payload.clone().into(), self.from.origin, &self.to.target, OnUnsupported::Fail, 0);
            if let Some(unfit) = unfit(source.reading.key(key), self.to.kind()) {
                assert_eq!(fitted, Err(unfit), "{} {pair}", shown(key));
                held.0.remove(key);
                continue;
            }
            let fitted = fitted.unwrap_or_else(|unfit| panic!("{} {pair}: {unfit}", shown(key)));
            self.to.assert_length(key, &fitted.payload);
            pipeline.add(words!["RESTORE", key, 0, fitted.payload.to_vec()]);
        }
        let replies = client.send(&pipeline).expect("replies");
        for (key, reply) in held.0.keys().zip(replies) {
            assert!(!matches!(reply, Reply::Error(_)), "{} {pair}: {reply:?}", shown(key));
        }
        let differences = differences(&held, &Reading::of(&mut client), 0);
        assert!(differences.is_empty(), "{pair}:\n{}", differences.join("\n"));
        for (key, payload) in source.payloads.iter().filter(|(key, _)| held.0.contains_key(key)) {
            let arrived = client.run(words!["DUMP", key]).bytes();
            assert_eq!(compare(payload, &arrived), Comparison::Equal, "{} {pair}", shown(key));
        }
    }
}

/// Why a server does not support a value, if it does not.
fn unfit(entry: &KeyReading, to: Kind) -> Option<Unfit> {
    /// The latest expiry of a field that Redis can report.
    const LATEST: i64 = (1 << 48) - 2;
    let Value::Hash(fields) = &entry.value else { return None };
    let latest = fields.values().filter_map(|(_, expires_at)| *expires_at).max()?;
    match to {
        Kind::Redis62 | Kind::Redis70 => Some(Unfit::FieldExpiry),
        Kind::Redis82 => (latest > LATEST).then_some(Unfit::FieldExpiryOutOfRange(latest)),
        Kind::Valkey91 => None,
    }
}
