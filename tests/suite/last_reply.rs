//! A server that does not let the program in gives the reason, and the message contains it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::support::{Client, Kind, Ran, Reply, Scene, Server, words};

const SIDES: [&str; 2] = ["source", "destination"];

/// A run whose endpoint on this side is a port, with further lines for it.
fn run(scene: &Scene, side: &str, port: u16, lines: &str) -> Ran {
    let other = if side == "source" { "destination = {DESTINATION}" } else { "source = {SOURCE}" };
    let limits = "connect_timeout = \"1s\"\nresponse_timeout = \"1s\"\nretry = \"0s\"";
    let endpoint = format!("[job.{side}]\nhost = \"127.0.0.1\"\nport = {port}\n{limits}\n{lines}\n");
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\nsleep = \"0s\"\n{other}\n{endpoint}"));
    scene.run(&["run", "job.toml", "-q"])
}

/// The only line of such a run on stderr, after the name of the endpoint.
#[track_caller]
fn message(ran: Ran, side: &str) -> String {
    let ran = ran.exits(3);
    let start = format!("error: job `all` cannot be run: the {side} `127.0.0.1:");
    let line = ran.stderr.lines().next().and_then(|line| line.strip_prefix(&start));
    let message = line.and_then(|line| line.split_once("` ")).map(|(_, message)| message.to_owned());
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    message.unwrap_or_else(|| panic!("not `{start}`: {}", ran.stderr))
}

/// A port whose connections reach another port from 127.0.0.2, which servers do not take for the same machine.
fn from_elsewhere(port: u16) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    let own = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
            server.bind(&SocketAddr::from(([127, 0, 0, 2], 0)).into()).expect("an address of loopback");
            server.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).expect("the server listens");
            let server = TcpStream::from(server);
            forward(&client, &server);
            forward(&server, &client);
        }
    });
    own
}

fn forward(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().expect("a handle"), to.try_clone().expect("a handle"));
    thread::spawn(move || {
        // Either side may be closed already.
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

#[test]
fn a_server_in_protected_mode_says_why_it_denies_access() {
    // For later versions, 127.0.0.2 is the same machine; earlier ones protect no server that is bound to an address.
    let (scene, server) = (Scene::new(), Server::with(Kind::Redis70, &["--protected-mode", "yes"]));
    let port = from_elsewhere(server.port());
    for side in SIDES {
        for password in ["", "password = \"secret\""] {
            let message = message(run(&scene, side, port, password), side);
            let start =
                "refuses every request: DENIED Redis is running in protected mode because protected mode is enabled";
            assert!(message.starts_with(start), "{message}");
            assert_eq!(message.trim_start_matches("refuses every request: ").chars().count(), 300, "{message}");
        }
    }
}

/// As many clients as the server accepts, which is this number. A client that has left may count until the server
/// notices it.
fn fill_up(server: &Server, maxclients: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    while clients.len() < maxclients {
        let mut client = Client::connect(server.port()).expect("the server listens");
        if let Reply::Status(_) = client.ask(words!["PING"]) {
            clients.push(client);
        }
    }
    clients
}

#[test]
fn a_server_with_too_many_clients_says_so() {
    let scene = Scene::new();
    for kind in Kind::ALL {
        let server = Server::with(kind, &["--maxclients", "2"]);
        let clients = fill_up(&server, 2);
        for side in SIDES {
            for password in ["", "password = \"secret\""] {
                let message = message(run(&scene, side, server.port(), password), side);
                assert_eq!(message, "closed the connection: ERR max number of clients reached");
            }
        }
        drop(clients);
    }
}

/// A port that sends these bytes to each client, before or after it receives something, and may then close the
/// connection.
fn speaker(bytes: &'static [u8], is_first: bool, closes: bool) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        let mut open = Vec::new();
        for mut client in listener.incoming().map_while(Result::ok) {
            if !is_first {
                let _ = client.read(&mut [0; 5]);
            }
            // The client may have closed it.
            let _ = client.write_all(bytes);
            if !closes {
                open.push(client);
            }
        }
    });
    port
}

