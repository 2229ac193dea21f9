//! The first signal ends a run, whatever it is doing.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};
use rustix::process::Signal;

use crate::support::{Ran, Running, Scene, is_superuser, poison};

/// Two hundred keys that take two seconds.
const SLOWLY: &str = "pipeline_batch_size = 10\nscan_batch_size = 10\nsleep = \"100ms\"";

fn fifo(scene: &Scene, name: &str) -> std::path::PathBuf {
    let path = scene.folder().join(name);
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
    path
}

/// A reader of a FIFO, which reads nothing by itself.
fn reader(fifo: &std::path::Path) -> std::fs::File {
    let opened: OwnedFd =
        rustix::fs::open(fifo, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).expect("a FIFO can be opened");
    opened.into()
}

/// Sends a signal, and fails unless the run ends within a few seconds.
#[track_caller]
fn ends_soon_after(running: Running<'_>, signal: Signal) -> Ran {
    let began = Instant::now();
    running.signal(signal);
    let ran = running.wait();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?} after the signal\n{}", began.elapsed(), ran.stderr);
    ran
}

/// Waits until a FIFO or a pipe accepts no more.
fn until_full(running: &mut Running<'_>, writer: &std::fs::File) {
    running.until("its output is full", |_| {
        let mut poll = [rustix::event::PollFd::new(writer, rustix::event::PollFlags::OUT)];
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        rustix::event::poll(&mut poll, Some(&now)).expect("a pipe can be polled") == 0
    });
}

/// The tests may run under `nohup`, whose SIGHUP is ignored by all that it starts.
const HEARS_SIGHUP: [&str; 2] = ["env", "--default-signal=HUP"];

#[test]
fn sighup_ends_a_run_as_sigterm_does() {
    let scene = Scene::new();
    scene.source.fill(200);
    scene.job(SLOWLY);
    let prepared = scene.prepare(&["run", "job.toml", "--report", "report.json"]);
    let mut running = prepared.under(&HEARS_SIGHUP).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    let ran = ends_soon_after(running, Signal::HUP).exits(143);
    assert_eq!(i64::try_from(ran.count("all", "copied")).expect("small"), scene.destination.size());
    ran.reasons("all", &["interrupted by SIGHUP"]).stdout_has("interrupted").stderr_has("received SIGHUP");
}

#[test]
fn a_run_with_nohup_survives_sighup() {
    let scene = Scene::new();
    scene.source.fill(100);
    scene.job(SLOWLY);
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).under(&["nohup"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    running.signal(Signal::HUP);
    running.wait().exits(0).outcomes("all", "copied 100");
}

#[test]
fn a_signal_ends_a_run_whose_error_log_is_a_fifo_that_nothing_reads() {
    let scene = Scene::careful();
    for key in 0..1500 {
        poison(&scene.source, format!("poison:{key}"));
    }
    scene.job("error_log.path = \"fifo\"\nmax_errored_keys = 100000");
    let fifo = fifo(&scene, "fifo");
    let reader = reader(&fifo);
    let writer = std::fs::File::options().write(true).open(&fifo).expect("it has a reader");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    until_full(&mut running, &writer);
    let ran = ends_soon_after(running, Signal::INT).exits(130);
    ran.assert_account("all");
    assert_eq!(
        ran.reasons("all", &["interrupted by SIGINT", "cannot write fifo: its reader takes nothing"]).code(),
        130
    );
    drop(reader);
}

#[test]
fn a_signal_ends_a_run_whose_report_is_a_fifo_that_nothing_reads() {
    let scene = Scene::new();
    scene.source.fill(5);
    let fifo = fifo(&scene, "fifo");
    let mut reader = reader(&fifo);
    let mut writer = std::fs::File::options().write(true).open(&fifo).expect("it has a reader");
    rustix::fs::fcntl_setfl(&writer, OFlags::NONBLOCK).expect("a flag");
    while std::io::Write::write(&mut writer, &[b' '; 4096]).is_ok() {}
    scene.job("");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "fifo"]).spawn();
    running.until("the keys have arrived", |scene| scene.destination.size() == 5);
    std::thread::sleep(Duration::from_millis(300));
    assert!(!running.has_ended(), "it waits for the reader of the report");
    let ran = ends_soon_after(running, Signal::INT).exits(130);
    ran.stderr_has("cannot write fifo: its reader takes nothing, and a signal ended the wait").stdout_has("done");
    reader.read_exact(&mut [0; 4096]).expect("the FIFO is still there");
}

