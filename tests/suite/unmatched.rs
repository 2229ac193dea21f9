//! A job that matches no key is never silent: a warning names the likely reason.

use crate::support::{Kind, Ran, Scene, words};

/// A source with strings `cart:1` to `cart:3` and a hash `user:1`.
fn shop() -> Scene {
    shop_on(Kind::Redis70)
}

fn shop_on(kind: Kind) -> Scene {
    let scene = Scene::between(kind, Kind::Redis70);
    let mut client = scene.source.client();
    for key in ["cart:1", "cart:2", "cart:3"] {
        client.run(words!["SET", key, "v"]);
    }
    client.run(words!["HSET", "user:1", "f", "v"]);
    scene
}

/// Fails unless the run was a success with exactly this warning, hints included, on stderr and in the report.
#[track_caller]
fn assert_warned(ran: Ran, expected: &str) {
    let ran = ran.exits(0);
    assert_eq!(ran.count("all", "matched"), 0);
    let warnings = ran.report()["warnings"].as_array().expect("a list").clone();
    let of_job: Vec<&str> =
        warnings.iter().filter(|it| it["job"] == "all").map(|it| it["message"].as_str().expect("a text")).collect();
    assert_eq!(of_job, [expected]);
    ran.stderr_has(&format!("warning: job `all`: {expected}\n"));
}

#[test]
fn a_pattern_that_no_name_matches_is_named() {
    let expected = "no key matched: no name in database 0 of the source matches `match` (`carts:*`)";
    assert_warned(shop().run_job("match = \"carts:*\""), expected);
    let expected = "no key matched: no name in database 0 of the source matches `match` (`carts:*`, `users:*`)";
    assert_warned(shop().run_job("match = [\"carts:*\", \"users:*\"]"), expected);
}

#[test]
fn a_dry_run_warns_like_a_run() {
    let scene = shop();
    scene.job("match = \"carts:*\"");
    let ran = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]);
    assert_warned(ran, "no key matched: no name in database 0 of the source matches `match` (`carts:*`)");
}

#[test]
fn an_empty_source_is_a_reason() {
    assert_warned(Scene::new().run_job(""), "no key matched: database 0 of the source has no keys");
}

#[test]
fn patterns_that_look_like_a_mistake_have_a_hint() {
    let scene = shop();
    let cases = [
        (
            "'cart:.*'",
            "cart:.*",
            "looks like a regular expression (`.*`), but patterns are globs: `*` matches any text",
        ),
        ("'^cart:'", "^cart:", "looks like a regular expression (`^`), but patterns are globs: `*` matches any text"),
        (
            r"'cart:\d+'",
            r"cart:\d+",
            r"looks like a regular expression (`\d`), but patterns are globs: `*` matches any text",
        ),
        (
            "'{cart,user}:*'",
            "{cart,user}:*",
            "has a list in braces, which globs do not support: write the list of patterns [\"cart:*\", \"user:*\"]",
        ),
        (
            "'cart:*,user:*'",
            "cart:*,user:*",
            "has a comma, which matches only a comma: write the list of patterns [\"cart:*\", \"user:*\"]",
        ),
        ("'cart[1'", "cart[1", "has a `[` without `]`: write `\\[` for the character itself"),
        (
            r#""cart:*\u00A0""#,
            r"cart:*\u00A0",
            r"has invisible characters (`\u00A0`): remove them, unless the names have them, too",
        ),
        (
            "' cart:*'",
            r"\u0020cart:*",
            r"has invisible characters (`\u0020`): remove them, unless the names have them, too",
        ),
    ];
    for (pattern, shown, hint) in cases {
        let reason = format!("no key matched: no name in database 0 of the source matches `match` (`{shown}`)");
        let expected = format!("{reason}\n  hint: the pattern `{shown}` {hint}");
        assert_warned(scene.run_job(&format!("match = {pattern}")), &expected);
    }
}

#[test]
fn exclusions_that_remove_every_key_are_the_reason() {
    let expected = "no key matched: `match` selects 3 keys, but `exclude` leaves none";
    assert_warned(shop().run_job("match = \"cart:*\"\nexclude = \"c*\""), expected);
    let expected = "no key matched: `match` selects 4 keys, but `exclude` leaves none";
    assert_warned(shop().run_job("exclude = \"*\""), expected);
    let expected = "no key matched: `match` selects 1 key, but `exclude` leaves none";
    assert_warned(shop().run_job("match = [\"user:*\", \"basket:*\"]\nexclude = \"u*\""), expected);
}

#[test]
fn one_type_that_removes_every_key_is_the_reason() {
    for kind in Kind::ALL {
        let removed = "no key matched: `match` selects keys, but `types` (`hash`) leaves none";
        assert_warned(shop_on(kind).run_job("match = \"cart:*\"\ntypes = [\"hash\"]"), removed);
        let removed = "no key matched: `match` selects keys, but `types` (`stream`) leaves none";
        assert_warned(shop_on(kind).run_job("types = [\"stream\"]"), removed);
    }
}

#[test]
fn several_types_that_remove_every_key_are_the_reason() {
    let removed = "no key matched: `match` selects 3 keys, but `types` (`hash`, `set`) leaves none";
    assert_warned(shop().run_job("match = \"cart:*\"\ntypes = [\"hash\", \"set\"]"), removed);
}

