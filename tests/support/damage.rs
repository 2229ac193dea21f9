//! Random damage to the keys of a destination, and what a verification has to report about it.

use super::{Client, Random, Reply, checksum, words};

/// The checksum at the end of a `DUMP`, in bytes.
const CHECKSUM: usize = 8;
/// Later than the expiry of any key, in Unix ms.
const LATE: u64 = 5_000_000_000_000;

/// Damages a key in a random way; returns the kind of the difference. A key that moves to another database moves to `aside`.
pub fn damage(client: &mut Client, random: &mut Random, key: &[u8], aside: u16) -> &'static str {
    let type_name = client.run(words!["TYPE", key]).text();
    if type_name == "hash" && random.chance(40) && damage_field_expiry(client, random, key) {
        return "field-expiry";
    }
    if type_name == "stream" && random.chance(60) && damage_group(client, random, key) {
        return "groups";
    }
    match random.below(6) {
        0 => {
            client.run(words!["DEL", key]);
            "missing"
        }
        1 => {
            assert_eq!(client.run(words!["MOVE", key, aside]).integer(), 1);
            "moved"
        }
        2 if client.run(words!["PERSIST", key]).integer() == 1 => "expiry",
        2 | 3 => {
            client.run(words!["PEXPIREAT", key, LATE + random.below(1_000_000)]);
            "expiry"
        }
        4 => {
            client.run(words!["DEL", key]);
            let command = if type_name == "list" { words!["SET", key, 1] } else { words!["RPUSH", key, 1] };
            client.run(command);
            "type"
        }
        _ => {
            change_value(client, random, key);
            "value"
        }
    }
}

/// Changes or removes the expiry of one field. Returns `false` if no field expires.
fn damage_field_expiry(client: &mut Client, random: &mut Random, key: &[u8]) -> bool {
    if client.run(words!["COMMAND", "INFO", "HPEXPIRETIME"]).array() == [Reply::Nil] {
        return false;
    }
    let fields: Vec<Vec<u8>> = client.run(words!["HKEYS", key]).array().into_iter().map(Reply::bytes).collect();
    let mut command = words!["HPEXPIRETIME", key, "FIELDS", fields.len()].to_vec();
    command.extend(fields.iter().cloned());
    let expiries = client.run(command).array().into_iter().map(Reply::integer);
    let expiring: Vec<_> = fields.iter().zip(expiries).filter(|(_, at)| *at > 0).collect();
    if expiring.is_empty() {
        return false;
    }
    let (field, _) = random.pick(&expiring);
    let at = LATE + random.below(1_000_000);
    if random.chance(50) {
        client.run(words!["HPERSIST", key, "FIELDS", 1, field]);
    } else {
        client.run(words!["HPEXPIREAT", key, at, "FIELDS", 1, field]);
    }
    true
}

/// Removes a group or a pending entry, or adds a consumer. Returns `false` if there is no group.
fn damage_group(client: &mut Client, random: &mut Random, key: &[u8]) -> bool {
    let item = |reply: Reply, at: usize| reply.array().swap_remove(at).bytes();
    let groups = client.run(words!["XINFO", "GROUPS", key]).array();
    let groups: Vec<Vec<u8>> = groups.into_iter().map(|group| item(group, 1)).collect();
    if groups.is_empty() {
        return false;
    }
    let group = random.pick(&groups);
    let pending = client.run(words!["XPENDING", key, group, "-", "+", 100]).array();
    let pending: Vec<Vec<u8>> = pending.into_iter().map(|entry| item(entry, 0)).collect();
    match random.below(3) {
        0 => client.run(words!["XGROUP", "DESTROY", key, group]),
        1 if !pending.is_empty() => client.run(words!["XACK", key, group, random.pick(&pending)]),
        _ => client.run(words!["XGROUP", "CREATECONSUMER", key, group, "another consumer"]),
    };
    true
}

/// Changes one byte of a value; of a stream whose payload is compressed, adds an entry.
pub fn change_value(client: &mut Client, random: &mut Random, key: &[u8]) {
    match client.run(words!["TYPE", key]).text().as_str() {
        "string" => {
            let length = client.run(words!["STRLEN", key]).integer();
            let at = random.below(length.unsigned_abs().max(1));
            let byte = client.run(words!["GETRANGE", key, at, at]).bytes();
            client.run(words!["SETRANGE", key, at, changed(byte, random)]);
        }
        "list" => {
            let length = client.run(words!["LLEN", key]).integer();
            let at = random.below(length.unsigned_abs());
            let item = client.run(words!["LINDEX", key, at]).bytes();
            client.run(words!["LSET", key, at, changed(item, random)]);
        }
        "set" => {
            let member = client.run(words!["SRANDMEMBER", key]).bytes();
            client.run(words!["SADD", key, changed(member.clone(), random)]);
            client.run(words!["SREM", key, member]);
        }
        "zset" => change_sorted_set(client, random, key),
        "hash" => change_hash(client, random, key),
        "stream" => change_stream(client, random, key),
        other => panic!("no change for the type {other}"),
    }
}

fn change_sorted_set(client: &mut Client, random: &mut Random, key: &[u8]) {
    let member = client.run(words!["ZRANDMEMBER", key]).bytes();
    let score = client.run(words!["ZSCORE", key, member]).text();
    if random.chance(50) {
        client.run(words!["ZADD", key, if score == "0.5" { 1.5 } else { 0.5 }, member]);
    } else {
        client.run(words!["ZADD", key, score, changed(member.clone(), random)]);
        client.run(words!["ZREM", key, member]);
    }
}

fn change_hash(client: &mut Client, random: &mut Random, key: &[u8]) {
    let field = client.run(words!["HRANDFIELD", key]).bytes();
    let value = client.run(words!["HGET", key, field]).bytes();
    if random.chance(50) {
        client.run(words!["HSET", key, field, changed(value, random)]);
    } else {
        client.run(words!["HSET", key, changed(field.clone(), random), value]);
        client.run(words!["HDEL", key, field]);
    }
}

/// No command changes an entry, so its bytes are changed in the payload.
fn change_stream(client: &mut Client, random: &mut Random, key: &[u8]) {
    let entries = client.run(words!["XREVRANGE", key, "+", "-", "COUNT", 1]).array();
    let fields = entries.into_iter().flat_map(|entry| entry.array().swap_remove(1).array());
    let texts: Vec<Vec<u8>> = fields.map(Reply::bytes).filter(|text| text.len() >= 4).collect();
    let mut payload = client.run(words!["DUMP", key]).bytes();
    let expires = client.run(words!["PTTL", key]).integer() > 0;
    let find = |text: &Vec<u8>| Some((payload.windows(text.len()).position(|part| part == text)?, text.clone()));
    if let Some((at, text)) = texts.iter().find_map(find).filter(|_| !expires) {
        let end = payload.len() - CHECKSUM;
        payload[at..at + text.len()].copy_from_slice(&changed(text, random));
        let sum = checksum(&payload[..end]).to_le_bytes();
        payload[end..].copy_from_slice(&sum);
        client.run(words!["RESTORE", key, 0, payload, "REPLACE"]);
    } else {
        client.run(words!["XADD", key, "*", "a", 1]);
    }
}

/// The same with another byte somewhere.
fn changed(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    if bytes.is_empty() {
        return b"x".to_vec();
    }
    let at = usize::try_from(random.below(bytes.len() as u64)).expect("an index fits");
    bytes[at] ^= 1;
    bytes
}
