//! Sources and destinations that Sentinels name, with failovers.

use super::docs::blocks;
use crate::support::sentinels::{SERVICE, Sentinels};
use crate::support::{Ca, Kind, Ran, Scene, Server, TlsTerminator, assert_same, closed_port};

const KEYS: usize = 1500;
const SLOWLY: &str = "max_keys_per_second = 1000\nscan_batch_size = 50\npipeline_batch_size = 50";

/// A replica that is connected to a master.
fn replica_of(master: &Server) -> Server {
    let port = master.port().to_string();
    let replica = Server::with(Kind::Redis70, &["--replicaof", "127.0.0.1", &port]);
    replica.until_reply_has("master_link_status:up", [b"INFO".to_vec(), b"replication".to_vec()]);
    replica
}

/// Runs `job.toml` with these settings.
fn run(scene: &Scene, command: &[&str], settings: &[String]) -> Ran {
    let mut arguments = command.to_vec();
    for setting in settings {
        arguments.extend(["--set", setting]);
    }
    scene.run(&arguments)
}

fn run_job(scene: &Scene, settings: &[String]) -> Ran {
    scene.prepare_job(settings).run()
}

#[test]
fn the_master_is_looked_up_for_each_run() {
    let scene = Scene::new();
    scene.source.fill(50);
    scene.job("");
    let replica = replica_of(&scene.destination);
    let sentinels = Sentinels::of(&scene.destination);
    let settings = sentinels.settings("destination");
    run(&scene, &["check", "job.toml", "--connect"], &settings).exits(0).errors_and_warnings(&[]);
    run_job(&scene, &settings).exits(0).outcomes("all", "copied 50").errors_and_warnings(&[]);
    sentinels.fail_over_to(&replica);
    scene.source.run([b"SET".to_vec(), b"new".to_vec(), b"1".to_vec()]);
    run_job(&scene, &settings).exits(0).outcomes("all", "copied 1, existing 50");
    assert_same(&scene.source.reading(), &replica.reading());
}

/// Runs a job, and fails over the server of this side when some keys have arrived. Returns the new master.
fn fail_over_during_a_run(scene: &Scene, side: &str) -> Server {
    scene.source.fill(KEYS);
    scene.job(SLOWLY);
    let replica = replica_of(scene.server(side));
    let sentinels = Sentinels::of(scene.server(side));
    let mut running = scene.prepare_job(&sentinels.settings(side)).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 100);
    sentinels.fail_over_to(&replica);
    let ran = running.wait().exits(0);
    assert!(!ran.restarts("all").is_empty(), "{}", ran.report());
    assert_eq!(ran.count("all", "copied") + ran.count("all", "existing"), KEYS as u64);
    replica
}

#[test]
fn a_failover_of_the_destination_during_a_run_walks_the_job_again() {
    let scene = Scene::new();
    let master = fail_over_during_a_run(&scene, "destination");
    assert_same(&scene.source.reading(), &master.reading());
}

#[test]
fn a_failover_of_the_source_during_a_run_walks_the_new_master() {
    let scene = Scene::new();
    let master = fail_over_during_a_run(&scene, "source");
    assert_same(&master.reading(), &scene.destination.reading());
}

#[test]
fn a_master_that_sentinels_replaced_and_that_still_takes_writes_is_noticed() {
    for side in ["source", "destination"] {
        let scene = Scene::new();
        let other = Server::start(Kind::Redis70);
        scene.source.fill(KEYS);
        if side == "source" {
            other.fill(KEYS + 10);
        }
        scene.job(SLOWLY);
        let sentinels = Sentinels::alone(scene.server(side), None);
        let mut running = scene.prepare_job(&sentinels.settings(side)).spawn();
        running.until("keys arrive", |scene| scene.destination.size() >= 100);
        sentinels.name_instead(&other);
        let ran = running.wait().exits(0);
        assert_eq!(ran.restarts("all").len(), 1, "{side}: {}", ran.report());
        let (from, to) = if side == "source" { (&other, &scene.destination) } else { (&scene.source, &other) };
        assert_same(&from.reading(), &to.reading());
    }
}

#[test]
fn a_source_may_be_a_replica() {
    let scene = Scene::new();
    scene.source.fill(50);
    scene.job("");
    let replica = replica_of(&scene.source);
    let sentinels = Sentinels::of(&scene.source);
    let settings = [sentinels.settings("source"), vec!["source.read_from=replica".to_owned()]].concat();
    run_job(&scene, &settings).exits(0).outcomes("all", "copied 50").errors_and_warnings(&[]);
    assert_eq!((scene.source.calls("dump"), scene.source.calls("scan")), (0, 0));
    assert!(replica.calls("dump") >= 50);
}

#[test]
fn a_service_without_a_replica_cannot_be_read_from_one() {
    let scene = Scene::new();
    scene.job("");
    let sentinels = Sentinels::alone(&scene.source, None);
    let further = ["source.read_from=replica".to_owned(), "source.connect_timeout=1s".to_owned()];
    let settings = [sentinels.settings("source"), further.to_vec()].concat();
    let reason = "reports no replica that is connected to its master (`read_from` is \"replica\")";
    run_job(&scene, &settings).exits(3).stderr_has(reason);
}

