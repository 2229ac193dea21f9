//! Clusters that cannot be used: jobs are refused before the first key, with a message that names the node and the remedy.

use super::docs::{blocks, page};
use crate::support::sentinels::{SERVICE, Sentinels};
use crate::support::{Cluster, Kind, Ran, Scene, Server, assert_same, closed_port, words};

const SIDES: [&str; 2] = ["source", "destination"];

/// A node that has these slots.
fn alone(kind: Kind, (first, last): (u16, u16), arguments: &[&str]) -> Server {
    let server = Server::with(kind, &[&["--cluster-enabled", "yes"], arguments].concat());
    server.run(words!["CLUSTER", "ADDSLOTSRANGE", first, last]);
    server
}

/// A node that has all slots.
fn whole(kind: Kind, arguments: &[&str]) -> Server {
    let server = alone(kind, (0, 16_383), arguments);
    server.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
    server
}

/// The three masters of a cluster.
fn masters(cluster: &Cluster) -> [&Server; 3] {
    [0, 1, 2].map(|number| cluster.node(number))
}

fn address(server: &Server) -> String {
    format!("127.0.0.1:{}", server.port())
}

fn seeds(side: &str, seeds: &[&Server]) -> String {
    format!("{side}.cluster={}", seeds.iter().map(|seed| address(seed)).collect::<Vec<_>>().join(","))
}

fn run(scene: &Scene, command: &[&str], settings: &[String]) -> Ran {
    let mut arguments = command.to_vec();
    for setting in settings {
        arguments.extend(["--set", setting]);
    }
    scene.run(&arguments)
}

/// The job is refused for this reason, with no other error or warning, before a key is read or written.
#[track_caller]
fn is_refused(scene: &Scene, settings: &[String], reason: &str) {
    scene.job("");
    let settings = [settings, &SIDES.map(|side| format!("{side}.connect_timeout=1s"))].concat();
    let expected = format!("error: job `all` cannot be run: {reason}");
    for command in [&["check", "job.toml", "--connect"][..], &["run", "job.toml", "--dry-run"], &["run", "job.toml"]] {
        let ran = run(scene, command, &settings).exits(3);
        let shown = |line: &&str| line.starts_with("error: ") || line.starts_with("warning: ");
        let lines: Vec<&str> = ran.stderr.lines().filter(shown).collect();
        assert_eq!(lines, [expected.as_str()], "{command:?}");
    }
    assert_eq!((scene.source.size(), scene.destination.size()), (5, 0));
}

/// Two servers that are no nodes of a cluster; the source has five keys.
fn plain() -> Scene {
    let scene = Scene::new();
    scene.source.fill(5);
    scene
}

#[test]
fn a_server_that_is_no_node_of_a_cluster() {
    let scene = plain();
    for side in SIDES {
        let given = address(scene.server(side));
        let reason = format!(
            "the {side} `{given}` is no node of a cluster: give its address as `host` and `port`, or as a `redis://` URL"
        );
        is_refused(&scene, &[format!("{side}.cluster={given}")], &reason);
        is_refused(&scene, &[format!("{side}.url=redis-cluster://{given}")], &reason);
    }
}

#[test]
fn a_sentinel_in_place_of_a_node() {
    let scene = plain();
    let sentinels = Sentinels::alone(&scene.source, None);
    let reason = format!(
        "the source `{}` is a Sentinel, which has no keys: give its address as `sentinel` with a `service`, or name a server \
         that it monitors (`{SERVICE}` at {})",
        sentinels.addresses(),
        address(&scene.source),
    );
    is_refused(&scene, &[format!("source.cluster={}", sentinels.addresses())], &reason);
}

#[test]
fn each_given_node_is_named_if_none_answers() {
    let scene = plain();
    for side in SIDES {
        let (down, server) = (format!("127.0.0.1:{}", closed_port()), address(scene.server(side)));
        let reason = format!(
            "the {side} `cluster {down}` cannot be reached: its node `{down}` cannot be reached: Connection refused (os \
             error 111); its node `{server}` is no node of a cluster: give its address as `host` and `port`, or as a \
             `redis://` URL"
        );
        is_refused(&scene, &[format!("{side}.cluster={down},{server}")], &reason);
        let reason = format!("the {side} `{down}` cannot be reached: Connection refused (os error 111)");
        is_refused(&scene, &[format!("{side}.cluster={down}")], &reason);
    }
}

#[test]
fn a_given_node_that_is_down_is_skipped() {
    let (from, to) = (whole(Kind::Valkey91, &[]), whole(Kind::Redis70, &[]));
    let scene = Scene::of(from, to);
    scene.source.fill(50);
    scene.job("");
    let down = closed_port();
    let given = SIDES.map(|side| format!("{side}.cluster=127.0.0.1:{down},{}", address(scene.server(side))));
    run(&scene, &["check", "job.toml", "--connect"], &given).exits(0).errors_and_warnings(&[]);
    scene.prepare_job(&given).run().exits(0).outcomes("all", "copied 50").errors_and_warnings(&[]);
    assert_same(&scene.source.reading(), &scene.destination.reading());
    let [from, to] = SIDES.map(|side| format!("redis-cluster://127.0.0.1:{down},{}", address(scene.server(side))));
    let ran = scene.run(&["migrate", &from, &to, "--report", "report.json"]).exits(0);
    ran.outcomes("migrate", "existing 50").errors_and_warnings(&[]);
}

