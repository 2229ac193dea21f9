//! Unix sockets in place of hosts and ports, and every way of mixing them over the layers.

use std::path::PathBuf;

use insta::assert_snapshot;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Scene, server};
use crate::job::{Backup, BackupPath, Databases, Location, Source, TargetDatabases};

fn socket(path: &str) -> Location {
    Location::Socket { socket: PathBuf::from(path) }
}

fn tcp(host: &str, port: u16) -> Location {
    Location::Tcp { host: host.to_owned(), port }
}

/// A job with sockets at both sides.
fn with_sockets() -> Scene {
    let destination = "destination = { socket = \"/b.sock\", db = 3, username = \"u\", password = \"p\", connect_timeout = \"1s\" }\n";
    let source = "[[job]]\nname = \"a\"\nsource.socket = \"run/redis.sock\"\n";
    Scene::new().file("a.toml", [source, destination].concat())
}

#[test]
fn a_socket_names_a_source_or_a_destination() {
    let scene = with_sockets();
    assert_snapshot!([scene.shows("source."), scene.shows("destination.")].join("\n"), @r#"
        a source.socket = "run/redis.sock" (a.toml:3)
        a source.db = 0 (default)
        a source.connect_timeout = "5s" (default)
        a source.response_timeout = "60s" (default)
        a source.retry = "5m" (default)
        a source.allow_stale_replica = false (default)
        a destination.socket = "/b.sock" (a.toml:4)
        a destination.db = 3 (a.toml:4)
        a destination.username = "u" (a.toml:4)
        a destination.password = *** (a.toml:4)
        a destination.connect_timeout = "1s" (a.toml:4)
        a destination.response_timeout = "60s" (default)
        a destination.retry = "5m" (default)
    "#);
    let job = scene.only_job();
    assert_eq!(server(&job).location, socket("run/redis.sock"));
    assert_eq!(server(&job).address(), "run/redis.sock");
    assert_eq!((&job.destination.location, &job.destination.db), (&socket("/b.sock"), &TargetDatabases::One(3)));
    assert_eq!(job.destination.password.as_ref().expect("a password").reveal(), "p");
}

#[test]
fn a_url_of_a_socket_stands_for_single_keys() {
    let scene = Scene::job("source.url = \"unix://u:p%40q@/run/redis.sock?db=3\"");
    assert_snapshot!(scene.shows("source."), @r#"
        a source.socket = "/run/redis.sock" (a.toml:4)
        a source.db = 3 (a.toml:4)
        a source.username = "u" (a.toml:4)
        a source.password = *** (a.toml:4)
        a source.connect_timeout = "5s" (default)
        a source.response_timeout = "60s" (default)
        a source.retry = "5m" (default)
        a source.allow_stale_replica = false (default)
    "#);
    let only = Scene::new().file("a.toml", "[[job]]\nname = \"a\"\ndestination.url = \"unix:///b.sock\"\n").only_job();
    assert_eq!((&only.destination.location, &only.destination.db), (&socket("/b.sock"), &TargetDatabases::One(0)));
}

#[test]
fn a_stronger_socket_takes_the_place_of_host_and_port_and_keeps_database_login_and_timeouts() {
    let lines = "source = { host = \"h\", port = 7000, db = 3, username = \"u\", response_timeout = \"9s\" }";
    assert_snapshot!(Scene::job(lines).set("source.socket=/s.sock").shows("source."), @r#"
        a source.socket = "/s.sock" (--set source.socket)
        a source.db = 3 (a.toml:4)
        a source.username = "u" (a.toml:4)
        a source.connect_timeout = "5s" (default)
        a source.response_timeout = "9s" (a.toml:4)
        a source.retry = "5m" (default)
        a source.allow_stale_replica = false (default)
    "#);
    assert_snapshot!(Scene::job(lines).set("source.url=unix://v@/s.sock").set("job.a.source.password=p").shows("source."), @r#"
    a source.socket = "/s.sock" (--set source.url)
    a source.db = 3 (a.toml:4)
    a source.username = "v" (--set source.url)
    a source.password = *** (--set job.a.source.password)
    a source.connect_timeout = "5s" (default)
    a source.response_timeout = "9s" (a.toml:4)
    a source.retry = "5m" (default)
    a source.allow_stale_replica = false (default)
    "#);
    let of_url = Scene::job("destination.password = \"p\"").set("destination.url=unix:///s.sock?db=1").only_job();
    assert_eq!((&of_url.destination.location, &of_url.destination.db), (&socket("/s.sock"), &TargetDatabases::One(1)));
    assert!(of_url.destination.password.is_some());
}

#[test]
fn a_stronger_host_or_url_takes_the_place_of_a_socket() {
    for lines in ["source = { socket = \"/s.sock\", db = 3 }", "source.url = \"unix:///s.sock?db=3\""] {
        for stronger in ["source.host=h", "source.url=redis://h"] {
            let job = Scene::job(lines).set(stronger).only_job();
            assert_eq!((&server(&job).location, server(&job).db), (&tcp("h", 6379), 3), "{lines} {stronger}");
        }
        let job = Scene::job(lines).set("source.socket=/t.sock").only_job();
        assert_eq!((&server(&job).location, server(&job).db), (&socket("/t.sock"), 3), "{lines}");
    }
}

#[test]
fn a_socket_and_a_file_take_each_others_place_and_that_of_the_database() {
    let of_file =
        Scene::job("source = { socket = \"/s.sock\", db = 3, password = \"p\" }").set("source.rdb=-").only_job();
    let Backup { files, db } = of_file.source.backup().expect("a file");
    assert_eq!((files.as_slice(), db), (&[BackupPath::StandardInput][..], &Databases::One(0)));
    let of_socket = Scene::job("source = { rdb = \"x.rdb\", db = \"all\" }").set("source.socket=/s.sock").only_job();
    assert_eq!((&server(&of_socket).location, server(&of_socket).db), (&socket("/s.sock"), 0));
}

#[test]
fn one_layer_has_a_socket_or_another_place() {
    assert_snapshot!(Scene::job("source = { socket = \"s\", host = \"h\", port = 1 }").faults(), @"a.toml:4: job `a`: `source.socket`, `source.host` and `source.port` cannot be given together: a server is reached through a port or through a Unix socket");
    assert_snapshot!(Scene::job("destination.port = 1\ndestination.socket = \"s\"").faults(), @"a.toml:5: job `a`: `destination.socket`, `destination.host` and `destination.port` cannot be given together: a server is reached through a port or through a Unix socket");
    assert_snapshot!(Scene::job("source = { socket = \"s\", rdb = \"x.rdb\" }").faults(), @"a.toml:4: job `a`: `source.rdb` and `source.socket` cannot be given together: keys are read from a file or from a server");
    assert_snapshot!(Scene::job("source = { socket = \"s\", url = \"redis://h\" }").faults(), @"a.toml:4: job `a`: `source.url` and `source.socket` cannot be given together: a `url` replaces the single keys");
    assert_snapshot!(Scene::job("").env("RKM_SOURCE__SOCKET", "s").env("RKM_SOURCE__PORT", "1").faults(), @"RKM_SOURCE__SOCKET: `source.socket` and `source.port` cannot be given together: a server is reached through a port or through a Unix socket");
}

#[test]
fn a_port_over_a_socket_has_no_effect_and_a_warning() {
    let scene = Scene::job("source.socket = \"/s.sock\"").set("source.port=7").set("lanes=4");
    assert_snapshot!(scene.warnings(), @"job `a`: no effect, because `source.socket` is given: `source.port`");
    let scene = Scene::job("").set("job.a.destination.port=7").env("RKM_DESTINATION__SOCKET", "/s.sock");
    assert_snapshot!(scene.warnings(), @"job `a`: no effect, because `destination.socket` is given: `destination.port`");
    assert_eq!(scene.only_job().destination.location, socket("/s.sock"));
    assert_eq!(Scene::job("source.port = 7").set("source.socket=/s.sock").warnings(), "");
}

#[test]
fn what_is_no_path_of_a_socket_is_refused() {
    assert_snapshot!(Scene::job("source.socket = \"\"").faults(), @r#"a.toml:4: job `a`: `source.socket` is "", but must be the path of a Unix socket, not empty and not a URL"#);
    assert_snapshot!(Scene::job("source.socket = 1").faults(), @"a.toml:4: job `a`: `source.socket` is 1, but must be the path of a Unix socket, not empty and not a URL");
    assert_snapshot!(Scene::job("source.socket = \"unix:r.sock\"").faults(), @r#"
        a.toml:4: job `a`: `source.socket` is "unix:r.sock", but must be the path of a Unix socket, not empty and not a URL
          hint: a URL is given as `source.url`
    "#);
    assert_snapshot!(Scene::job("source.socket = \"unix://u:s3cr3t@/r.sock\"").faults(), @r"
        a.toml:4: job `a`: `source.socket` is ***, but must be the path of a Unix socket, not empty and not a URL
          hint: a URL is given as `source.url`
    ");
}

#[test]
fn a_wrong_url_of_a_socket_is_refused_with_a_hint() {
    let fault = |url: &str| Scene::job(&format!("source.url = \"{url}\"")).faults();
    assert_snapshot!(fault("unix:run/r.sock"), @r"
        a.toml:4: job `a`: `source.url` does not begin with `unix://`: it must be `unix://[user[:password]@]/path[?db=N]`
          hint: the path begins with the third slash, as in `unix:///run/redis/redis.sock`; for a relative one, use the key `socket`
    ");
    assert_snapshot!(fault("unix://"), @r"
        a.toml:4: job `a`: `source.url` has no path: it must be `unix://[user[:password]@]/path[?db=N]`
          hint: the path begins with the third slash, as in `unix:///run/redis/redis.sock`; for a relative one, use the key `socket`
    ");
    assert_snapshot!(fault("unix:///"), @r"
        a.toml:4: job `a`: `source.url` has an empty path: it must be `unix://[user[:password]@]/path[?db=N]`
          hint: the path begins with the third slash, as in `unix:///run/redis/redis.sock`; for a relative one, use the key `socket`
    ");
    assert_snapshot!(fault("unix://run/r.sock"), @r"
        a.toml:4: job `a`: `source.url` has a host, but a Unix socket has none (in a user name or password, `/` is written `%2F`): it must be `unix://[user[:password]@]/path[?db=N]`
          hint: the path begins with the third slash, as in `unix:///run/redis/redis.sock`; for a relative one, use the key `socket`
    ");
    assert_snapshot!(fault("unix:///r.sock?db=x"), @r"
        a.toml:4: job `a`: `source.url` has a database that is not between 0 and 65535: it must be `unix://[user[:password]@]/path[?db=N]`
          hint: the database is given as `?db=N` after the path, user and password before it, as in `unix://user:password@/run/redis/redis.sock?db=3`
    ");
    assert_snapshot!(fault("unix:///r.sock?password=s3cr3t"), @r"
        a.toml:4: job `a`: `source.url` has something other than `db=N` after its `?`: it must be `unix://[user[:password]@]/path[?db=N]`
          hint: the database is given as `?db=N` after the path, user and password before it, as in `unix://user:password@/run/redis/redis.sock?db=3`
    ");
}

#[test]
fn a_destination_whose_socket_is_wrong_is_not_missing_too() {
    let text =
        "[[job]]\nname = \"a\"\ndestination.socket = \"\"\n[[job]]\nname = \"b\"\ndestination.url = \"unix://\"\n";
    assert_eq!(Scene::new().file("a.toml", text).faults().matches("is missing").count(), 0);
}

/// What one layer says of a source. Its number makes its values known again.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    Nothing,
    Host,
    HostAndPort,
    Port,
    Socket,
    TcpUrl,
    SocketUrl,
    Cluster,
    File,
}

const ALL: [Says; 9] = {
    use Says::{Cluster, File, Host, HostAndPort, Nothing, Port, Socket, SocketUrl, TcpUrl};
    [Nothing, Host, HostAndPort, Port, Socket, TcpUrl, SocketUrl, Cluster, File]
};

impl Says {
    /// Its keys with their values.
    fn keys(self, layer: u16, has_db: bool) -> Vec<(&'static str, String)> {
        let query = |form: &str| if has_db { form.replace('N', &layer.to_string()) } else { String::new() };
        let mut keys = match self {
            Self::Nothing => vec![],
            Self::Host => vec![("host", format!("h{layer}"))],
            Self::HostAndPort => vec![("host", format!("h{layer}")), ("port", (7000 + layer).to_string())],
            Self::Port => vec![("port", (7000 + layer).to_string())],
            Self::Socket => vec![("socket", format!("/s{layer}"))],
            Self::TcpUrl => return vec![("url", format!("redis://h{layer}:{}{}", 7000 + layer, query("/N")))],
            Self::SocketUrl => return vec![("url", format!("unix:///s{layer}{}", query("?db=N")))],
            Self::Cluster => vec![("cluster", format!("c{layer}:1"))],
            Self::File => vec![("rdb", format!("f{layer}"))],
        };
        keys.extend(has_db.then(|| ("db", layer.to_string())));
        keys
    }

    fn is_host(self) -> bool {
        matches!(self, Self::Host | Self::HostAndPort | Self::TcpUrl)
    }

    fn has_port(self) -> bool {
        matches!(self, Self::Port | Self::HostAndPort | Self::TcpUrl)
    }

    fn is_place(self) -> bool {
        !matches!(self, Self::Nothing | Self::Port)
    }

    /// Whether a database beside it may be for a file or for a server.
    fn fits(self, is_file: bool) -> bool {
        !self.is_place() || (self == Self::File) == is_file
    }
}

/// What the layers, weakest first, result in, said without the table of rules.
fn expected(layers: [(Says, bool); 4]) -> (String, u16) {
    let numbered = || (1..=4).zip(layers).rev();
    let place = numbered().find(|(_, (says, _))| says.is_place());
    let is_file = matches!(place, Some((_, (Says::File, _))));
    let db = numbered().find(|(_, (says, has_db))| *has_db && says.fits(is_file)).map_or(0, |(layer, _)| layer);
    // A weaker socket or file that does not count itself displaces no port.
    let port = numbered().find(|(_, (says, _))| says.has_port()).map_or(6379, |(layer, _)| 7000 + layer);
    let place = match place {
        None => format!("localhost:{port}"),
        Some((layer, (says, _))) if says.is_host() => format!("h{layer}:{port}"),
        Some((layer, (Says::File, _))) => format!("f{layer}"),
        Some((layer, (Says::Cluster, _))) => format!("cluster c{layer}:1"),
        Some((layer, _)) => format!("/s{layer}"),
    };
    (place, db)
}

fn loaded(layers: [(Says, bool); 4]) -> (String, u16) {
    let [defaults, job, variables, sets] = layers;
    let lines = |layer, (says, has_db): (Says, bool)| -> String {
        let line = |(key, value): (&str, String)| {
            if matches!(key, "port" | "db") {
                format!("source.{key} = {value}\n")
            } else {
                format!("source.{key} = \"{value}\"\n")
            }
        };
        says.keys(layer, has_db).into_iter().map(line).collect()
    };
    let text =
        format!("[defaults]\n{}[[job]]\nname = \"a\"\ndestination.host = \"x\"\n{}", lines(1, defaults), lines(2, job));
    // Without a place, the source is the one of the script.
    let mut scene = Scene::new().file("a.toml", text).script_variables();
    for (key, value) in variables.0.keys(3, variables.1) {
        scene = scene.env(format!("RKM_SOURCE__{}", key.to_uppercase()), value);
    }
    for (key, value) in sets.0.keys(4, sets.1) {
        scene = scene.set(&format!("source.{key}={value}"));
    }
    match scene.only_job().source {
        Source::Server(server) => (server.endpoint.address(), server.endpoint.db),
        Source::Backup(Backup { files, db: Databases::One(db) }) => (files[0].to_string(), db),
        Source::Backup(backup) => panic!("{backup:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_strongest_place_counts_whatever_the_layers_say(
        layers in prop::array::uniform4((select(ALL.to_vec()), any::<bool>()))
    ) {
        prop_assert_eq!(loaded(layers), expected(layers));
    }
}
