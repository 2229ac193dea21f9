//! What is a URL, and what no message shows.

use super::*;
use crate::config::elements::{Reason, accepts, refuses};

fn url(host: &str, port: u16, username: Option<&str>, password: Option<&str>, db: Option<u16>) -> ServerUrl {
    let (username, password) = (username.map(str::to_owned), password.map(Secret::new));
    let location = Location::Tcp { host: host.to_owned(), port };
    ServerUrl { location, tls: Some(false), username, password, db }
}

#[test]
fn each_part_but_the_host_may_be_left_out() {
    assert_eq!(accepts::<ServerUrl>("redis://cache"), url("cache", 6379, None, None, None));
    assert_eq!(accepts::<ServerUrl>("redis://cache/"), url("cache", 6379, None, None, None));
    assert_eq!(accepts::<ServerUrl>("redis://cache:7000/3"), url("cache", 7000, None, None, Some(3)));
    assert_eq!(accepts::<ServerUrl>("redis://u@cache"), url("cache", 6379, Some("u"), None, None));
    assert_eq!(accepts::<ServerUrl>("redis://:p@cache"), url("cache", 6379, None, Some("p"), None));
    assert_eq!(accepts::<ServerUrl>("redis://u:p@[::1]:7/0"), url("::1", 7, Some("u"), Some("p"), Some(0)));
}

#[test]
fn user_and_password_are_percent_decoded() {
    let read = accepts::<ServerUrl>("redis://a%40b:p%2Fq%25%3a:@c");
    assert_eq!(read, url("c", 6379, Some("a@b"), Some("p/q%::"), None));
    assert_eq!(accepts::<ServerUrl>("redis://u:p@ss@c"), url("c", 6379, Some("u"), Some("p@ss"), None));
}

#[test]
fn other_schemes_are_named_and_what_is_allowed() {
    assert_eq!(
        refuses::<ServerUrl>("https://u:p@cache"),
        "has the scheme `https://`, which is not supported: it must be `redis://[user[:password]@]host[:port][/db]`, `unix://[user[:password]@]/path[?db=N]`, `redis-cluster://[user[:password]@]host[:port][,host[:port]…][/db]` or `redis-sentinel://[user[:password]@]host[:port][,host[:port]…]/service[/db]`"
    );
    assert_eq!(accepts::<ServerUrl>("valkey://u:p@cache/3"), url("cache", 6379, Some("u"), Some("p"), Some(3)));
    for scheme in ["rediss", "valkeys"] {
        let encrypted = ServerUrl { tls: Some(true), ..url("cache", 6379, Some("u"), Some("p"), Some(3)) };
        assert_eq!(accepts::<ServerUrl>(format!("{scheme}://u:p@cache/3")), encrypted);
    }
    assert!(refuses::<ServerUrl>("cache:6379").starts_with("does not begin with `redis://`"));
    assert!(refuses::<ServerUrl>("").starts_with("does not begin with `redis://`"));
}

const WRONG: [&str; 25] = [
    "valkeys://u:s3cr3t@h/x",
    "valkey://u:s3cr3t@h/x",
    "rediss://u:s3cr3t@h/x",
    "s3cr3t@x://h",
    "redis://u:s3cr3t@",
    "redis://u:s3cr3t@h:0x",
    "redis://u:s3cr3t@h:99999",
    "redis://u:s3cr3t@h/x",
    "redis://u:s3cr3t@h/70000",
    "redis://u:s3cr3t@h?x",
    "redis://u:s3cr3t/x@h",
    "redis://u:s3cr3t@a b",
    "redis://u:s3cr3t@::1",
    "redis://u:s3cr3t@[h]",
    "unix:s3cr3t",
    "unix://u:s3cr3t@",
    "unix://u:s3cr3t@/",
    "unix://u:s3cr3t/x@/run/r.sock",
    "unix://u:s3cr3t?x@/run/r.sock",
    "unix://u:s3cr3t#x@/run/r.sock",
    "unix://u:s3cr3t@h/run/r.sock",
    "unix://u:s3cr3t%@/run/r.sock",
    "unix:///run/r.sock?password=s3cr3t",
    "unix:///run/r.sock?s3cr3t=1",
    "unix://u:s3cr3t@/run/r.sock?db=x",
];

#[test]
fn no_message_shows_a_password() {
    for case in WRONG {
        let refusal = ServerUrl::from_text(case).err().unwrap_or_else(|| panic!("{case} is accepted"));
        let Reason::Because { sentence: message, .. } = refusal.reason else { panic!("{case} without a reason") };
        assert!(!message.contains("s3cr3t"), "{message}");
        let form = if SCHEMES.iter().any(|(scheme, _)| case.starts_with(scheme)) {
            TCP_FORM
        } else if case.starts_with("unix:") {
            SOCKET_FORM
        } else {
            ServerUrl::EXPECTED
        };
        assert!(message.ends_with(&format!("it must be {form}")), "{message}");
    }
    let debug = format!("{:?}", ServerUrl::from_text("redis://u:s3cr3t@h").ok());
    assert!(!debug.contains("s3cr3t"), "{debug}");
}