#[test]
fn a_master_that_is_down_is_named_with_its_slots() {
    let (scene, cluster) = (plain(), Cluster::start(Kind::Redis70));
    let nodes = masters(&cluster);
    nodes[1].stop();
    for side in SIDES {
        let (first, down) = (address(nodes[0]), address(nodes[1]));
        let reason = |name: &str| {
            format!(
                "the {side} `{name}` cannot be reached: its node `{down}`, which serves the slots 5461-10922, cannot be \
                 reached: Connection refused (os error 111)"
            )
        };
        is_refused(&scene, &[seeds(side, &[nodes[0]])], &reason(&format!("cluster {first}")));
        is_refused(&scene, &[seeds(side, &[nodes[1], nodes[2]])], &reason(&format!("cluster {down}")));
        is_refused(&scene, &[format!("{side}.port={}", nodes[0].port())], &reason(&first));
    }
}

#[test]
fn slots_that_no_node_serves_are_named() {
    let scene = plain();
    for (kind, arguments) in [(Kind::Redis82, &[][..]), (Kind::Valkey91, &["--cluster-require-full-coverage", "no"])] {
        let node = alone(kind, (100, 16_000), arguments);
        for side in SIDES {
            let reason = format!(
                "the {side} `{}` is a cluster in which no node serves the slots 0-99, 16001-16383: assign them, or repair \
                 the nodes that had them",
                address(&node)
            );
            is_refused(&scene, &[format!("{side}.port={}", node.port())], &reason);
        }
    }
}

#[test]
fn a_cluster_that_is_down() {
    let (scene, cluster) = (plain(), Cluster::start(Kind::Redis70));
    let [up, down, other] = masters(&cluster);
    down.stop();
    other.stop();
    up.until_reply_has("cluster_state:fail", words!["CLUSTER", "INFO"]);
    let (up, down, other) = (address(up), address(down), address(other));
    for side in SIDES {
        // So that it is not the first reason that they cannot be reached.
        let map = format!("{side}.address_map={{ \"{down}\" = \"{up}\", \"{other}\" = \"{up}\" }}");
        let reason = format!("the {side} `{up}` is not ready: CLUSTERDOWN The cluster is down");
        is_refused(&scene, &[format!("{side}.cluster={up}"), map], &reason);
    }
}

#[test]
fn addresses_that_cannot_be_reached_from_here_are_listed_and_may_be_mapped() {
    let announcing = || {
        let server = whole(Kind::Redis70, &[]);
        server.run(words!["CONFIG", "SET", "cluster-announce-ip", "127.0.0.9"]);
        server.until_reply_has("127.0.0.9", words!["CLUSTER", "NODES"]);
        server
    };
    let (scene, from, to) = (plain(), announcing(), announcing());
    for (side, node) in SIDES.into_iter().zip([&from, &to]) {
        let reason = |name: &str| {
            format!(
                "the {side} `{name}` cannot be reached: it answers at `{}`, but its masters report `127.0.0.9:{}`, where \
                 none of them answers: give the addresses to use as `{side}.address_map`",
                address(node),
                node.port(),
            )
        };
        is_refused(&scene, &[seeds(side, &[node])], &reason(&format!("cluster {}", address(node))));
        is_refused(&scene, &[format!("{side}.port={}", node.port())], &reason(&address(node)));
    }
    from.fill(50);
    let mapped = |side: &str, node: &Server| {
        let map = format!("{side}.address_map={{ \"127.0.0.9:{}\" = \"{}\" }}", node.port(), address(node));
        [seeds(side, &[node]), map]
    };
    let settings = [mapped("source", &from), mapped("destination", &to)].concat();
    scene.prepare_job(&settings).run().exits(0).outcomes("all", "copied 50").errors_and_warnings(&[]);
    assert_same(&from.reading(), &to.reading());
}

#[test]
fn a_database_that_the_nodes_do_not_have() {
    let scene = plain();
    let (one, sixteen) = (whole(Kind::Redis82, &[]), whole(Kind::Valkey91, &["--cluster-databases", "16"]));
    for side in SIDES {
        let db = |db: u16| format!("{side}.db={db}");
        let reason =
            format!("the {side} `{}` has no database 3: ERR SELECT is not allowed in cluster mode", address(&one));
        is_refused(&scene, &[seeds(side, &[&one]), db(3)], &reason);
        let reason = format!("the {side} `{}` has no database 16: ERR DB index is out of range", address(&sixteen));
        is_refused(&scene, &[seeds(side, &[&sixteen]), db(16)], &reason);
    }
    scene.job("");
    let there = [seeds("destination", &[&sixteen]), "destination.db=15".to_owned()];
    scene.prepare_job(&there).run().exits(0).outcomes("all", "copied 5").errors_and_warnings(&[]);
    assert_eq!(sixteen.db(15).run(words!["DBSIZE"]).integer(), 5);
}