#[test]
fn a_signal_ends_a_run_whose_log_nothing_reads() {
    let scene = Scene::new();
    scene.source.fill(5);
    scene.job("");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut full: std::fs::File = OwnedFd::from(writer).into();
    rustix::fs::fcntl_setfl(&full, OFlags::NONBLOCK).expect("a flag");
    while std::io::Write::write(&mut full, &[b' '; 4096]).is_ok() {}
    rustix::fs::fcntl_setfl(&full, OFlags::empty()).expect("no flag");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).stderr(full).spawn();
    running.until("the keys have arrived", |scene| scene.destination.size() == 5);
    std::thread::sleep(Duration::from_millis(300));
    assert!(!running.has_ended(), "no line is lost as long as no signal arrives");
    ends_soon_after(running, Signal::TERM).outcomes("all", "copied 5").exits(0);
    drop(reader);
}

#[test]
fn a_signal_ends_a_run_that_cannot_go_on_because_nothing_reads_its_log() {
    let scene = Scene::new();
    scene.source.fill(5000);
    scene.job("");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let running = scene.prepare(&["run", "job.toml", "-vv", "--report", "report.json"]).stderr(writer).spawn();
    std::thread::sleep(Duration::from_secs(1));
    assert!(scene.destination.size() < 5000, "it waits until its lines are read");
    ends_soon_after(running, Signal::INT).exits(130).assert_account("all");
    drop(reader);
}

#[test]
fn a_signal_ends_a_run_whose_backup_is_a_fifo_without_a_writer() {
    let scene = Scene::new();
    fifo(&scene, "fifo");
    scene.file("job.toml", "[[job]]\nname = \"all\"\nsource.rdb = \"fifo\"\ndestination = {DESTINATION}\n");
    let running = scene.prepare(&["run", "job.toml"]).spawn();
    std::thread::sleep(Duration::from_millis(500));
    ends_soon_after(running, Signal::INT).exits(130);
}

#[test]
fn a_signal_ends_a_run_that_waits_for_a_connection() {
    let scene = Scene::new();
    scene.job("");
    // A listener whose queue is full accepts no connection and refuses none.
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port");
    listener.listen(0).expect("a listener");
    let address = listener.local_addr().expect("an address").as_socket().expect("an IP address");
    let _first = TcpStream::connect(address).expect("the queue has one place");
    let port = format!("source.port={}", address.port());
    let timeout = "source.connect_timeout=1h";
    let running = scene.prepare(&["run", "job.toml", "--set", &port, "--set", timeout]).under(&HEARS_SIGHUP).spawn();
    std::thread::sleep(Duration::from_millis(500));
    ends_soon_after(running, Signal::HUP).exits(143);
}

#[test]
fn a_signal_ends_a_run_that_waits_for_a_name_server() {
    if !is_superuser("it replaces the name server, in a namespace of its own") {
        return;
    }
    let scene = Scene::new();
    scene.job("");
    scene.file("resolv.conf", "nameserver 127.0.0.77\noptions timeout:20 attempts:3\n");
    let silent = std::net::UdpSocket::bind("127.0.0.77:53").expect("no other name server at this address");
    let script = "mount --bind resolv.conf /etc/resolv.conf && exec \"$@\"";
    let host = ["--set", "source.host=nowhere.invalid", "--set", "source.connect_timeout=1h"];
    let run = scene.prepare(&[&["run", "job.toml"], &host[..]].concat());
    let running = run.under(&["unshare", "--mount", "sh", "-c", script, "sh"]).spawn();
    let mut query = [0; 512];
    let (bytes, _) = silent.recv_from(&mut query).expect("a query");
    assert!(query[..bytes].windows(7).any(|part| part == b"nowhere"), "it asks for the host");
    ends_soon_after(running, Signal::INT).exits(130);
}