#[test]
fn a_socket_has_a_path_and_perhaps_a_login_and_a_database() {
    let url = |socket: &str, username: Option<&str>, password: Option<&str>, db| {
        let location = Location::Socket { socket: socket.into() };
        ServerUrl {
            location,
            tls: None,
            username: username.map(str::to_owned),
            password: password.map(Secret::new),
            db,
        }
    };
    let all = "unix://u:p%2Fq@/run/redis.sock?db=3";
    assert_eq!(accepts::<ServerUrl>("unix:///run/redis.sock"), url("/run/redis.sock", None, None, None));
    assert_eq!(accepts::<ServerUrl>(all), url("/run/redis.sock", Some("u"), Some("p/q"), Some(3)));
    assert_eq!(accepts::<ServerUrl>("unix://u@/a@b/c%3F"), url("/a@b/c?", Some("u"), None, None));
    assert_eq!(accepts::<ServerUrl>("unix://:p@/a?db=65535"), url("/a", None, Some("p"), Some(65_535)));
}

#[test]
fn a_socket_has_neither_host_nor_another_query() {
    let cases = [
        ("unix:/run/r.sock", "does not begin with `unix://`"),
        ("unix:r.sock", "does not begin with `unix://`"),
        ("unix://", "has no path"),
        ("unix://u:p@", "has no path"),
        ("unix://r.sock", "has no path"),
        ("unix:///", "has an empty path"),
        ("unix:///?db=1", "has an empty path"),
        ("unix://run/r.sock", "has a host"),
        ("unix:///r.sock#", "contains a `#`"),
        ("unix:///r.sock?", "has something other"),
        ("unix:///r.sock?x=1", "has something other"),
        ("unix:///r.sock?db=1&x=1", "has something other"),
        ("unix:///r.sock?db=", "has a database"),
        ("unix:///r.sock?db=+1", "has a database"),
    ];
    for (case, what) in cases {
        assert!(refuses::<ServerUrl>(case).starts_with(what), "{case}");
    }
    // Only the parser knows these.
    for case in ["unix:///r.sock?db=65536", "unix:///a%00b", "unix:///%ff", "unix:///a%2"] {
        ServerUrl::from_text(case).expect_err(case);
    }
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    for url in ["redis://u:%@h", "redis://u:%ff@h"] {
        let refusal = ServerUrl::from_text(url).expect_err(url);
        assert!(matches!(refusal.reason, Reason::Because { .. }), "{url}");
    }
}

#[test]
fn sentinels_and_their_service_are_one_url() {
    let read = accepts::<ServerUrl>("redis-sentinel://u:p%40@a,[::1]:7/my%20master/3");
    let Location::Sentinel(service) = &read.location else { panic!("{read:?}") };
    let sentinels: Vec<String> = service.sentinel.iter().map(ToString::to_string).collect();
    assert_eq!((sentinels, service.service.as_str()), (vec!["a:26379".to_owned(), "[::1]:7".to_owned()], "my master"));
    assert_eq!((read.username.as_deref(), read.password, read.db), (Some("u"), Some(Secret::new("p@")), Some(3)));
    for (url, flaw) in [
        ("redis-sentinel://a:26379", "has no service after its addresses"),
        ("redis-sentinel://a:26379//3", "has no service after its addresses"),
        ("redis-sentinel://a:x/m", "has an address that is not `host` or `host:port`"),
        ("redis-sentinel://a,/m", "has an address that is not `host` or `host:port`"),
        ("redis-sentinel://a/m/x", "has a database that is not between 0 and 65535"),
        ("redis-sentinel://u:s3cr3t/@a/m", "contains a `?`, a `#`, or a `/` before its `@`"),
    ] {
        let text = refuses::<ServerUrl>(url);
        assert!(text.starts_with(flaw) && !text.contains("s3cr3t"), "{url}: {text}");
    }
}

#[test]
fn nodes_of_a_cluster_are_one_url() {
    let read = accepts::<ServerUrl>("redis-cluster://u:p%40@a,[::1]:7/3");
    let Location::Cluster(seeds) = &read.location else { panic!("{read:?}") };
    let nodes: Vec<String> = seeds.cluster.iter().map(ToString::to_string).collect();
    assert_eq!(nodes, ["a:6379", "[::1]:7"]);
    assert_eq!((read.username.as_deref(), read.password, read.db), (Some("u"), Some(Secret::new("p@")), Some(3)));
    for (url, flaw) in [
        ("redis-cluster://a:x", "has an address that is not `host` or `host:port`"),
        ("redis-cluster://", "has an address that is not `host` or `host:port`"),
        ("redis-cluster://a/x", "has a database that is not between 0 and 65535"),
        ("redis-cluster://u:s3cr3t/@a", "contains a `?`, a `#`, or a `/` before its `@`"),
        ("rediss-cluster://u:s3cr3t@a", "has the scheme `rediss-cluster://`, which is not supported"),
    ] {
        let text = refuses::<ServerUrl>(url);
        assert!(text.starts_with(flaw) && !text.contains("s3cr3t"), "{url}: {text}");
    }
}
