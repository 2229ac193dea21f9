//! Configuration: layers → merged values → checked jobs.
//!
//! [`load()`] reads everything and either gives checked [`Job`](crate::job::Job)s, each value with its
//! origin, or every fault that there is. Each layer is a figment provider over values that have been read and
//! found fit one by one, so that a wrong value is reported where it stands even if a stronger layer has another.
//!
//! | file | what is there |
//! |---|---|
//! | `keys`, `endpoint_keys` | the table of known keys; those of an endpoint, and what they rule out |
//! | `elements/` | one file for each kind of value |
//! | `file/` | job files |
//! | `overrides`, `script`, `plain` | variables and `--set`, the script's variables, values from plain texts |
//! | `layer`, `endpoints`, `stack` | one layer, the ways to name an endpoint, a job's layers merged |
//! | `checked` | the job that is made of its merged layers |
//! | `fault`, `unfit`, `nearest` | what can be wrong, and how it is said |
//! | `schema`, `table` | what is generated: JSON Schema, the README's table of options |

mod checked;
mod configuration;
mod elements;
mod endpoint_keys;
mod endpoints;
mod environment;
mod fault;
mod file;
mod keys;
mod layer;
mod load;
mod nearest;
mod origin;
mod overrides;
mod plain;
mod request;
mod schema;
mod script;
mod stack;
mod table;
mod unfit;

#[cfg(test)]
mod tests;

pub use configuration::{Configuration, ConfiguredJob, ConfiguredValue, Override, Warning};
pub use fault::{Fault, Faults, Problem};
pub use keys::{KEYS, Key};
pub use load::{DEFAULTS, SCRIPT_JOB, load};
pub use origin::Origin;
pub use request::{Request, Secrets};
pub use schema::schema;
pub use table::option_table;
