//! Servers that forbid commands, as managed services and proxies do.

use super::docs::{blocks, root};
use crate::support::{Kind, Scene, Server, assert_same, words};

/// The commands that managed services forbid, renamed so that no client can use them.
const RENAMED: [&str; 9] =
    ["--rename-command", "CONFIG", "", "--rename-command", "DEBUG", "", "--rename-command", "CLUSTER", ""];
/// The rights of a user of a managed service.
const USER: [&str; 9] = ["ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all", "-@admin", "-@dangerous"];

fn without(commands: &[&str]) -> Server {
    let arguments: Vec<&str> = commands.iter().flat_map(|command| ["--rename-command", command, ""]).collect();
    Server::with(Kind::Redis70, &arguments)
}

#[test]
fn the_job_file_of_the_readme_works_on_managed_servers_with_address_and_login_overridden() {
    for kind in Kind::ALL {
        let scene = Scene::of(Server::with(kind, &RENAMED), Server::with(kind, &RENAMED));
        for server in [&scene.source, &scene.destination] {
            let rights = USER.into_iter().chain(["+info", "+restore"]);
            server.run(rights.map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>());
        }
        for key in ["session:1", "cart:1", "user:1"] {
            scene.source.run(words!["SET", key, "value"]);
        }
        scene.source.run(words!["XADD", "orders:1", "*", "field", "value"]);
        let file = root().join("jobs/quickstart.toml");
        let file = file.to_str().expect("a path that is UTF-8");
        let run = |arguments: &[&str]| {
            let mut run = scene.prepare(arguments);
            for (side, port) in [("SOURCE", "{SOURCE_PORT}"), ("DESTINATION", "{DESTINATION_PORT}")] {
                run = run.env(&format!("RKM_{side}__PORT"), port);
                run = run.env(&format!("RKM_{side}__USERNAME"), "app").env(&format!("RKM_{side}__PASSWORD"), "secret");
            }
            run.run().exits(0).errors_and_warnings(&[])
        };
        run(&["check", file, "--connect"]);
        run(&["run", file, "--dry-run"]);
        run(&["run", file]);
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}

#[test]
fn a_proxy_that_knows_neither_info_nor_time_works_if_the_job_declares_what_it_is() {
    let forbidden = ["INFO", "TIME", "CLIENT", "CONFIG", "MULTI", "EXEC", "MODULE", "CLUSTER", "ROLE", "MEMORY"];
    let scene = Scene::of(without(&forbidden), without(&forbidden));
    scene.source.fill(50);
    scene.source.run(words!["SET", "expires", "1", "EX", 1000]);
    scene.job("");
    let reason = " refuses every request: ERR unknown command 'INFO'";
    scene.run(&["check", "job.toml", "--connect"]).exits(3).stderr_has(reason);
    let declared =
        ["source", "destination"].map(|side| format!("{side}.server={{ flavour = \"redis\", version = \"7.0\" }}"));
    let ran = scene.prepare_job(&declared).run().exits(0).outcomes("all", "copied 51");
    let warning = "is taken for what the job declares (`server`)";
    ran.errors_and_warnings(&[&[warning], &[warning]]);
    assert_eq!(
        (scene.destination.size(), scene.destination.run(words!["PTTL", "expires"]).integer() > 900_000),
        (51, true)
    );
    scene.prepare_job(&declared).run().exits(0).outcomes("all", "existing 51");
}

#[test]
fn an_exists_of_several_slots_that_is_refused_is_sent_key_by_key() {
    let cluster = Server::with(Kind::Redis70, &["--cluster-enabled", "yes", "--cluster-port", "0"]);
    let scene = Scene::of(Server::start(Kind::Redis70), cluster);
    scene.destination.run(words!["CLUSTER", "ADDSLOTSRANGE", 0, 16383]);
    scene.destination.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
    scene.source.fill(50);
    scene.job("");
    // The program does not find out that it is a cluster, as with services that hide it.
    let declared = ["destination.server={ flavour = \"redis\", version = \"7.0\" }".to_owned()];
    scene.prepare_job(&declared).run().exits(0).outcomes("all", "copied 50");
    scene.source.run(words!["SET", "new", "1"]);
    scene.prepare_job(&declared).run().exits(0).outcomes("all", "copied 1, existing 50");
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn a_read_only_endpoint_is_never_a_destination_and_no_key_is_written() {
    let scene = Scene::new();
    scene.source.fill(50);
    let of_file = "[defaults.destination]\nport = {DESTINATION_PORT}\nread_only = true\n\n[[job]]\nname = \"all\"\n";
    let of_job = "source = {SOURCE}\ndestination = { host = \"127.0.0.1\", read_only = false }\n";
    scene.file("job.toml", &format!("{of_file}{of_job}"));
    let fault = "job.toml:3: job `all`: `destination.read_only` is true, so this endpoint is never a destination";
    for arguments in [&["check", "job.toml"][..], &["run", "job.toml"], &["run", "job.toml", "--dry-run"]] {
        let overridden = [arguments, &["--set", "destination.read_only=false"]].concat();
        scene.run(arguments).exits(2).stderr_has(fault);
        scene.run(&overridden).exits(2).stderr_has(fault);
    }
    let source = "source = { host = \"127.0.0.1\", port = {SOURCE_PORT}, read_only = true }\n";
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\n{source}destination = {{DESTINATION}}\n"));
    let same = ["run", "job.toml", "--set", "destination.port={SOURCE_PORT}", "--set", "destination.db=1"];
    let fault = "job.toml:3: job `all`: `source.read_only` is true for `127.0.0.1:";
    scene.run(&same).exits(2).stderr_has(fault);
    assert_eq!((scene.destination.size(), scene.source.db(1).run(words!["DBSIZE"]).integer()), (0, 0));
    scene.run(&["run", "job.toml", "--set", "sleep=0s"]).exits(0);
    assert_eq!(scene.destination.size(), 50);
}

/// Removes one right of the guide after the other.
fn removes_rights(side: &str, rule: &str) {
    let scene = Scene::between(Kind::Redis82, Kind::Redis82);
    scene.source.fill(20);
    scene.job("");
    let rights: Vec<&str> = rule.split(' ').filter_map(|word| word.strip_prefix('+')).collect();
    assert!(rights.len() > 10, "{rule}");
    let (mut needed, user) = (0, rule.split(' ').nth(2).expect("a user"));
    for right in rights {
        scene.server(side).run(rule.split(' ').map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>());
        scene.server(side).run(words!["ACL", "SETUSER", user, format!("-{right}")]);
        scene.destination.run(words!["FLUSHALL"]);
        let login = [
            format!("{side}.username={user}"),
            format!("{side}.password=secret"),
            "types=[\"string\", \"hash\"]".into(),
        ];
        let mut check = vec!["check", "job.toml", "--connect"];
        for setting in &login {
            check.extend(["--set", setting]);
        }
        let checked = scene.run(&check);
        if checked.code() == 0 {
            // It is not needed, or there is another way.
            scene.prepare_job(&login).run().exits(0).outcomes("all", "copied 20");
        } else {
            needed += 1;
            let command = right.split('|').next().unwrap_or(right);
            checked.exits(3).stderr_has(&format!("'{command}'"));
            scene.prepare_job(&login).run().exits(3).stderr_has(&format!("'{command}'"));
            assert_eq!(scene.destination.size(), 0, "{right}");
        }
    }
    assert!(needed >= 4, "{side}: {needed}");
}

#[test]
fn a_right_that_is_missing_is_named_before_the_first_key() {
    let rules = blocks().into_iter().find(|block| block.label == "acl").expect("rules").text;
    let mut rules = rules.lines();
    removes_rights("source", rules.next().expect("a rule for a source"));
    removes_rights("destination", rules.next().expect("a rule for a destination"));
}
