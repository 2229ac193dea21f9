//! What `INFO` reports.

use super::*;

fn facts(info: &str) -> ServerFacts {
    ServerFacts::parse("h:1".into(), info).expect("has a version")
}

#[test]
fn valkey_is_recognised_by_its_version_field() {
    let facts = facts("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\nrole:master\r\n");
    assert_eq!((facts.flavour, facts.version.to_string()), (Flavour::Valkey, "9.1.2".into()));
    assert!(facts.has_pexpiretime() && facts.cursor_order() == Some(CursorOrder::Bits));
}

#[test]
fn cursors_of_clusters_contain_slots_from_redis_7_4_on() {
    let order = |info| facts(info).cursor_order();
    assert_eq!(order("redis_version:7.2.0\r\nredis_mode:cluster\r\n"), Some(CursorOrder::Bits));
    assert_eq!(order("redis_version:8.2.0\r\nredis_mode:cluster\r\n"), Some(CursorOrder::Slots));
    assert_eq!(order("redis_version:8.2.0\r\nredis_mode:standalone\r\n"), Some(CursorOrder::Bits));
    assert_eq!(order("redis_version:7.2.0\r\ndragonfly_version:1\r\n"), None);
}

#[test]
fn memory_and_role_are_parsed() {
    let facts = facts(
        "redis_version:6.2.0\r\nrole:slave\r\nslave_read_only:1\r\nused_memory:60\r\nmaxmemory:100\r\nmaxmemory_policy:allkeys-lru\r\n",
    );
    assert_eq!(facts.replication, Replication::ReadOnlyReplica);
    assert_eq!((facts.memory.free(), facts.memory.evicts()), (Some(40), true));
    assert!(!facts.has_pexpiretime());
}

#[test]
fn keys_are_counted_in_all_databases() {
    let facts = facts(
        "redis_version:7.0.0\r\nused_memory_dataset:900\r\ndb0:keys=7,expires=0,avg_ttl=0\r\ndb3:keys=5\r\ndbx:keys=1\r\n",
    );
    assert_eq!((facts.keys, facts.memory.dataset), (12, Some(900)));
}

#[test]
fn evictions_are_counted_even_if_the_statistics_are_reset() {
    let facts = |evicted| facts(&format!("redis_version:7.0.0\r\nevicted_keys:{evicted}\r\n"));
    assert_eq!((facts(9).evicted_since(&facts(4)), facts(3).evicted_since(&facts(4))), (Some(5), Some(3)));
}

#[test]
fn memory_is_scarce_if_the_server_evicts_or_has_little_left() {
    let room = |limit: u64, policy| {
        facts(&format!("redis_version:7.0.0\r\nused_memory:100\r\nmaxmemory:{limit}\r\nmaxmemory_policy:{policy}\r\n"))
            .memory
            .room()
    };
    assert_eq!((room(0, "allkeys-lru"), room(1 << 40, "noeviction")), (None, None));
    assert_eq!((room(1 << 40, "volatile-lru"), room(1100, "noeviction")), (Some((1 << 40) - 100), Some(1000)));
}

#[test]
fn valkey_may_report_its_mode_as_server_mode() {
    let facts = facts("redis_version:7.2.4\r\nvalkey_version:9.1.2\r\nserver_mode:cluster\r\n");
    assert_eq!((facts.mode.as_str(), facts.cursor_order()), ("cluster", Some(CursorOrder::Slots)));
}

#[test]
fn the_cpu_decides_how_bytes_are_compared() {
    let sign = |os: &str| facts(&format!("redis_version:7.2.0\r\nos:{os}\r\n")).char_sign;
    for os in ["Linux 6.1.0 aarch64", "Linux 5.10.0 armv7l", "Linux 6.5.0 ppc64le", "FreeBSD 14.0 arm64"] {
        assert_eq!(sign(os), CharSign::Unsigned, "{os}");
    }
    for os in ["Linux 6.1.0 x86_64", "Darwin 23.1.0 arm64", "Amazon ElastiCache", ""] {
        assert_eq!(sign(os), CharSign::Signed, "{os}");
    }
}

#[test]
fn keys_are_parsed_by_database() {
    let info = "# Keyspace\r\ndb0:keys=7,expires=1,avg_ttl=0\r\ndb12:keys=1200,expires=0\r\ndb3:keys=0\r\ndbx\r\n";
    assert_eq!(keys_by_db(info), KeysByDb::from([(0, 7), (12, 1200)]));
}

#[test]
fn info_without_a_version_is_none() {
    assert_eq!(ServerFacts::parse("h:1".into(), "hello"), None);
}
