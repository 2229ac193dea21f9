//! A server that sends without end is refused, and does not fill our memory.

use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::support::{Ca, Ran, Scene, TlsTerminator, read_reply, read_request};

const MIB: u64 = 1 << 20;

/// Forwards to a server, except that the reply to a command is a header followed by zeros without end.
fn endless_replies(to: u16, command: &'static str, header: &'static str) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).expect("the server listens");
            // Any error means that the client has closed its connection.
            thread::spawn(move || forward(client, server, command, header).ok());
        }
    });
    port
}

fn forward(mut client: TcpStream, mut server: TcpStream, command: &str, header: &str) -> std::io::Result<()> {
    let mut requests = BufReader::new(client.try_clone()?);
    let mut replies = BufReader::new(server.try_clone()?);
    loop {
        let (words, raw) = read_request(&mut requests)?;
        if words[0].eq_ignore_ascii_case(command.as_bytes()) {
            client.write_all(header.as_bytes())?;
            let zeros = vec![b'0'; 1 << 20];
            loop {
                client.write_all(&zeros)?;
            }
        }
        server.write_all(&raw)?;
        client.write_all(&read_reply(&mut replies)?)?;
    }
}

/// Runs with a source whose reply to a command has no end. Returns the peak memory, too.
fn run(command: &'static str, header: &'static str, has_tls: bool) -> (Ran, u64) {
    let scene = Scene::new();
    scene.source.fill(100);
    let port = endless_replies(scene.source.port(), command, header);
    scene.job("");
    let ca = Ca::new();
    ca.write(scene.folder(), "ca.pem");
    let before = has_tls.then(|| TlsTerminator::before(port, &ca.certify(&["127.0.0.1"])));
    let port = format!("source.port={}", before.as_ref().map_or(port, TlsTerminator::port));
    let settings = [port, "source.tls.ca_file=ca.pem".to_owned()];
    let mut running = scene.prepare_job(&settings[..=usize::from(has_tls)]).spawn();
    let mut peak = 0;
    while !running.has_ended() {
        peak = running.peak_memory().unwrap_or(peak);
        thread::sleep(Duration::from_millis(1));
    }
    (running.wait(), peak)
}

#[test]
fn a_reply_without_end_ends_the_job_with_code_3() {
    for (command, header, problem) in [
        ("DUMP", "$99999999999999\r\n", "a bulk string that is too long"),
        ("DUMP", "$2500000000\r\n", "a bulk string that is longer than its header says"),
        ("DUMP", "*99999999\r\n", "an array that is too long"),
        ("DUMP", "+", "a line that is too long"),
        ("SCAN", "$99999999999999\r\n", "a bulk string that is too long"),
        // On the control connection.
        ("TIME", "$99999999999999\r\n", "a reply that is too long"),
        ("TIME", "+", "a reply that is too long"),
    ] {
        let (ran, peak) = run(command, header, false);
        ran.exits(3).stderr_has(&format!("sent an unexpected reply: {problem}"));
        assert!((1..=96 * MIB).contains(&peak), "{command} {header:?}: {} MiB at the peak", peak / MIB);
    }
}

#[test]
fn so_does_one_over_tls() {
    for (command, header, problem) in
        [("DUMP", "+", "a line that is too long"), ("TIME", "$99999999999999\r\n", "a reply that is too long")]
    {
        let (ran, peak) = run(command, header, true);
        ran.exits(3).stderr_has(&format!("sent an unexpected reply: {problem}"));
        assert!((1..=96 * MIB).contains(&peak), "{command} {header:?}: {} MiB at the peak", peak / MIB);
    }
}
