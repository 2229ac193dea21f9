//! Checks of the merged layers of a job.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::announced;
use super::building::{FromFiles, checked};
use super::configuration::{ConfiguredJob, Warning};
use super::databases;
use super::elements::Flag;
use super::endpoint_keys::SIDES;
use super::endpoint_parts::Part;
use super::fault::{Fault, Faults, Problem};
use super::keys::{self, ConfigKey};
use super::origin::Origin;
use super::password::{PASSWORD_FILES, PasswordFile};
use super::read_only::{self, ReadOnly};
use super::request::Secrets;
use super::selecting::{check_lifetimes, check_list, check_prefix};
use super::stack::Stack;
use super::tls;
use crate::error::Side;
use crate::job::{Glob, Job, Secret, Selection, Suspicion, Tls};

/// Keys that only matter if the source is a server, besides those of an endpoint. The first two are about scans.
const OF_SERVERS: [&str; 3] = ["scan_batch_size", "lanes", "max_source_latency"];

/// The permission to read for the group, and for everyone.
const READABLE_BY_GROUP: u32 = 0o040;
const READABLE_BY_ALL: u32 = 0o004;

/// Checks jobs, and collects faults and warnings.
pub(super) struct Check<'a> {
    pub secrets: Secrets,
    /// Whether there are job files; otherwise the only job consists of variables.
    pub has_files: bool,
    pub faults: &'a mut Faults,
    pub warnings: &'a mut Vec<Warning>,
    pub read_only: ReadOnly,
}