#[test]
fn an_unknown_service_has_the_nearest_name_as_a_hint() {
    let scene = Scene::new();
    scene.job("");
    let sentinels = Sentinels::alone(&scene.destination, None);
    let settings =
        [format!("destination.sentinel={}", sentinels.addresses()), "destination.service=mymastr".to_owned()];
    let address = sentinels.addresses();
    let reason = format!(
        "the destination `mymastr@{address}` cannot be found: its Sentinel `{address}` does not monitor the service \
         `mymastr`: the nearest name that it monitors is `{SERVICE}`"
    );
    run(&scene, &["check", "job.toml", "--connect"], &settings).exits(3).stderr_has(&reason);
    run_job(&scene, &settings).exits(3).stderr_has(&reason);
}

#[test]
fn a_sentinel_that_is_down_is_skipped_and_without_any_the_job_is_refused() {
    let scene = Scene::new();
    scene.source.fill(50);
    scene.job("");
    let sentinels = Sentinels::alone(&scene.destination, None);
    let down = format!("127.0.0.1:{}", closed_port());
    let settings = |sentinels: &str| {
        let timeout = "destination.connect_timeout=1s".to_owned();
        [format!("destination.sentinel={sentinels}"), format!("destination.service={SERVICE}"), timeout]
    };
    let one_is_down = settings(&format!("{down},{}", sentinels.addresses()));
    run_job(&scene, &one_is_down).exits(0).outcomes("all", "copied 50").errors_and_warnings(&[]);
    let reason = format!("cannot be reached: its Sentinel `{down}` cannot be reached: ");
    run_job(&scene, &settings(&down)).exits(3).stderr_has(&reason);
}

#[test]
fn sentinels_have_a_login_of_their_own() {
    let scene = Scene::new();
    scene.source.fill(50);
    scene.secret_file("sentinel.secret", "sesame\n");
    scene.job("");
    let sentinels = Sentinels::alone(&scene.destination, Some("sesame"));
    let with = |setting: &str| [sentinels.settings("destination"), vec![setting.to_owned()]].concat();
    let address = sentinels.addresses();
    let wrong = format!("its Sentinel `{address}` refused the login: WRONGPASS");
    let ran = run_job(&scene, &with("destination.sentinel_password=wrong!")).exits(3).stderr_has(&wrong);
    ran.stderr_lacks("wrong!");
    let none = "refused the login: NOAUTH Authentication required.; no `sentinel_password` is given";
    run_job(&scene, &sentinels.settings("destination")).exits(3).stderr_has(none);
    run_job(&scene, &with("destination.sentinel_password_file=sentinel.secret")).exits(0).outcomes("all", "copied 50");
    run_job(&scene, &with("destination.sentinel_password=sesame")).exits(0).outcomes("all", "existing 50");
}

#[test]
fn an_announced_address_is_replaced_and_a_server_in_another_role_is_refused() {
    let scene = Scene::new();
    scene.source.fill(50);
    let replica = replica_of(&scene.destination);
    scene.job("");
    let sentinels = Sentinels::alone(&scene.destination, None);
    let [announced, used] = [scene.destination.port(), replica.port()].map(|port| format!("127.0.0.1:{port}"));
    let map = format!("destination.address_map={{ \"{announced}\" = \"{used}\" }}");
    let settings = [sentinels.settings("destination"), vec![map, "destination.connect_timeout=1s".to_owned()]].concat();
    run_job(&scene, &settings).exits(3).stderr_has("is not the master that Sentinel names: its role is slave");
    assert_eq!(scene.destination.size(), 0);
}

/// Settings that encrypt the connections to the server, which is behind `tls`, and not those to the Sentinels.
fn over_tls(scene: &Scene, side: &str, sentinels: &Sentinels, tls: &TlsTerminator) -> Vec<String> {
    let [announced, used] = [scene.server(side).port(), tls.port()].map(|port| format!("127.0.0.1:{port}"));
    let map = format!("{side}.address_map={{ \"{announced}\" = \"{used}\" }}");
    [sentinels.settings(side), vec![map, format!("{side}.tls.ca_file=ca.pem")]].concat()
}

