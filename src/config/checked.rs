//! From merged layers to a checked job.

use std::path::PathBuf;

use figment::value::Value;

use super::configuration::{ConfiguredJob, Warning};
use super::elements::WholeNumber;
use super::fault::{Fault, Faults, Problem};
use super::origin::Origin;
use super::raw::{RawEndpoint, RawJob, RawSource};
use super::request::Secrets;
use super::stack::Stack;
use crate::error::Side;
use crate::job::{Backup, Databases, Endpoint, ErrorLog, Job, Limits, Location, Secret, Selection, Source};

const SIDES: [Side; 2] = [Side::Source, Side::Destination];

/// What is for a source that is a server.
const OF_SERVERS: [&str; 9] = [
    "source.port",
    "source.username",
    "source.password",
    "source.password_file",
    "source.connect_timeout",
    "source.response_timeout",
    "scan_batch_size",
    "lanes",
    "max_source_latency",
];

/// What is for a source that is a file.
const OF_FILES: [&str; 1] = ["functions"];

/// Where faults and warnings go, and what is asked for.
pub(super) struct Check<'a> {
    pub secrets: Secrets,
    /// Whether there are job files, and not just the one job out of variables.
    pub has_files: bool,
    pub faults: &'a mut Faults,
    pub warnings: &'a mut Vec<Warning>,
}

impl Check<'_> {
    /// Makes the job, or tells why it cannot be made; `None` also for what has been told before, such as a name
    /// that is wrong or missing.
    pub fn job(&mut self, name: Option<&str>, origin: Origin, stack: &Stack) -> Option<ConfiguredJob> {
        self.destination_host(name, &origin, stack);
        self.databases(name, stack);
        self.without_effect(name, stack);
        let passwords = SIDES.map(|side| self.password(side, stack));
        if !self.faults.is_empty() {
            return None;
        }
        match stack.merged().extract::<RawJob>() {
            Ok(raw) => {
                let job = checked(raw, passwords)?;
                let password_files = SIDES.into_iter().filter_map(|side| password_file(side, stack));
                let password_files = password_files.map(|file| file.path).collect();
                Some(ConfiguredJob { job, origin, values: stack.values(), password_files })
            }
            Err(error) => {
                // Each value has been read before; its kind alone tells enough, and shows no secret.
                let what = format!("{} cannot be read again", error.path.join("."));
                self.faults.push(Fault::at(origin, Problem::Internal(what)).in_job(name));
                None
            }
        }
    }

    fn destination_host(&mut self, name: Option<&str>, origin: &Origin, stack: &Stack) {
        let given = ["destination.host", "destination.url"];
        if stack.value(given[0]).is_some() || given.iter().any(|path| stack.is_faulty(path)) {
            return;
        }
        let problem = Problem::Missing("destination.host");
        let (fault, hint) = if self.has_files {
            let hint = "give it, or `destination.url`, in the job or in `[defaults]`, as variable \
                        `RKM_DESTINATION__HOST`, or by `--set destination.host=…`";
            (Fault::at(origin.clone(), problem), hint)
        } else {
            let hint = "name a job file, or give it as variable `DESTINATION_REDIS_HOST` or `RKM_DESTINATION__HOST`, \
                        or by `--set destination.host=…`";
            (Fault::of_the_run(problem), hint)
        };
        self.faults.push(fault.in_job(name).hint(hint.to_owned()));
    }

    /// Only a file has all its databases at hand, and then each key keeps its own.
    fn databases(&mut self, name: Option<&str>, stack: &Stack) {
        let Some((db, place)) = stack.value("source.db").filter(|(db, _)| db.as_str() == Some("all")) else { return };
        let is_file = stack.value("source.rdb").is_some() || stack.is_faulty("source.rdb");
        let problem = if !is_file {
            let expected = "between 0 and 65535: only a file (`source.rdb`) has \"all\"".to_owned();
            Problem::Unfit {
                key: "source.db".to_owned(),
                value: format!("{:?}", db.as_str().unwrap_or_default()),
                expected,
            }
        } else if stack.value("destination.db").is_some_and(|(db, _)| number(&db) != Some(0)) {
            let keys = vec!["source.db", "destination.db"];
            Problem::Exclusive { keys, why: "with \"all\", each key goes to the database that it comes from" }
        } else {
            return;
        };
        self.faults.push(Fault::at(place, problem).in_job(name));
    }

    /// What is given and changes nothing is said.
    fn without_effect(&mut self, name: Option<&str>, stack: &Stack) {
        let is_file = stack.value("source.rdb").is_some();
        let candidates = if is_file { &OF_SERVERS[..] } else { &OF_FILES };
        let is_given = |key: &&&str| match stack.value(key) {
            Some((value, origin)) => origin != Origin::Default && value.to_bool() != Some(false),
            None => false,
        };
        let keys: Vec<&'static str> = candidates.iter().filter(is_given).copied().collect();
        if !keys.is_empty() {
            self.warnings.push(Warning::NoEffect { job: name.unwrap_or_default().to_owned(), keys, is_file });
        }
    }

    /// The password that stands in the end's file, if it has one.
    fn password(&mut self, side: Side, stack: &Stack) -> Option<Secret> {
        let PasswordFile { key, path, origin } = password_file(side, stack)?;
        let message = match std::fs::read(&path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => return Some(Secret::new(without_newline(&text))),
                Err(_) => "it is not valid UTF-8".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        let fault = Fault::at(origin, Problem::PasswordFile { key, path, message });
        match self.secrets {
            Secrets::Read => self.faults.push(fault),
            Secrets::Warn => {
                let warning = Warning::PasswordFile(fault);
                if !self.warnings.contains(&warning) {
                    self.warnings.push(warning);
                }
            }
        }
        None
    }
}

