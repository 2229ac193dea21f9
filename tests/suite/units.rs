//! The sample units in `jobs/systemd`: systemd accepts them, and what they start moves keys.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::deployment::{Locked, PASSWORDS, lasting_exit_codes, text};
use crate::support::packaging_tool;
use tempfile::TempDir;

const SERVICE: &str = "redis-keys-migrator@.service";
const TIMER: &str = "redis-keys-migrator@.timer";
const PASSWORDS_OF_UNIT: &str = "passwords.conf";
/// Where the package installs the program.
const INSTALLED: &str = "/usr/bin/redis-keys-migrator";
/// The folder of job files and passwords.
const CONFIGURATION: &str = "/etc/redis-keys-migrator";

fn sample(name: &str) -> String {
    text(&format!("jobs/systemd/{name}"))
}

/// The settings of a unit, by section and name, in order.
fn settings(unit: &str) -> Vec<(String, String, String)> {
    let (mut settings, mut section) = (Vec::new(), String::new());
    for line in unit.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("no setting: {line}"));
            settings.push((section.clone(), name.to_owned(), value.to_owned()));
        }
    }
    settings
}

/// All values of a setting of `[Service]`.
fn values(unit: &str, name: &str) -> Vec<String> {
    let found = settings(unit).into_iter().filter(|(section, found, _)| section == "Service" && found == name);
    let values: Vec<String> = found.map(|(_, _, value)| value).collect();
    assert!(!values.is_empty(), "no `{name}` in {unit}");
    values
}

/// Writes the units with this service into a folder, as an administrator installs them. They start the program under
/// test, because no package may be installed here.
fn install(folder: &Path, service: &str) {
    let drop_ins = folder.join(format!("{SERVICE}.d"));
    fs::create_dir_all(&drop_ins).expect("a folder of our own");
    let service = service.replace(INSTALLED, env!("CARGO_BIN_EXE_redis-keys-migrator"));
    fs::write(folder.join(SERVICE), service).expect("a unit");
    fs::write(folder.join(TIMER), sample(TIMER)).expect("a unit");
    fs::write(drop_ins.join(PASSWORDS_OF_UNIT), sample(PASSWORDS_OF_UNIT)).expect("a part of a unit");
}

/// What `systemd-analyze` prints about the units of a folder.
fn analyze(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(packaging_tool("systemd-analyze"));
    // The colon at the end adds systemd's own units.
    command.args(arguments).env("SYSTEMD_UNIT_PATH", format!("{}:", folder.display()));
    command.output().expect("systemd-analyze can be executed")
}

#[test]
fn systemd_accepts_the_units_and_would_not_accept_a_misspelt_setting() {
    let verify = ["verify", "--man=no", "redis-keys-migrator@shop.service", "redis-keys-migrator@shop.timer"];
    let folder = TempDir::with_prefix("units-").expect("a temporary folder");
    install(folder.path(), &sample(SERVICE));
    let accepted = analyze(folder.path(), &verify);
    assert_eq!((accepted.status.code(), String::from_utf8_lossy(&accepted.stderr).as_ref()), (Some(0), ""));

    install(folder.path(), &sample(SERVICE).replace("TimeoutStopSec", "TimeoutStopSeconds"));
    let refused = analyze(folder.path(), &verify);
    let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(stderr.contains("TimeoutStopSeconds"), "{stderr}");
}

#[test]
fn the_service_has_few_rights() {
    let folder = TempDir::with_prefix("units-").expect("a temporary folder");
    let exposure = |service: &str| {
        install(folder.path(), service);
        // Without a manager, only a path names the unit.
        let unit = folder.path().join("redis-keys-migrator@shop.service");
        fs::copy(folder.path().join(SERVICE), &unit).expect("a copy");
        let unit = unit.display().to_string();
        let output = analyze(folder.path(), &["security", "--offline=yes", "--threshold=20", &unit]);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (is_low, table) = exposure(&sample(SERVICE));
    assert!(is_low, "{table}");
    let (is_low, table) = exposure(&sample(SERVICE).replace("CapabilityBoundingSet=\n", ""));
    assert!(!is_low, "{table}");
}

#[test]
fn the_service_takes_a_clean_stop_for_success_and_repeats_what_may_succeed() {
    let service = sample(SERVICE);
    assert_eq!(values(&service, "SuccessExitStatus"), ["143"]);
    assert_eq!(values(&service, "Restart"), ["on-failure"]);
    let [codes] = &values(&service, "RestartPreventExitStatus")[..] else { panic!("codes twice") };
    let codes: BTreeSet<i64> = codes.split(' ').map(|code| code.parse().expect("a number")).collect();
    assert_eq!(codes, lasting_exit_codes());
}

#[test]
fn the_command_of_the_service_moves_keys_with_the_passwords_that_it_loads() {
    let locked = Locked::new();
    let scene = &locked.scene;
    let here = scene.folder().display().to_string();
    let filled_in = |value: &str| {
        value.replace(CONFIGURATION, &here).replace("%i", "shop").replace("%d", &format!("{here}/credentials"))
    };
    let job = "[[job]]\nname = \"sessions\"\nsource = {SOURCE}\ndestination = {DESTINATION}\nmatch = \"session:*\"\n";
    scene.file("shop.toml", job);
    scene.secret_file("shop.source-password", PASSWORDS[0]).secret_file("shop.destination-password", PASSWORDS[1]);
    // systemd copies each credential into a folder of its own.
    fs::create_dir(scene.folder().join("credentials")).expect("a folder of our own");
    for credential in values(&sample(PASSWORDS_OF_UNIT), "LoadCredential") {
        let (name, path) = credential.split_once(':').expect("NAME:PATH");
        fs::rename(filled_in(path), scene.folder().join("credentials").join(name)).expect("a password file");
    }
    let [command] = &values(&sample(SERVICE), "ExecStart")[..] else { panic!("more than one command") };
    let command = filled_in(command);
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some(INSTALLED));
    let mut run = scene.prepare(&words.collect::<Vec<_>>());
    for variable in values(&sample(PASSWORDS_OF_UNIT), "Environment") {
        let (name, value) = variable.split_once('=').expect("NAME=VALUE");
        run = run.env(name, &filled_in(value));
    }
    run.run().exits(0).errors_and_warnings(&[]).outcomes("sessions", "copied 20");
    locked.assert_moved();
}

#[test]
fn the_timer_starts_the_service_at_a_time_that_systemd_understands() {
    let by_name: BTreeMap<String, String> = settings(&sample(TIMER))
        .into_iter()
        .map(|(section, name, value)| (format!("{section}.{name}"), value))
        .collect();
    assert_eq!(by_name["Timer.Persistent"], "true");
    assert_eq!(by_name["Install.WantedBy"], "timers.target");
    assert!(!by_name.contains_key("Timer.Unit"), "it starts the service of its own name");
    let calendar = &by_name["Timer.OnCalendar"];
    let output = analyze(Path::new("/"), &["calendar", calendar]);
    assert!(output.status.success(), "{calendar}: {}", String::from_utf8_lossy(&output.stderr));
}
