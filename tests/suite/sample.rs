//! The backup of the quickstart: its content, and that every server can load it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Client, Kind, Pipeline, Reading, Server, assert_same, words};

/// The first moment of the year 2100, because the keys of the sample must not expire.
const YEAR_2100: u64 = 4_102_444_800_000;

/// The path of the sample.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs/quickstart.rdb")
}

/// A small shop: sessions and carts that expire, users, streams of orders, and a cache that is not worth keeping.
fn fill(client: &mut Client) {
    let mut pipeline = Pipeline::new();
    for number in 0..120_u64 {
        let key = format!("session:{:08x}", number * 2_654_435_761 % 0xffff_ffff);
        let value = format!(r#"{{"user":{},"seen":"2099-12-{:02}","language":"en"}}"#, number % 40, number % 28 + 1);
        pipeline.add(words!["SET", key, value, "PXAT", YEAR_2100 + number * 1000]);
    }
    for number in 0..45 {
        let key = format!("cart:{number}");
        pipeline.add(words!["HSET", key, format!("book-{}", number % 7), number % 3 + 1, "pen", 2]);
        pipeline.add(words!["PEXPIREAT", key, YEAR_2100]);
    }
    for number in 0..5 {
        pipeline.add(words!["HSET", format!("cart:tmp:{number}"), "pen", 1]);
    }
    for number in 0..40 {
        let (name, mail) = (format!("User {number}"), format!("user{number}@example.com"));
        pipeline.add(words!["HSET", format!("user:{number}"), "name", name, "mail", mail]);
        pipeline.add(words!["SADD", format!("user:{number}:roles"), "customer", number % 5]);
    }
    for number in 0..90 {
        let (key, id) = (format!("orders:{}", number % 3), format!("{}-0", 1_700_000_000_000_u64 + number));
        pipeline.add(words!["XADD", key, id, "cart", number, "total", format!("{}.90", number * 3)]);
    }
    for number in 0..3 {
        pipeline.add(words!["XGROUP", "CREATE", format!("orders:{number}"), "shipping", "1700000000045-0"]);
    }
    for number in 0..30 {
        pipeline.add(words!["SET", format!("cache:page:{number}"), "<html>".repeat(20)]);
    }
    client.run_all(&pipeline);
}

/// `UPDATE_EXPECTED=1` makes this test write the sample again.
#[test]
fn the_sample_backup_holds_the_sample_shop_on_every_server() {
    let shop = Server::start(Kind::Redis62);
    fill(&mut shop.client());
    let expected = Reading::of(&mut shop.client());
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        shop.client().run(words!["SAVE"]);
        fs::copy(shop.folder().join("dump.rdb"), path()).expect("the sample can be written");
    }
    assert_eq!(expected.key("cart:0").expires_at, Some(4_102_444_800_000));
    for kind in Kind::ALL {
        let restored = Server::on_backup(kind, &path(), &[]);
        assert_same(&expected, &Reading::of(&mut restored.client()));
    }
}
