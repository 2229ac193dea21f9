//! A slow line: what the client sends arrives in small pieces, so a server serves others in the middle of a pipeline.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// The pause after each piece.
const PAUSE: Duration = Duration::from_micros(50);

/// Forwards connections to a port of this machine until the test's process ends, and what the client sends in pieces of
/// so many bytes. Returns the port where it listens.
pub fn in_pieces(to: u16, bytes: usize) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)) else { return };
            for stream in [&client, &server] {
                stream.set_nodelay(true).expect("an open socket");
            }
            let (from, back) = (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
            thread::spawn(move || forward(from, server, bytes, PAUSE));
            thread::spawn(move || forward(back, client, 1 << 16, Duration::ZERO));
        }
    });
    port
}

fn forward(mut from: TcpStream, mut to: TcpStream, bytes: usize, pause: Duration) {
    let mut buffer = vec![0; bytes];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
        if !pause.is_zero() {
            thread::sleep(pause);
        }
    }
    // It may be closed already.
    let _ = to.shutdown(Shutdown::Write);
}
