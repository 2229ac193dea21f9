//! A port that refuses connections.

use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// A port of 127.0.0.1 where no server listens, until the test program ends. A socket is bound to it, so that no other
/// test gets it.
pub fn closed_port() -> u16 {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port on loopback");
    let address = socket.local_addr().expect("its address").as_socket().expect("an address of IPv4");
    std::mem::forget(socket);
    address.port()
}
