//! The value as `DUMP` gives it and `RESTORE` takes it.

mod kind;

pub use kind::type_name;
