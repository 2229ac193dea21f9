//! The sample objects in `jobs/kubernetes`: Kubernetes accepts them, and what they start moves keys.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::PathBuf;
use std::process::Command;

use serde_norway::Value;
use tempfile::TempDir;

use crate::deployment::{Locked, PASSWORDS, lasting_exit_codes, text};
use crate::docs::files;
use crate::support::{is_superuser, packaging_tool};

/// A user that is neither the superuser nor the one who runs the tests.
const OTHER_USER: u32 = 65_534;

fn sample(name: &str) -> Value {
    serde_norway::from_str(&text(&format!("jobs/kubernetes/{name}.yaml"))).unwrap_or_else(|error| panic!("{error}"))
}

/// What a path of keys and indices leads to, such as `spec.containers.0`.
#[track_caller]
fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, part| {
        let found = part.parse::<usize>().map_or_else(|_| value.get(part), |index| value.get(index));
        found.unwrap_or_else(|| panic!("no `{part}` of `{path}` in {value:?}"))
    })
}

#[track_caller]
fn string<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or_else(|| panic!("`{path}` is no text in {value:?}"))
}

fn pod() -> Value {
    at(&sample("job"), "spec.template.spec").clone()
}

fn container() -> Value {
    at(&pod(), "containers.0").clone()
}

/// Whether the schemas of Kubernetes accept these files, and what the check prints.
fn is_accepted(files: &[PathBuf]) -> (bool, String) {
    let mut command = Command::new(packaging_tool("kubernetes-validate"));
    let output = command.arg("--strict").args(files).output().expect("kubernetes-validate can be executed");
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.success(), printed.concat())
}

#[test]
fn kubernetes_accepts_every_sample_and_would_not_accept_a_misspelt_field() {
    let samples = files("jobs/kubernetes", "yaml");
    let (accepted, printed) = is_accepted(&samples);
    assert!(accepted && printed.matches(" passed for resource ").count() == samples.len(), "{printed}");

    let folder = TempDir::with_prefix("kubernetes-").expect("a temporary folder");
    let misspelt = folder.path().join("job.yaml");
    fs::write(&misspelt, text("jobs/kubernetes/job.yaml").replace("runAsNonRoot", "runAsNoRoot")).expect("a file");
    let (accepted, printed) = is_accepted(&[misspelt]);
    assert!(!accepted && printed.contains("runAsNoRoot"), "{printed}");
}

#[test]
fn the_cron_job_does_what_the_job_does() {
    assert_eq!(at(&sample("cronjob"), "spec.jobTemplate.spec"), at(&sample("job"), "spec"));
    assert_eq!(string(&sample("cronjob"), "spec.concurrencyPolicy"), "Forbid");
}

#[test]
fn the_pod_has_few_rights_and_time_to_finish_keys_in_flight() {
    let (pod, container) = (pod(), container());
    // A policy for failed pods needs this.
    assert_eq!(string(&pod, "restartPolicy"), "Never");
    assert!(at(&pod, "terminationGracePeriodSeconds").as_u64() >= Some(30));
    assert_eq!(at(&pod, "automountServiceAccountToken").as_bool(), Some(false));
    assert_eq!(at(&pod, "securityContext.runAsNonRoot").as_bool(), Some(true));
    assert_eq!(string(&pod, "securityContext.seccompProfile.type"), "RuntimeDefault");
    for (right, given) in [("allowPrivilegeEscalation", false), ("readOnlyRootFilesystem", true)] {
        assert_eq!(at(&container, &format!("securityContext.{right}")).as_bool(), Some(given), "{right}");
    }
    assert_eq!(string(&container, "securityContext.capabilities.drop.0"), "ALL");
    // The image's own user, and a group that may read the passwords and write the outputs.
    let user = at(&pod, "securityContext.runAsUser").as_u64().expect("a number");
    assert!(text(".github/Dockerfile").contains(&format!("\nUSER {user}:{user}\n")));
    assert_eq!(at(&pod, "securityContext.fsGroup").as_u64(), Some(user));
}

#[test]
fn each_image_that_is_named_is_of_this_version() {
    let texts = ["jobs/ci.md", "jobs/kubernetes/job.yaml", "jobs/kubernetes/cronjob.yaml"].map(text).concat();
    let images = texts.split("images.example.com/redis-keys-migrator:").skip(1);
    let tags: Vec<&str> = images.filter_map(|rest| rest.split_whitespace().next()).collect();
    assert!(tags.len() >= 4 && tags.iter().all(|tag| *tag == env!("CARGO_PKG_VERSION")), "{tags:?}");
}

