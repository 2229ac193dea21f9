//! One server that keys are read from.

mod permissions;
mod read;
mod replies;
mod server;

pub use server::{Node, NodePage};
