//! Making a payload fit, so that the destination accepts it.
//!
//! The cheapest way that works is used: the payload is passed unchanged; or it gets the lowest RDB version that its type
//! needs; or its value is written in another form, which the destination supports.

mod backlen;
mod builder;
mod fitting;
mod foresight;
mod hash;
mod origin;
mod plain;
mod result;
mod stream;
mod target;

pub use fitting::fit;
pub use foresight::may_be_unfit;
pub use origin::Origin;
pub use result::{Fitted, Unfit};
use target::FieldExpiry;
pub use target::{Target, probe};