#[test]
fn the_job_repeats_only_what_may_succeed() {
    let failed = at(&sample("job"), "spec.podFailurePolicy.rules.1").clone();
    assert_eq!(string(&failed, "action"), "FailJob");
    assert_eq!(string(&failed, "onExitCodes.operator"), "In");
    assert_eq!(string(&failed, "onExitCodes.containerName"), string(&container(), "name"));
    let codes = at(&failed, "onExitCodes.values").as_sequence().expect("a list");
    let codes: BTreeSet<i64> = codes.iter().map(|code| code.as_i64().expect("a number")).collect();
    assert_eq!(codes, lasting_exit_codes());
}

/// The mode of the files with passwords. An octal number is a text in YAML 1.2, and a number for Kubernetes.
fn mode_of_passwords() -> u32 {
    let volumes = at(&pod(), "volumes").as_sequence().expect("a list").clone();
    let secret = volumes.iter().find_map(|volume| volume.get("secret")).expect("a volume with passwords");
    u32::from_str_radix(string(secret, "defaultMode"), 8).expect("an octal number")
}

/// The name of the volume's object, and where the container mounts it.
fn mounted(volume: &str, object: &str) -> (String, String) {
    let named = |list: &Value| {
        let entries = list.as_sequence().expect("a list");
        entries.iter().find(|entry| string(entry, "name") == volume).unwrap_or_else(|| panic!("no {volume}")).clone()
    };
    let name = string(&named(at(&pod(), "volumes")), object).to_owned();
    (name, string(&named(at(&container(), "volumeMounts")), "mountPath").to_owned())
}

#[test]
fn the_container_moves_keys_with_the_job_file_and_the_passwords_that_it_mounts() {
    let (config_map, jobs) = mounted("jobs", "configMap.name");
    assert_eq!(string(&sample("configmap"), "metadata.name"), config_map);
    let (secret, passwords) = mounted("passwords", "secret.secretName");
    let create = format!("kubectl create secret generic {secret} --from-file=shop-old --from-file=shop-new\n");
    assert!(text("jobs/kubernetes/configmap.yaml").contains(&create));

    let is_given_away = is_superuser("it gives the passwords to another user");
    let locked = Locked::new();
    let scene = &locked.scene;
    let here = |text: &str| {
        [&jobs, &passwords].iter().fold(text.to_owned(), |text, mount| {
            text.replace(&format!("{mount}/"), &format!("{}/", scene.folder().display()))
        })
    };
    for (name, password) in ["shop-old", "shop-new"].into_iter().zip(PASSWORDS) {
        scene.secret_file(name, password);
        let mode = Permissions::from_mode(mode_of_passwords());
        let path = scene.folder().join(name);
        fs::set_permissions(&path, mode).expect("the file is ours");
        // In the pod they belong to the superuser, here to another one.
        if is_given_away {
            chown(&path, Some(OTHER_USER), Some(OTHER_USER)).expect("we are the superuser");
        }
    }
    let data = at(&sample("configmap"), "data").as_mapping().expect("files").clone();
    for (name, file) in &data {
        scene.file(name.as_str().expect("a name"), &here(file.as_str().expect("a file")));
    }
    let arguments = at(&container(), "args").as_sequence().expect("a list").clone();
    let arguments: Vec<String> = arguments.iter().map(|word| here(word.as_str().expect("a word"))).collect();
    assert!(arguments.contains(&scene.folder().join("shop.toml").display().to_string()), "{arguments:?}");
    let run = scene.prepare(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let run = ["SOURCE", "DESTINATION"].iter().fold(run, |run, side| {
        let run = run.env(&format!("RKM_{side}__HOST"), "127.0.0.1");
        run.env(&format!("RKM_{side}__PORT"), &format!("{{{side}_PORT}}"))
    });
    let ran = run.run().exits(0).outcomes("sessions", "copied 20");
    let notable: Vec<&str> = ran.stderr.lines().filter(|line| !line.contains("\"level\":\"INFO\"")).collect();
    // Another user than the superuser still owns the files, and should not let the group read them.
    let warnings = if is_given_away { 0 } else { 2 };
    assert!(notable.len() == warnings && notable.iter().all(|line| line.contains("(mode 0440)")), "{notable:#?}");
    locked.assert_moved();
}
