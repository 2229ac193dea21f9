//! The settings of a job that decide which keys move, where, and what they become.

use std::collections::BTreeMap;

use serde_json::Value;

use super::digest::bounded;
use crate::job::Job;

/// Settings that a job may change on its way: pace, verification, logs, logins, timeouts, and names that only the user needs.
/// All others count, so a new setting counts unless it is added here.
const OTHERS: [&str; 19] = [
    "name",
    "enabled",
    "tags",
    "scan_batch_size",
    "lanes",
    "pipeline_batch_size",
    "max_processed_existing_keys",
    "sleep",
    "max_keys_per_second",
    "max_bytes_per_second",
    "max_source_latency",
    "max_errored_keys",
    "min_keys",
    "share_walk",
    "checkpoint",
    "verify",
    "verify_extra",
    "verify_tolerance",
    "verify_log",
];
/// Tables none of whose settings count.
const OTHER_TABLES: [&str; 1] = ["error_log"];
/// The same for an endpoint. A user name may be a secret.
const OTHERS_OF_ENDPOINTS: [&str; 12] = [
    "username",
    "password",
    "tls",
    "connect_timeout",
    "response_timeout",
    "retry",
    "allow_stale_replica",
    "server",
    "sentinel_username",
    "sentinel_password",
    "sentinel_tls",
    "address_map",
];

/// The values of these settings as texts, by their keys in a job file. Contains no secret.
pub fn settings(job: &Job) -> BTreeMap<String, String> {
    let Ok(Value::Object(all)) = serde_json::to_value(job) else { return BTreeMap::new() };
    let mut settings = BTreeMap::new();
    for (key, value) in all {
        match value {
            _ if OTHERS.contains(&&*key) || OTHER_TABLES.contains(&&*key) => {}
            Value::Object(table) => {
                let is_endpoint = ["source", "destination"].contains(&&*key);
                let counts = |name: &str| !(is_endpoint && OTHERS_OF_ENDPOINTS.contains(&name));
                let values = table.into_iter().filter(|(name, _)| counts(name));
                settings.extend(values.filter_map(|(name, value)| Some((format!("{key}.{name}"), text(&value)?))));
            }
            value => settings.extend(text(&value).map(|text| (key, text))),
        }
    }
    settings
}

/// `None` if it is not set.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(bounded(text)),
        other => Some(bounded(&other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::job::{LogMode, Rename, Secret, samples};

    fn job() -> Job {
        let mut job = samples::job("carts", Path::new("errors.log"), LogMode::Append);
        job.rename = Some(Rename { strip_prefix: "cart:".to_owned(), add_prefix: "basket:".to_owned() });
        job.destination.endpoint.username = Some("hunter1".to_owned());
        job.destination.endpoint.password = Some(Secret::new("hunter2"));
        job
    }

    #[test]
    fn what_decides_about_keys_counts_and_pace_logs_and_logins_do_not() {
        let lines: Vec<String> = settings(&job()).into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        destination.db = 0
        destination.host = cache
        destination.port = 6379
        exclude = []
        functions = false
        match = ["cart:*"]
        on_existing = skip
        on_unsupported = fail
        rename.add_prefix = basket:
        rename.strip_prefix = cart:
        source.db = 0
        source.host = 10.0.0.5
        source.port = 6379
        types = []
        "#);
    }

    #[test]
    fn every_setting_that_does_not_count_exists() {
        let Ok(Value::Object(all)) = serde_json::to_value(job()) else { panic!("a job is a table") };
        for name in OTHERS.iter().chain(&OTHER_TABLES) {
            assert!(all.contains_key(*name), "{name}");
        }
    }

    #[test]
    fn a_long_list_has_a_bounded_text_that_differs_by_each_element() {
        let mut job = job();
        job.selection.types = (0..5000).map(|number| format!("type-{number}")).collect();
        let before = settings(&job);
        assert!(before["types"].len() < 200, "{}", before["types"]);
        job.selection.types[4321].push('x');
        assert_ne!(settings(&job)["types"], before["types"]);
    }
}