#[test]
fn a_server_that_sentinels_name_is_reached_over_tls() {
    for side in ["source", "destination"] {
        let (scene, ca) = (Scene::new(), Ca::new());
        ca.write(scene.folder(), "ca.pem");
        scene.source.fill(50);
        scene.job("");
        let sentinels = Sentinels::alone(scene.server(side), None);
        let tls = TlsTerminator::before(scene.server(side).port(), &ca.certify(&["127.0.0.1"]));
        let settings = over_tls(&scene, side, &sentinels, &tls);
        run(&scene, &["check", "job.toml", "--connect"], &settings).exits(0).errors_and_warnings(&[]);
        run_job(&scene, &settings).exits(0).outcomes("all", "copied 50").errors_and_warnings(&[]);
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}

#[test]
fn a_certificate_is_for_the_host_that_sentinels_name_or_for_the_given_name() {
    let (scene, ca) = (Scene::new(), Ca::new());
    ca.write(scene.folder(), "ca.pem");
    scene.source.fill(50);
    scene.job("");
    let sentinels = Sentinels::alone(&scene.destination, None);
    let tls = TlsTerminator::before(scene.destination.port(), &ca.certify(&["cache.internal"]));
    let settings = over_tls(&scene, "destination", &sentinels, &tls);
    let reason = "has a certificate for `cache.internal`, not for `127.0.0.1`: give the right name as \
                  `destination.tls.server_name`";
    run_job(&scene, &settings).exits(3).stderr_has(reason);
    let named = [settings, vec!["destination.tls.server_name=cache.internal".to_owned()]].concat();
    run_job(&scene, &named).exits(0).outcomes("all", "copied 50").errors_and_warnings(&[]);
}

/// A Sentinel of the destination behind TLS, with a certificate for this name, and the settings that use it.
fn behind_tls(scene: &Scene, ca: &Ca, name: &str) -> (Sentinels, TlsTerminator, Vec<String>) {
    ca.write(scene.folder(), "ca.pem");
    scene.source.fill(50);
    scene.job("");
    let sentinels = Sentinels::alone(&scene.destination, None);
    let port = sentinels.addresses().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let tls = TlsTerminator::before(port, &ca.certify(&[name]));
    let settings =
        vec![format!("destination.sentinel=127.0.0.1:{}", tls.port()), format!("destination.service={SERVICE}")];
    (sentinels, tls, settings)
}

#[test]
fn sentinels_are_asked_over_tls() {
    let (scene, ca) = (Scene::new(), Ca::new());
    let (_sentinels, _tls, settings) = behind_tls(&scene, &ca, "127.0.0.1");
    run_job(&scene, &settings).exits(3).stderr_has("expects TLS: set `sentinel_tls = true`");
    let of_sentinels = "destination.sentinel_tls=true".to_owned();
    let unknown_ca = [&settings[..], std::slice::from_ref(&of_sentinels)].concat();
    run_job(&scene, &unknown_ca).exits(3).stderr_has("has a certificate that no CA of this system has signed");
    let server = TlsTerminator::before(scene.destination.port(), &ca.certify(&["127.0.0.1"]));
    let [announced, used] = [scene.destination.port(), server.port()].map(|port| format!("127.0.0.1:{port}"));
    let map = format!("destination.address_map={{ \"{announced}\" = \"{used}\" }}");
    let settings = [&settings[..], &[of_sentinels, map, "destination.tls.ca_file=ca.pem".to_owned()]].concat();
    run_job(&scene, &settings).exits(0).outcomes("all", "copied 50").errors_and_warnings(&[]);
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn the_certificate_of_a_sentinel_is_for_its_own_host() {
    let (scene, ca) = (Scene::new(), Ca::new());
    let (_sentinels, _tls, settings) = behind_tls(&scene, &ca, "sentinel.internal");
    let further = ["sentinel_tls=true", "tls.ca_file=ca.pem", "tls.server_name=sentinel.internal"];
    let settings = [settings, further.map(|setting| format!("destination.{setting}")).to_vec()].concat();
    let reason = "has a certificate for `sentinel.internal`, not for `127.0.0.1`: give its name in \
                  `destination.sentinel`";
    run_job(&scene, &settings).exits(3).stderr_has(reason);
}

#[test]
fn a_sentinel_that_does_not_speak_tls_is_reported() {
    let scene = Scene::new();
    scene.job("");
    let sentinels = Sentinels::alone(&scene.destination, None);
    let settings = [sentinels.settings("destination"), vec!["destination.sentinel_tls=true".to_owned()]].concat();
    run_job(&scene, &settings).exits(3).stderr_has("no answer within").stderr_has("its port may not speak TLS");
}

#[test]
fn the_rights_in_the_guide_are_enough_at_sentinels() {
    let scene = Scene::new();
    scene.source.fill(50);
    scene.job("");
    let replica = replica_of(&scene.source);
    let sentinels = Sentinels::of(&scene.source);
    let rules = blocks().into_iter().find(|block| block.label == "acl").expect("rules").text;
    let finder = rules.lines().last().expect("a rule").split(' ').collect::<Vec<_>>();
    sentinels.tell_all(&finder);
    let login = ["source.sentinel_username=finder", "source.sentinel_password=secret"].map(str::to_owned);
    let settings = [sentinels.settings("source"), login.to_vec()].concat();
    run_job(&scene, &settings).exits(0).outcomes("all", "copied 50").errors_and_warnings(&[]);
    let from_replica = [settings.clone(), vec!["source.read_from=replica".to_owned()]].concat();
    run_job(&scene, &from_replica).exits(0).outcomes("all", "existing 50");
    assert!(replica.calls("scan") > 0);
    let unknown = [settings, vec!["source.service=nomaster".to_owned()]].concat();
    run_job(&scene, &unknown).exits(3).stderr_has("the nearest name that it monitors is `mymaster`");
}