#[test]
fn exclusions_and_types_may_remove_every_key_together() {
    let removed = "no key matched: `match` selects 4 keys, but `exclude` and `types` (`list`, `set`) leave none";
    assert_warned(shop().run_job("exclude = \"user:*\"\ntypes = [\"list\", \"set\"]"), removed);
}

#[test]
fn a_name_that_nothing_matches_is_the_reason_also_with_a_type() {
    let expected = "no key matched: no name in database 0 of the source matches `match` (`carts:*`)";
    assert_warned(shop().run_job("match = \"carts:*\"\ntypes = [\"string\"]"), expected);
    let expected = "no key matched: `match` selects 3 keys, but `exclude` leaves none";
    assert_warned(shop().run_job("match = \"cart:*\"\nexclude = \"c*\"\ntypes = [\"hash\"]"), expected);
}

#[test]
fn other_databases_of_the_source_are_a_hint() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, Kind::Redis70);
        scene.source.db(3).run(words!["DEBUG", "POPULATE", 1200]);
        scene.source.db(5).run(words!["SET", "k", "v"]);
        let hint = "hint: database 3 has 1200 keys, database 5 has 1 key";
        let reason = "no key matched: database 0 of the source has no keys";
        assert_warned(scene.run_job(""), &format!("{reason}\n  {hint}"));
        scene.source.run(words!["SET", "k", "v"]);
        let reason = "no key matched: no name in database 0 of the source matches `match` (`cart:*`)";
        assert_warned(scene.run_job("match = \"cart:*\""), &format!("{reason}\n  {hint}"));
    }
}

/// A file with the keys of a source, and a job that reads it.
fn restore(scene: &Scene, lines: &str) -> Ran {
    let rdb = scene.source.save().display().to_string();
    let job = format!("sleep = \"0s\"\nsource.rdb = {rdb:?}\ndestination = {{DESTINATION}}\n{lines}");
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\n{job}\n"));
    scene.run(&["run", "job.toml", "--report", "report.json"])
}

#[test]
fn a_file_has_the_same_reasons_as_a_server() {
    let scene = shop();
    let expected = "no key matched: no name in database 0 of the source matches `match` (`^cart`)\n  \
                    hint: the pattern `^cart` looks like a regular expression (`^`), but patterns are globs: `*` matches any text";
    assert_warned(restore(&scene, "match = \"^cart\""), expected);
    let expected = "no key matched: `match` selects 4 keys, but `exclude` leaves none";
    assert_warned(restore(&scene, "exclude = \"*\""), expected);
    let expected = "no key matched: `match` selects 3 keys, but `types` (`hash`) leaves none";
    assert_warned(restore(&scene, "match = \"cart:*\"\ntypes = [\"hash\"]"), expected);
    scene.source.run(words!["FLUSHALL"]);
    let expected = "no key matched: the source has no keys";
    assert_warned(restore(&scene, "source.db = \"all\""), expected);
}

#[test]
fn databases_of_a_file_that_were_passed_over_are_a_hint() {
    let scene = Scene::new();
    scene.source.db(3).run(words!["DEBUG", "POPULATE", 2500]);
    scene.source.db(5).run(words!["SET", "k", "v"]);
    let ran = restore(&scene, "").exits(0);
    let passed_over = "2501 keys of other databases of the file were passed over";
    let no_key = "no key matched: database 0 of the source has no keys";
    let ran = ran.errors_and_warnings(&[&[passed_over], &[no_key]]);
    ran.stderr_has(&format!("{no_key}\n  hint: database 3 has 2500 keys, database 5 has 1 key\n"));
}

#[test]
fn a_job_that_matches_a_key_has_no_warning_about_its_patterns() {
    let scene = shop();
    scene.source.run(words!["SET", "a|b.*", "v"]);
    scene.run_job("match = \"a|b.*\"").exits(0).errors_and_warnings(&[]).outcomes("all", "copied 1");
}

#[test]
fn a_job_that_ends_early_without_a_key_has_no_such_warning() {
    let scene = shop();
    let whole = std::fs::read(scene.source.save()).expect("a file");
    std::fs::write(scene.folder().join("cut.rdb"), &whole[..whole.len() - 20]).expect("a file");
    let job = "sleep = \"0s\"\nsource.rdb = \"cut.rdb\"\ndestination = {DESTINATION}\nmatch = \"none\"";
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\n{job}\n"));
    scene.run(&["run", "job.toml"]).exits(6).stderr_lacks("no key matched");
}

#[test]
fn an_early_warning_about_a_pattern_needs_no_server_and_refuses_nothing() {
    let scene = shop();
    scene.job("match = [\"cart:*\", \"^user:\"]\nexclude = \"tmp:* \"");
    scene.source.stop();
    let early: [&[&str]; 2] = [
        &["job `all`: `match`: the pattern `^user:` looks like a regular expression (`^`)"],
        &[r"job `all`: `exclude`: the pattern `tmp:*\u0020` has invisible characters (`\u0020`)"],
    ];
    scene.run(&["check", "job.toml"]).exits(0).errors_and_warnings(&early).stdout_has("configuration is valid");
    scene.source.start_again();
    scene.source.run(words!["SET", "cart:1", "v"]);
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0).errors_and_warnings(&early);
    ran.outcomes("all", "copied 1");
}
