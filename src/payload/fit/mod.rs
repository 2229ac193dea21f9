//! Making a payload one that the destination takes.
//!
//! Cheapest first: it is passed as it is; or given the lowest version that its type needs; or its
//! value is written in a form that the destination knows.

mod backlen;
mod builder;
mod fitting;
mod hash;
mod origin;
mod plain;
mod stream;
mod target;
mod unfit;

pub use fitting::{Fitted, fit};
pub use origin::Origin;
use target::FieldExpiry;
pub use target::{Target, probe};
pub use unfit::Unfit;
