//! Where entries come from.

mod reading;
mod server;

pub use reading::{Look, Reading};
pub use server::{Page, Source};