impl Check<'_> {
    /// Returns the job, or reports its faults. `None` also if a fault has been reported before, such as a missing name.
    pub fn job(&mut self, name: Option<&str>, origin: Origin, stack: &Stack) -> Option<ConfiguredJob> {
        for side in SIDES {
            self.place(side, name, &origin, stack);
            self.doubtful_user(side, name, stack);
            self.push(announced::missing_service(side, stack), name);
            self.push(announced::declared_cluster(side, stack), name);
        }
        self.push(read_only::destination(stack), name);
        self.databases(name, stack);
        check_prefix(name, stack, self.faults);
        check_lifetimes(name, stack, self.faults);
        check_list(name, stack, self.faults);
        self.without_effect(name, stack);
        let from_files = SIDES.map(|side| self.files_of(side, name, stack));
        if !self.faults.is_empty() {
            return None;
        }
        match checked(stack, from_files) {
            Ok(job) => {
                self.patterns(&job);
                let values = databases::values(stack, &job.destination.db);
                let job = ConfiguredJob { job, origin, values, secret_files: secret_files(stack) };
                self.read_only.add(&job, stack);
                Some(job)
            }
            Err(problem) => {
                self.faults.push(Fault::at(origin, problem).in_job(name));
                None
            }
        }
    }

    fn push(&mut self, fault: Option<Fault>, name: Option<&str>) {
        if let Some(fault) = fault {
            self.faults.push(fault.in_job(name));
        }
    }

    /// Reports an endpoint without a place, unless a key for it is faulty: that has been reported.
    fn place(&mut self, side: Side, name: Option<&str>, origin: &Origin, stack: &Stack) {
        let places: Vec<&ConfigKey> = keys::of_side(side).filter(|key| key.is_part(&Part::PLACES)).collect();
        let is_named_badly = stack.is_faulty(keys::of(side, "endpoint").path);
        if is_named_badly || stack.place(side).is_some() || places.iter().any(|key| stack.is_faulty(key.path)) {
            return;
        }
        let host = keys::of(side, "host");
        let others: Vec<String> =
            places.iter().filter(|key| key.path != host.path).map(|key| format!("`{}`", key.path)).collect();
        let (last, first) =
            others.split_last().map_or((String::new(), String::new()), |(l, f)| (l.clone(), f.join(", ")));
        let (others, variable) = (format!("{first} or {last}"), host.variable().unwrap_or_default());
        let set = format!("or by `--set {}=…`", host.path);
        let problem = Problem::Missing(host.path);
        let (fault, hint) = if self.has_files {
            let hint = format!("give it, {others} in the job or in `[defaults]`, as variable `{variable}`, {set}");
            (Fault::at(origin.clone(), problem), hint)
        } else {
            let script = host.script.unwrap_or_default();
            let hint = format!("name a job file, or give it, {others} as variable `{script}` or `{variable}`, {set}");
            (Fault::of_the_run(problem), hint)
        };
        self.faults.push(fault.in_job(name).hint(hint));
    }

    /// Reports a URL whose user may be the password: `redis-cli -u redis://PASSWORD@host` reads it like that.
    fn doubtful_user(&mut self, side: Side, name: Option<&str>, stack: &Stack) {
        let Some(place) = stack.doubtful_user(side) else { return };
        let reason = "has a text before its `@` that may be a user or a password, and no password".to_owned();
        let problem = Problem::Refused { key: keys::of(side, "url").path.to_owned(), reason };
        let hint = "write `:PASSWORD@`, `USER:PASSWORD@`, or, for a user without a password or whose password a stronger \
                    layer gives, `USER:@`";
        self.faults.push(Fault::at(place, problem).in_job(name).hint(hint.to_owned()));
    }

    /// Reports databases that do not fit each other, unless a key for them is faulty: that has been reported.
    fn databases(&mut self, name: Option<&str>, stack: &Stack) {
        let is_faulty = ["source.db", databases::DESTINATION].into_iter().any(|path| stack.is_faulty(path));
        if let (false, Err(problem)) = (is_faulty, databases::databases(stack))
            && let Some((_, place)) = stack.value(databases::DESTINATION)
        {
            self.faults.push(Fault::at(place, problem).in_job(name));
        }
    }

    /// Warns of keys that are given and change nothing.
    fn without_effect(&mut self, name: Option<&str>, stack: &Stack) {
        let is_given = |path: &&str| match stack.value(path) {
            Some((value, origin)) => origin != Origin::Default && value.to_bool() != Some(false),
            None => false,
        };
        let mut warn = |why: String, keys: Vec<&'static str>| {
            let keys: Vec<&'static str> = keys.into_iter().filter(is_given).collect();
            if !keys.is_empty() {
                self.warnings.push(Warning::NoEffect { job: name.unwrap_or_default().to_owned(), keys, why });
            }
        };
        if stack.value("keys_from").is_some() && !stack.is_file(Side::Source) {
            warn("`keys_from` is given, so the source is not scanned".to_owned(), OF_SERVERS[..2].to_vec());
        }
        for (side, place) in SIDES.into_iter().filter_map(|side| Some((side, stack.place(side)?))) {
            let ruled_out = place.displaces().map(|key| key.path);
            if stack.is_file(side) {
                warn("the source is a file".to_owned(), ruled_out.chain(OF_SERVERS).collect());
            } else {
                warn(format!("`{}` is given", place.path), ruled_out.collect());
            }
        }
    }

    /// Warns of patterns that hardly match what they should. Other suspicions are reported if no key matches.
    fn patterns(&mut self, job: &Job) {
        let Selection { matches, exclude, .. } = &job.selection;
        for (key, patterns) in [("match", matches), ("exclude", exclude)] {
            for suspicion in patterns.iter().flat_map(Glob::suspicions).filter(Suspicion::is_plain) {
                self.warnings.push(Warning::Pattern { job: job.name.clone(), key, suspicion });
            }
        }
    }

    /// Warns of a password file that other users can read. A pipe has no lasting permissions. A file of another user may be
    /// readable for its group: that is how this user can read it, as in a pod of Kubernetes.
    fn permissions(&mut self, key: &'static str, path: &Path) {
        let Ok(metadata) = std::fs::metadata(path) else { return };
        let mode = metadata.permissions().mode() & 0o7777;
        let warning = Warning::OpenPasswordFile { key, path: path.to_owned(), mode };
        let is_ours = metadata.uid() == rustix::process::geteuid().as_raw();
        let too_open = READABLE_BY_ALL | if is_ours { READABLE_BY_GROUP } else { 0 };
        if metadata.is_file() && mode & too_open != 0 && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// A disabled job needs no files.
    fn files_of(&mut self, side: Side, name: Option<&str>, stack: &Stack) -> FromFiles {
        if matches!(stack.optional::<Flag>("enabled"), Ok(Some(false))) {
            return FromFiles::default();
        }
        FromFiles {
            passwords: PASSWORD_FILES.map(|key| self.password(side, key, stack)),
            tls: self.tls(side, name, stack),
            sentinel_tls: self.read_tls(tls::of_sentinels(side, stack), side),
        }
    }

    /// The password from one of the endpoint's password files, if it has one.
    fn password(&mut self, side: Side, key: &str, stack: &Stack) -> Option<Secret> {
        let file = PasswordFile::of(side, key, stack)?;
        self.permissions(file.key, &file.path);
        file.read().map_err(|fault| self.unreadable(*fault)).ok()
    }

    /// The TLS settings of an endpoint, if it has some.
    fn tls(&mut self, side: Side, name: Option<&str>, stack: &Stack) -> Option<Tls> {
        let switch = keys::of(side, "tls").path;
        stack.place(side)?;
        if let Some((_, place)) = stack.value(switch).filter(|_| stack.has_tls(side) && stack.is_socket(side)) {
            let reason = "cannot be used with a Unix socket, whose connections are not encrypted".to_owned();
            self.faults.push(Fault::at(place, Problem::Refused { key: switch.to_owned(), reason }).in_job(name));
            return None;
        }
        for (key, path) in tls::files(side, stack).iter().filter(|(key, _)| key.ends_with(".key_file")) {
            self.permissions(key, path);
        }
        self.read_tls(tls::checked(side, stack), side)
    }

    fn read_tls(&mut self, read: Result<Option<Tls>, Box<Fault>>, side: Side) -> Option<Tls> {
        let tls = read.map_err(|fault| self.unreadable(*fault)).ok()??;
        let warning = Warning::Unverified { key: keys::of(side, "tls.verify").path };
        if !tls.verify && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
        Some(tls)
    }

    /// A file that cannot be used is only a fault if it is needed.
    fn unreadable(&mut self, fault: Fault) {
        match self.secrets {
            Secrets::Read => self.faults.push(fault),
            Secrets::Warn => {
                let warning = Warning::PasswordFile(fault);
                if !self.warnings.contains(&warning) {
                    self.warnings.push(warning);
                }
            }
        }
    }
}

/// The files with secrets that a job uses.
fn secret_files(stack: &Stack) -> Vec<PathBuf> {
    let of_passwords = |side| PASSWORD_FILES.into_iter().filter_map(move |key| PasswordFile::of(side, key, stack));
    let of_passwords = SIDES.into_iter().flat_map(of_passwords).map(|file| file.path);
    let of_tls = SIDES.into_iter().flat_map(|side| tls::files(side, stack)).map(|(_, path)| path);
    of_passwords.chain(of_tls).collect()
}
