//! One address is one server: every connection of an endpoint reaches the server that pre-flight examined.

use crate::support::{Kind, Proxy, Ran, Running, Scene, Server, words};

const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];
const SIDES: [&str; 2] = ["source", "destination"];

/// A source with keys, and another server with fewer.
fn scene(keys: usize) -> (Scene, Server) {
    let scene = Scene::new();
    scene.source.fill(keys);
    let other = Server::start(Kind::Redis70);
    other.fill(keys / 3);
    (scene, other)
}

fn endpoint<'s>(scene: &'s Scene, side: &str) -> &'s Server {
    if side == "source" { &scene.source } else { &scene.destination }
}

fn start<'s>(scene: &'s Scene, side: &str, proxy: &Proxy) -> Running<'s> {
    scene.prepare(&[&RUN[..], &["--set", &format!("{side}.port={}", proxy.port())]].concat()).spawn()
}

/// Fails unless the job was refused because of several servers, by `check` as well.
#[track_caller]
fn is_refused(scene: &Scene, side: &str, proxy: &Proxy) {
    let port = format!("{side}.port={}", proxy.port());
    let expected = format!("the {side} `127.0.0.1:{}` is several servers: connections to it reach", proxy.port());
    let expected = format!("error: job `all` cannot be run: {expected} processes with the run_id");
    let ran = scene.run(&["check", "job.toml", "--connect", "--set", &port]);
    ran.exits(3).errors_and_warnings(&[&[&expected]]);
    let ran = scene.run(&[&RUN[..], &["--set", &port]].concat()).exits(3).errors_and_warnings(&[&[&expected]]);
    assert_eq!(ran.status_of("all"), "refused");
    assert_eq!((scene.destination.size(), scene.source.succeeded("scan")), (0, 0));
}

#[test]
fn a_balancer_before_two_servers_is_refused_at_each_endpoint() {
    for side in SIDES {
        let (scene, other) = scene(900);
        scene.job("");
        let ports = [endpoint(&scene, side).port(), other.port()];
        is_refused(&scene, side, &Proxy::between(&ports));
        assert_eq!(other.size(), 300);
    }
}

#[test]
fn a_balancer_that_prefers_one_of_its_servers_is_refused() {
    for side in SIDES {
        let (scene, other) = scene(900);
        scene.job("");
        let port = endpoint(&scene, side).port();
        // As many connections as a job has reach one server.
        is_refused(&scene, side, &Proxy::between(&[port, port, port, port, port, other.port()]));
    }
}

#[test]
fn a_server_behind_a_balancer_is_one_server() {
    for side in SIDES {
        let (scene, _other) = scene(900);
        scene.job("");
        let port = endpoint(&scene, side).port();
        let ran = start(&scene, side, &Proxy::between(&[port, port])).wait();
        ran.exits(0).outcomes("all", "copied 900").errors_and_warnings(&[]);
    }
}

/// A run that a balancer leads to a second server, while other connections stay at the first one.
fn run_that_is_led_astray(side: &str, ports: impl Fn(u16, u16) -> Vec<u16>) -> (Scene, Server, Ran) {
    let (scene, other) = scene(6000);
    let port = endpoint(&scene, side).port();
    let proxy = Proxy::to(port);
    scene.job("max_keys_per_second = 3000");
    let mut running = start(&scene, side, &proxy);
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    proxy.lead_to(&ports(port, other.port()));
    proxy.cut_last();
    let ran = running.wait();
    (scene, other, ran)
}

#[test]
fn a_reconnect_to_another_server_beside_the_first_ends_the_job() {
    for side in SIDES {
        let (_scene, _other, ran) = run_that_is_led_astray(side, |first, second| vec![second, first]);
        let ran =
            ran.exits(3).reasons("all", &["is several servers: connections to it reach processes with the run_id"]);
        assert_eq!(ran.status_of("all"), "endpoint-failed");
        assert_eq!(ran.job("all")["restarts"].as_array().map(Vec::len), Some(0), "{}", ran.report());
    }
}

#[test]
fn a_server_that_all_connections_reach_from_now_on_replaces_the_first() {
    let (scene, other, ran) = run_that_is_led_astray("destination", |_, second| vec![second]);
    let ran = ran.exits(0).outcomes("all", "copied 4000, existing 2000");
    assert_eq!(ran.job("all")["restarts"].as_array().map(Vec::len), Some(1), "{}", ran.report());
    assert_eq!(other.reading(), scene.source.reading());
}

/// Two jobs; while the first one runs, the address of the second's destination leads to `next`.
fn second_job_meets<'s>(scene: &'s Scene, proxy: &Proxy, next: &Server) -> Ran {
    let destination = format!("destination = {{ host = \"127.0.0.1\", port = {} }}", proxy.port());
    scene.file(
        "job.toml",
        &format!(
            "[defaults]\nsource = {{SOURCE}}\n{destination}\nsleep = \"0s\"\nmax_keys_per_second = 3000\n\
             [[job]]\nname = \"first\"\ndestination = {{DESTINATION}}\n[[job]]\nname = \"second\"\n"
        ),
    );
    let mut running: Running<'s> = scene.prepare(&RUN).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    proxy.lead_to(&[next.port()]);
    running.wait()
}

#[test]
fn a_server_that_was_not_examined_is_examined_when_its_job_starts() {
    let (scene, other) = scene(6000);
    let proxy = Proxy::to(scene.destination.port());
    second_job_meets(&scene, &proxy, &other).exits(0).outcomes("second", "copied 4000, existing 2000");
    let evicting = Server::with(Kind::Redis70, &["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    scene.destination.run(words!["FLUSHALL"]);
    proxy.lead_to(&[scene.destination.port()]);
    let ran = second_job_meets(&scene, &proxy, &evicting).exits(0).outcomes("second", "copied 6000");
    ran.errors_and_warnings(&[&["warning: job `second`: the destination", "evicts keys"]]);
    scene.destination.run(words!["FLUSHALL"]);
    proxy.lead_to(&[scene.destination.port()]);
    let ran = second_job_meets(&scene, &proxy, &scene.source).exits(3);
    let expected = "is the source's own database 0";
    let ran = ran.reasons("second", &[expected]);
    ran.errors_and_warnings(&[&["error: job `second` cannot be run: ", expected]]);
}