#[test]
fn other_servers_are_recognised() {
    let scene = Scene::new();
    let tls = "expects TLS: set `tls = true`, or write `rediss://` in place of `redis://`";
    let web = "is a web server or an HTTP proxy, not Redis: check host and port";
    let cases: [(&[u8], &str); 5] = [
        (b"\x15\x03\x01\0\x02\x02\x46", tls),
        (b"\x15\x03\x03\0\x02\x02\x28", tls),
        (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", web),
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "is an SSH server, not Redis: check host and port"),
        (b"-ERR no route to a server\r\n", "closed the connection: ERR no route to a server"),
    ];
    for (bytes, expected) in cases {
        for (is_first, closes) in [(true, true), (true, false), (false, true), (false, false)] {
            if bytes[0] == b'-' && !closes {
                continue;
            }
            for side in SIDES {
                let port = speaker(bytes, is_first, closes);
                assert_eq!(message(run(&scene, side, port, ""), side), expected, "{is_first} {closes}");
            }
        }
    }
}

#[test]
fn a_server_that_closes_the_connection_without_a_word_is_one_plain_sentence() {
    let scene = Scene::new();
    for side in SIDES {
        let port = speaker(b"", true, true);
        let message = message(run(&scene, side, port, ""), side);
        let expected =
            "closed the connection: it sent no reply; its port may expect TLS (`tls = true`, or a `rediss://` URL)";
        assert_eq!(message, expected);
    }
}

/// A Sentinel, which is stopped when this is dropped.
struct Sentinel(Child, u16);

impl Sentinel {
    /// Monitors two masters with this port.
    fn start(scene: &Scene, kind: Kind, master: u16) -> Self {
        let port = free_port();
        let monitors = ["main", "cache"].map(|name| format!("sentinel monitor {name} 127.0.0.1 {master} 1\n"));
        scene.file("sentinel.conf", &format!("bind 127.0.0.1\nport {port}\n{}", monitors.concat()));
        let mut command = Command::new(kind.program());
        command.args(["sentinel.conf", "--sentinel"]).current_dir(scene.folder());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a Sentinel can be started");
        let deadline = Instant::now() + Duration::from_secs(20);
        while Client::connect(port).is_err() {
            assert!(Instant::now() < deadline, "the Sentinel does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        Self(child, port)
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    listener.local_addr().expect("its address").port()
}

#[test]
fn a_sentinel_names_its_masters() {
    for kind in Kind::ALL {
        let scene = Scene::new();
        let master = scene.source.port();
        let sentinel = Sentinel::start(&scene, kind, master);
        for side in SIDES {
            let message = message(run(&scene, side, sentinel.1, ""), side);
            let masters = ["main", "cache"].map(|name| format!("`{name}` at 127.0.0.1:{master}"));
            let start = "is a Sentinel, which has no keys: give its address as `sentinel` with a `service`, or name a server \
                         that it monitors (";
            let named = message.strip_prefix(start).unwrap_or_else(|| panic!("{message}")).trim_end_matches(')');
            let mut named: Vec<&str> = named.split(", ").collect();
            named.sort_unstable();
            assert_eq!(named, [masters[1].as_str(), masters[0].as_str()]);
        }
    }
}

#[test]
fn a_refused_login_hints_at_what_is_wrong_with_the_password() {
    let scene = Scene::new();
    let server = Server::with(Kind::Redis70, &["--requirepass", "another"]);
    let cases = [
        ("", "; no password is given"),
        ("password = \"\"", "; the password is empty"),
        ("password = \"secret\\n\"", "; the password ends with a newline"),
        ("password = \"secret\\r\"", "; the password ends with a newline"),
        ("password = \"'secret'\"", "; the password begins and ends with a quote, which is a part of it"),
        ("password = '\"secret\"'", "; the password begins and ends with a quote, which is a part of it"),
        ("password = \"a${REDIS_PASSWORD}\"", "; the password contains `${`: variables are not replaced in values"),
        ("password = \" secret\"", "; the password begins or ends with white space"),
        ("password = \"secret\"", ""),
        ("username = \"mover\"", "; no password is given"),
    ];
    for (lines, hint) in cases {
        for side in SIDES {
            let message = message(run(&scene, side, server.port(), lines), side);
            let text = match lines {
                "" => "NOAUTH Authentication required.",
                _ => "WRONGPASS invalid username-password pair or user is disabled.",
            };
            assert_eq!(message, format!("refused the login: {text}{hint}"), "{lines}");
        }
    }
}
