//! Configuration: layers → merged values → checked jobs.
//!
//! [`load()`] reads everything and returns either checked [`Job`](crate::job::Job)s, each value with its origin, or
//! all faults. Each layer is a figment provider of values that have been checked one by one. So an invalid value is
//! reported with its place even if a stronger layer has another value.
//!
//! | file | content |
//! |---|---|
//! | `keys`, `endpoint_keys`, `endpoint_parts` | the table of known keys; those of an endpoint; the rules between them |
//! | `elements/` | one file for each kind of value |
//! | `file/` | job files |
//! | `arguments` | arguments that are given like job files but are something else |
//! | `overrides`, `script`, `plain` | variables and `--set`, the script's variables, values from plain texts |
//! | `endpoint_table`, `endpoint_variables`, `named_endpoints` | named endpoints: one table, variables, what a job can use |
//! | `siblings` | jobs and endpoints in the other files of a project |
//! | `service_links` | variables of Kubernetes that are ignored |
//! | `project` | the project file, and the selected profile |
//! | `command_line` | the job of `migrate` |
//! | `choice` | which jobs are chosen, by name and by tag |
//! | `layer`, `endpoints`, `stack` | one layer, the rules applied to layers, a job's layers merged |
//! | `checked`, `building`, `selecting` | checks of a job's merged layers; the job that is made of them; which keys it moves |
//! | `password`, `tls`, `unverified` | files with passwords, certificates and keys; what `verify = false` means |
//! | `location`, `announced`, `read_only` | where a server is; the keys of an endpoint that Sentinels name, or that is a cluster; endpoints that are never written to |
//! | `backup_files` | the files that the texts of `source.rdb` stand for |
//! | `fault`, `hints`, `nearest`, `answers` | faults, their messages and hints; answers for names that users try |
//! | `interpolation` | values that refer to a variable, which are refused |
//! | `mask` | what messages show instead of a password that a user gave at a wrong place |
//! | `listed` | names and keys that shells offer |
//! | `schema`, `table` | generated texts: the JSON Schemas, the README's table of options |

mod announced;
mod answers;
mod arguments;
mod backup_files;
mod building;
mod checked;
mod checkpoints;
mod choice;
mod command_line;
mod configuration;
mod databases;
mod elements;
mod endpoint_keys;
mod endpoint_parts;
mod endpoint_table;
mod endpoint_variables;
mod endpoints;
mod environment;
mod fault;
mod file;
mod hints;
mod interpolation;
mod keys;
mod layer;
mod listed;
mod load;
mod location;
mod mask;
mod named_endpoints;
mod nearest;
mod origin;
mod overrides;
mod password;
mod plain;
mod project;
mod read_only;
mod request;
mod schema;
mod script;
mod selecting;
mod service_links;
mod siblings;
mod stack;
mod table;
mod tls;
mod unverified;

#[cfg(test)]
mod tests;

pub use command_line::CommandLineJob;
pub use configuration::{Configuration, ConfiguredJob, ConfiguredValue, Override, Warning};
pub use fault::{Fault, Faults, Problem};
pub use file::Texts;
pub(crate) use hints::unknown_option as hint_for_option;
pub use keys::{ConfigKey, KEYS};
pub(crate) use listed::{Listed, OfferedKey, listed};
pub use load::{DEFAULTS, SCRIPT_JOB, load, profile_names};
pub(crate) use mask::{argument as masked_argument, setting as masked_setting};
pub use origin::Origin;
pub use project::{PROJECT_FILE, find_project_file};
pub use request::{Request, Secrets};
pub use schema::{project_schema, schema};
pub use table::option_table;
