//! What differs between two fingerprints.

use std::path::Path;
use std::time::Duration;

use super::samples::{fingerprint, job, server};
use crate::error::Side;
use crate::runner::checkpoint::Data;

#[test]
fn each_difference_has_a_sentence_with_the_key_and_both_values() {
    let mut changed = job("carts", Path::new("c"));
    let before = fingerprint(&changed);
    changed.selection.types = vec!["hash".to_owned()];
    changed.destination.endpoint.db = 3;
    changed.sleep = Duration::from_secs(9);
    assert_eq!(fingerprint(&changed).differences(&before), ["`types` is `[\"hash\"]`, before `[]`"]);
    let mut now = before.clone();
    now.job.remove("match");
    now.job.insert("new".to_owned(), "x".to_owned());
    now.source = server("3");
    now.destination = Data::of_cluster([("a".to_owned(), "1".to_owned())].into(), "0-16383 a");
    assert_eq!(
        now.differences(&before),
        [
            "`new` is `x`, before it was not set",
            "`match` is not set, before it was `[\"cart:*\"]`",
            "the source is another process (run_id 3, before 1)",
            "the destination is a cluster, before a server",
        ]
    );
}

#[test]
fn a_cluster_differs_by_its_masters_their_processes_and_their_slots() {
    let cluster = |masters: &[(&str, &str)], slots: &str| {
        Data::of_cluster(masters.iter().map(|(id, run_id)| ((*id).to_owned(), (*run_id).to_owned())).collect(), slots)
    };
    let before = cluster(&[("a", "1"), ("b", "2")], "0-8191 a 1, 8192-16383 b 2");
    assert!(before.differences(&before, Side::Source).is_empty());
    let now = cluster(&[("a", "7"), ("c", "2")], "0-8191 a 1, 8192-16383 c 3");
    assert_eq!(
        now.differences(&before, Side::Source),
        [
            "the master a of the source is another process (run_id 7, before 1)",
            "the source has a new master c",
            "b is not a master of the source any more",
            "slots of the source have moved since then, or are moving",
        ]
    );
    let many = |last: &str| {
        let masters = (0..100).map(|number| (format!("{number:03}"), if number == 99 { last } else { "1" }.to_owned()));
        Data::of_cluster(masters.collect(), "")
    };
    let other = ["the source has other masters, or their processes are others"];
    assert_eq!(many("2").differences(&many("1"), Side::Source), other);
}
