//! From a host name to addresses. Tests replace it.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

/// Finds the addresses of a host name.
pub trait Resolve: fmt::Debug {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> LocalBoxFuture<'a, io::Result<Vec<SocketAddr>>>;
}

/// Asks the system.
#[derive(Debug)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> LocalBoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) }.boxed_local()
    }
}