/// The rule of the guide for a source or a destination, with the rights for a cluster.
fn rights(side: &str) -> Vec<String> {
    let rules = blocks().into_iter().find(|block| block.label == "acl").expect("rules").text;
    let rule = rules.lines().nth(usize::from(side == "destination")).expect("a rule");
    let guide = page("jobs/guide.md").lines().collect::<Vec<_>>().join(" ");
    let of_cluster = match side {
        "source" => "+cluster|slots +cluster|nodes +cluster|getkeysinslot +asking",
        _ => "+cluster|slots +asking",
    };
    assert!(guide.contains(&format!("`{of_cluster}`")), "{of_cluster}");
    rule.split(' ').chain(of_cluster.split(' ')).map(str::to_owned).collect()
}

#[test]
fn each_node_must_permit_the_commands_about_nodes() {
    let (scene, cluster) = (plain(), Cluster::start(Kind::Redis82));
    let nodes = masters(&cluster);
    for (side, user) in SIDES.into_iter().zip(["reader", "writer"]) {
        let login = [format!("{side}.username={user}"), format!("{side}.password=secret")];
        let settings = [&login[..], &[seeds(side, &[nodes[0]])]].concat();
        let set = |node: &Server, without: &str| {
            node.run(rights(side).iter().map(|word| word.clone().into_bytes()).collect::<Vec<_>>());
            node.run(words!["ACL", "SETUSER", user, without]);
        };
        for node in nodes {
            set(node, "+ping");
        }
        for node in &nodes[..2] {
            let refused = |command: &str| {
                format!(
                    "the {side} `{}` does not permit a command that is needed: NOPERM User {user} has no permissions to run \
                     the '{command}' command",
                    address(node)
                )
            };
            set(node, "-cluster|slots");
            let alone = format!("; the server is a node of a cluster: with `{side}.cluster = false`, it is used alone");
            is_refused(&scene, &settings, &(refused("cluster|slots") + &alone));
            set(node, "-asking");
            is_refused(&scene, &settings, &refused("asking"));
            if side == "source" {
                for command in ["cluster|getkeysinslot", "cluster|nodes"] {
                    set(node, &format!("-{command}"));
                    is_refused(&scene, &settings, &refused(command));
                }
            }
            set(node, "+ping");
        }
        scene.job("");
        run(&scene, &["check", "job.toml", "--connect"], &settings).exits(0).errors_and_warnings(&[]);
    }
}

#[test]
fn a_node_that_hides_its_cluster_can_be_used_alone() {
    let scene = plain();
    let node = Server::with(Kind::Redis70, &["--cluster-enabled", "yes", "--rename-command", "CLUSTER", "HIDDEN"]);
    node.run(words!["HIDDEN", "ADDSLOTSRANGE", 0, 16383]);
    node.until_reply_has("cluster_state:ok", words!["HIDDEN", "INFO"]);
    for side in SIDES {
        let reason = format!(
            "the {side} `{}` refuses every request: ERR unknown command 'CLUSTER'; the server is a node of a cluster: \
             with `{side}.cluster = false`, it is used alone",
            address(&node)
        );
        is_refused(&scene, &[format!("{side}.port={}", node.port())], &reason);
    }
    let alone = [format!("destination.port={}", node.port()), "destination.cluster=false".to_owned()];
    let warning =
        format!("the destination `{}` is one node of a cluster: only this node's keys are seen", address(&node));
    scene.prepare_job(&alone).run().exits(0).outcomes("all", "copied 5").errors_and_warnings(&[&[&warning]]);
}

#[test]
fn with_false_only_the_keys_of_one_node_are_read_and_those_of_others_are_refused() {
    let (scene, cluster) = (plain(), Cluster::start(Kind::Redis70));
    let nodes = masters(&cluster);
    // The slot of `foo` is 12182, that of `bar` 5061.
    nodes[2].run(words!["SET", "foo", "1"]);
    nodes[0].run(words!["SET", "bar", "1"]);
    scene.job("");
    let of_node = |side: &str| [format!("{side}.port={}", nodes[0].port()), format!("{side}.cluster=false")];
    let warning = |side: &str| format!("the {side} `{}` is one node of a cluster", address(nodes[0]));
    let ran = scene.prepare_job(&of_node("source")).run().exits(0).outcomes("all", "copied 1");
    ran.errors_and_warnings(&[&[&warning("source")]]);
    let ran = scene.prepare_job(&of_node("destination")).run().exits(3);
    ran.errors_and_warnings(&[&[&warning("destination")], &["refuses every request: MOVED "]]);
}