/// Where an end's password comes from, and which key says so.
struct PasswordFile {
    key: &'static str,
    path: PathBuf,
    origin: Origin,
}

fn password_file(side: Side, stack: &Stack) -> Option<PasswordFile> {
    let key = match side {
        // A file has no login.
        Side::Source if stack.value("source.rdb").is_some() => return None,
        Side::Source => "source.password_file",
        Side::Destination => "destination.password_file",
    };
    let (path, origin) = stack.value(key)?;
    Some(PasswordFile { key, path: path.as_str()?.into(), origin })
}

fn number(value: &Value) -> Option<i128> {
    value.to_i128().or_else(|| i128::try_from(value.to_u128()?).ok())
}

/// One newline at the end is the editor's, not the password's.
fn without_newline(text: &str) -> &str {
    text.strip_suffix('\n').map_or(text, |rest| rest.strip_suffix('\r').unwrap_or(rest))
}

/// `None` if the destination has no host, which has been told before.
fn checked(raw: RawJob, [source_file, destination_file]: [Option<Secret>; 2]) -> Option<Job> {
    // Without effect on a file, as has been said.
    let source_latency = raw.max_source_latency.filter(|_| raw.source.rdb.is_none());
    Some(Job {
        name: raw.name.0,
        source: source(raw.source, source_file)?,
        destination: endpoint(raw.destination, destination_file)?,
        selection: Selection {
            matches: raw.matches.0,
            exclude: raw.exclude.map(|patterns| patterns.0).unwrap_or_default(),
            types: raw.types.map(|names| names.0).unwrap_or_default(),
        },
        scan_batch_size: raw.scan_batch_size.to(),
        lanes: raw.lanes.0,
        pipeline_batch_size: raw.pipeline_batch_size.to(),
        max_processed_existing_keys: raw.max_processed_existing_keys.to(),
        sleep: raw.sleep.0,
        limits: Limits {
            keys_per_second: raw.max_keys_per_second.map(WholeNumber::to),
            bytes_per_second: raw.max_bytes_per_second.map(|bytes| bytes.0),
            source_latency: source_latency.map(|latency| latency.0),
        },
        max_errored_keys: raw.max_errored_keys.to(),
        on_existing: raw.on_existing.0,
        on_unsupported: raw.on_unsupported.0,
        functions: raw.functions.0,
        error_log: ErrorLog { path: raw.error_log.path.0, mode: raw.error_log.mode.0 },
    })
}

/// `None` if it has neither file nor host, or a host and a database that only a file has; both have been told before.
fn source(raw: RawSource, from_file: Option<Secret>) -> Option<Source> {
    if let Some(rdb) = raw.rdb {
        return Some(Source::Backup(Backup { rdb: rdb.0, db: raw.db.0 }));
    }
    let Databases::One(db) = raw.db.0 else { return None };
    Some(Source::Server(Endpoint {
        location: Location::Tcp { host: raw.host?.0, port: raw.port?.to() },
        db,
        username: raw.username.map(|username| username.0),
        password: raw.password.map(|password| password.0).or(from_file),
        connect_timeout: raw.connect_timeout?.0,
        response_timeout: raw.response_timeout?.0,
    }))
}

fn endpoint(raw: RawEndpoint, from_file: Option<Secret>) -> Option<Endpoint> {
    Some(Endpoint {
        location: Location::Tcp { host: raw.host?.0, port: raw.port.to() },
        db: raw.db.to(),
        username: raw.username.map(|username| username.0),
        password: raw.password.map(|password| password.0).or(from_file),
        connect_timeout: raw.connect_timeout.0,
        response_timeout: raw.response_timeout.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_newline_at_the_end_of_a_password_file_is_dropped() {
        let cases =
            [("p", "p"), ("p\n", "p"), ("p\r\n", "p"), ("p\n\n", "p\n"), ("p ", "p "), ("p\r", "p\r"), ("", "")];
        for (text, password) in cases {
            assert_eq!(without_newline(text), password, "{text:?}");
        }
    }
}
