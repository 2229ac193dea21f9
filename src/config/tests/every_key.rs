//! What every key has: a place in the built-in defaults, and an effect on the job.

use super::scene::Scene;
use crate::config::{DEFAULTS, KEYS};

#[test]
fn the_built_in_defaults_speak_of_every_key() {
    for key in KEYS.iter().filter(|key| key.path != "name") {
        let last = key.path.rsplit('.').next().unwrap_or(key.path);
        let given =
            |line: &str| line.trim_start_matches("# ").strip_prefix(last).is_some_and(|rest| rest.starts_with(" ="));
        let in_table = |line: &str| line.starts_with("# tls = {") && line.contains(&format!(" {last} ="));
        let is_of_table = key.path.contains(".tls.");
        assert!(DEFAULTS.lines().any(|line| if is_of_table { in_table(line) } else { given(line) }), "{}", key.path);
    }
}

/// A value for a key, which is not its default.
fn sample(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or(path) {
        "verify" if path == "verify" => "full",
        "verify_extra" => "ignore",
        "host" | "username" | "password" | "match" | "exclude" | "path" | "socket" | "rdb" | "server_name"
        | "cluster" | "sentinel" | "service" | "sentinel_username" | "sentinel_password" | "strip_prefix"
        | "add_prefix" | "checkpoint" | "keys_from" | "verify_log" => "x",
        "read_from" => "replica",
        "address_map" => "{ \"a:1\" = \"b:2\" }",
        "server" => "{ flavour = \"redis\", version = \"7.0\" }",
        "port" | "db" | "scan_batch_size" | "pipeline_batch_size" => "7",
        "url" => "redis://x",
        "password_file" | "sentinel_password_file" => "/dev/null",
        "password_command" => r#"["x"]"#,
        "connect_timeout" | "response_timeout" | "retry" | "sleep" | "max_source_latency" | "min_ttl" | "max_ttl"
        | "verify_tolerance" => "7s",
        "types" => "hash",
        "enabled" | "share_walk" => "false",
        "tags" => "eu",
        "lanes" => "8",
        "max_bytes_per_second" => "7MiB",
        "on_existing" => "replace",
        "on_unsupported" => "drop-field-ttl",
        "functions" | "allow_stale_replica" | "tls" | "verify" | "sentinel_tls" => "true",
        "mode" => "append",
        "format" => "json",
        number if number.starts_with("max_") || number.starts_with("min_") => "7",
        unknown => panic!("no value for `{unknown}`"),
    }
}

#[test]
fn a_job_takes_a_value_of_every_key() {
    // Files of TLS must exist: see `tls`. An endpoint must exist: see `named`. `read_only` changes no job: it refuses jobs.
    let is_file = |path: &str| path.contains(".tls.") && path.ends_with("_file");
    let changes =
        |path: &str| path != "name" && !path.ends_with(".endpoint") && !path.ends_with(".read_only") && !is_file(path);
    for key in KEYS.iter().filter(|key| changes(key.path)) {
        let (side, last) = key.path.rsplit_once('.').unwrap_or(("", key.path));
        let of_sentinel = ["sentinel", "service", "read_from", "address_map"];
        let is_of_sentinel = of_sentinel.contains(&last) || last.starts_with("sentinel_");
        let sentinel = |scene: Scene| scene.set(&format!("{side}.sentinel=s")).set(&format!("{side}.service=m"));
        // Patterns must begin with the prefix that is removed.
        let lines = if last == "strip_prefix" { "match = \"x*\"" } else { "" };
        let scene = || if is_of_sentinel { sentinel(Scene::job(lines)) } else { Scene::job(lines) };
        let plain = format!("{:?}", scene().only_job());
        let job = scene().set(&format!("{}={}", key.path, sample(key.path))).only_job();
        assert!(format!("{job:?}") != plain, "{}", key.path);
    }
}
