//! Servers behind one name, whose resolver is replaced.

use std::cell::Cell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::error::Side;
use crate::job::{Endpoint, LogMode, samples};
use crate::resp::{Decoder, Reply};
use crate::server::resolve::Resolve;
use crate::server::{Contact, Session};

/// Returns these answers in turn.
#[derive(Debug)]
struct Names {
    answers: Vec<Vec<SocketAddr>>,
    asked: Cell<usize>,
}

impl Names {
    fn in_turn(answers: &[&[SocketAddr]]) -> Self {
        Self { answers: answers.iter().map(|answer| answer.to_vec()).collect(), asked: Cell::new(0) }
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> LocalBoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        assert_eq!((host, port), ("several.example", 6379));
        let asked = self.asked.replace(self.asked.get() + 1);
        let answer = self.answers[asked % self.answers.len()].clone();
        async move { Ok(answer) }.boxed_local()
    }
}

/// A server that answers `INFO` with this text, `PING` with its own, and other commands with an error or `+OK`.
async fn server(info: &str) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (address, info) = (listener.local_addr().unwrap(), format!("redis_version:7.0.15\r\n{info}"));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(answer(client, info.clone()));
        }
    });
    address
}

async fn answer(mut client: TcpStream, info: String) {
    let mut decoder = Decoder::default();
    loop {
        while let Some(Reply::Array(words)) = decoder.next_reply().unwrap() {
            let reply = match &words[0] {
                Reply::Bulk(name) if name == "PING" && words.len() == 2 => echo(&words[1]),
                Reply::Bulk(name) if name.eq_ignore_ascii_case(b"INFO") => format!("${}\r\n{info}\r\n", info.len()),
                Reply::Bulk(name) if name.eq_ignore_ascii_case(b"CONFIG") => "-ERR unknown command\r\n".to_owned(),
                _ => "+OK\r\n".to_owned(),
            };
            client.write_all(reply.as_bytes()).await.unwrap();
        }
        if client.read_buf(&mut decoder.buffer).await.unwrap_or(0) == 0 {
            return;
        }
    }
}

fn echo(text: &Reply) -> String {
    let Reply::Bulk(text) = text else { panic!("a text") };
    format!("${}\r\n{}\r\n", text.len(), String::from_utf8_lossy(text))
}

fn endpoint() -> Endpoint {
    let mut endpoint = samples::job("a", Path::new("x.log"), LogMode::Append).destination.endpoint;
    endpoint.location = crate::job::Location::Tcp { host: "several.example".to_owned(), port: 6379 };
    endpoint.password = None;
    endpoint.connect_timeout = Duration::from_secs(2);
    endpoint
}

/// Opens the connections of an endpoint, and compares them with others. Returns the message of the error.
async fn compared(side: Side, names: Names) -> Result<(), String> {
    let contact = Contact::with_resolver(side, &endpoint(), "test", Vec::new(), names);
    let examined = async {
        let (control, _scan, _data) =
            tokio::try_join!(Control::open(&contact), Session::open(&contact), Session::open(&contact))?;
        control.compare_connections(3).await
    };
    tokio::task::LocalSet::new().run_until(examined).await.map_err(|error: EndpointError| error.to_string())
}

const SIDES: [Side; 2] = [Side::Source, Side::Destination];

#[tokio::test]
async fn a_name_that_returns_one_of_two_addresses_in_turn_is_refused_at_each_endpoint() {
    let (one, other) = (server("run_id:1\r\n").await, server("run_id:2\r\n").await);
    for side in SIDES {
        let message = compared(side, Names::in_turn(&[&[one], &[other]])).await.unwrap_err();
        let start =
            format!("the {side} `several.example:6379` is several servers: connections to it reach processes with");
        assert!(message.starts_with(&start) && message.contains("the run_id "), "{message}");
    }
}

#[tokio::test]
async fn a_name_whose_second_address_is_never_first_is_refused() {
    let (one, other) = (server("run_id:1\r\n").await, server("run_id:2\r\n").await);
    for side in SIDES {
        let message = compared(side, Names::in_turn(&[&[one, other]])).await.unwrap_err();
        assert!(message.ends_with("reach processes with the run_id 1 and 2"), "{message}");
    }
}

#[tokio::test]
async fn servers_that_hide_their_run_id_are_told_apart_by_their_replication_id() {
    let masters = [server("master_replid:a\r\nmaster_replid2:0\r\n").await, server("master_replid:b\r\n").await];
    let message = compared(Side::Source, Names::in_turn(&[&masters[..1], &masters[1..]])).await.unwrap_err();
    assert!(message.contains("reach processes with the master_replid "), "{message}");
    let again = server("master_replid:a\r\nmaster_replid2:0\r\n").await;
    assert_eq!(compared(Side::Source, Names::in_turn(&[&[masters[0], again]])).await, Ok(()));
}

#[tokio::test]
async fn a_server_with_several_addresses_or_one_that_is_unreachable_is_one_server() {
    let one = server("run_id:1\r\n").await;
    let again = server("run_id:1\r\n").await;
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    for side in SIDES {
        assert_eq!(compared(side, Names::in_turn(&[&[one, again], &[closed, one]])).await, Ok(()));
    }
}
