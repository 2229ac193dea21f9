//! The release: the steps of its workflow, run here as far as they can be, and its image.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_norway::Value;
use tempfile::TempDir;

use crate::deployment::text;
use crate::docs::root;
use crate::support::stand_in;

/// The tag that the steps see.
pub const TAG: &str = concat!("v", env!("CARGO_PKG_VERSION"));
const WORKFLOW: &str = ".github/workflows/release.yml";
const DOCKERFILE: &str = ".github/Dockerfile";

fn workflow() -> Value {
    serde_norway::from_str(&text(WORKFLOW)).unwrap_or_else(|error| panic!("{WORKFLOW}: {error}"))
}

/// A step of the release's workflow that runs commands.
pub struct Step {
    script: String,
    variables: BTreeMap<String, String>,
}

impl Step {
    /// The step of this name in a job.
    #[track_caller]
    pub fn of(job: &str, name: &str) -> Self {
        let workflow = workflow();
        let job = workflow.get("jobs").and_then(|jobs| jobs.get(job)).unwrap_or_else(|| panic!("no job {job}"));
        let steps = job.get("steps").and_then(Value::as_sequence).expect("a list of steps");
        let is_named = |step: &&Value| step.get("name").and_then(Value::as_str) == Some(name);
        let step = steps.iter().find(is_named).unwrap_or_else(|| panic!("no step {name}"));
        let script = step.get("run").and_then(Value::as_str).expect("it runs commands").to_owned();
        let variables = [job, step].into_iter().filter_map(|part| part.get("env")?.as_mapping());
        let variables = variables.flatten().map(|(name, value)| {
            let [name, value] = [name, value].map(|text| text.as_str().expect("a text"));
            (name.to_owned(), evaluated(value).to_owned())
        });
        Self { script, variables: variables.collect() }
    }

    /// Runs it in a folder, as GitHub does, with these folders first in `PATH`.
    pub fn run(&self, folder: &Path, path: &[&Path], tag: &str) -> Output {
        let mut bash = Command::new("bash");
        bash.args(["-e", "-c", &self.script]).current_dir(folder).stdin(Stdio::null());
        // What cargo sets for tests would make the build scripts of dependencies run again.
        let of_tests = |name: &str| {
            name == "CARGO" || ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start))
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(of_tests)) {
            bash.env_remove(name);
        }
        let path = path.iter().map(|folder| folder.display().to_string() + ":").collect::<String>();
        bash.env("PATH", path + &std::env::var("PATH").expect("a PATH"));
        bash.envs(&self.variables).envs([("GITHUB_REF_NAME", tag), ("GITHUB_SHA", "1234abcd")]);
        bash.output().expect("there is a bash")
    }

    /// Runs it and fails unless it succeeds. Returns what it printed.
    #[track_caller]
    pub fn succeeds(&self, folder: &Path, path: &[&Path]) -> String {
        let output = self.run(folder, path, TAG);
        let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(output.status.success(), "{}: {}\n{stdout}{stderr}", self.script, output.status);
        stdout
    }
}

/// What an expression of the workflow results in here.
fn evaluated(expression: &str) -> &str {
    match expression {
        "${{ vars.IMAGE }}" => "images.example.com/redis-keys-migrator",
        "${{ secrets.IMAGE_USERNAME }}" => "publisher",
        "${{ secrets.IMAGE_PASSWORD }}" => "s3cret",
        "${{ github.repository }}" => "someone/redis-keys-migrator",
        "${{ github.token }}" => "t0ken",
        _ => panic!("what is {expression}?"),
    }
}

/// Runs steps with a program that only writes down how it is called, and returns the calls.
fn calls(program: &str, files: &[&str], steps: &[Step]) -> Vec<String> {
    let folder = TempDir::with_prefix("release-").expect("a temporary folder");
    let programs = folder.path().join("programs");
    fs::create_dir(&programs).expect("a folder of our own");
    for file in files {
        fs::write(folder.path().join(file), file).expect("a file of our own");
    }
    let log = folder.path().join("log");
    stand_in(programs.join(program), &format!("echo \"$*\" >>'{}'", log.display()));
    for step in steps {
        step.succeeds(folder.path(), &[&programs]);
    }
    fs::read_to_string(log).expect("it was called").lines().map(str::to_owned).collect()
}

#[test]
fn only_a_tag_that_is_the_version_is_released() {
    let step = Step::of("package", "Check that the tag is the version");
    step.succeeds(root(), &[]);
    for tag in ["v9.9.9", &TAG[1..], &format!("{TAG}.1")] {
        assert_eq!(step.run(root(), &[], tag).status.code(), Some(1), "{tag}");
    }
}

#[test]
fn the_release_has_the_packages_and_their_checksums() {
    let files = ["a_1_amd64.deb", "a-1.tar.gz"];
    let calls = calls("gh", &files, &[Step::of("publish", "Checksums"), Step::of("publish", "Release")]);
    let expected = format!("release create {TAG} --verify-tag --generate-notes a_1_amd64.deb a-1.tar.gz SHA256SUMS");
    assert_eq!(calls, [expected]);
}

#[test]
fn the_image_is_built_and_started_before_it_is_pushed_and_its_password_is_in_no_call() {
    let calls = calls("docker", &[], &["Build", "Start", "Push"].map(|name| Step::of("image", name)));
    let version = env!("CARGO_PKG_VERSION");
    let image = format!("images.example.com/redis-keys-migrator:{version}");
    let labels = ["version", "revision"].map(|name| format!("--label org.opencontainers.image.{name}="));
    let expected = [
        format!("build --file {DOCKERFILE} --tag {image} {}{version} {}1234abcd .", labels[0], labels[1]),
        format!("run --rm {image} --version"),
        "login --username publisher --password-stdin images.example.com".to_owned(),
        format!("push {image}"),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn packages_are_built_on_the_oldest_system_that_they_are_for_and_tried_on_each() {
    let jobs = workflow().get("jobs").expect("it has jobs").clone();
    let container = concat!("rust:", env!("CARGO_PKG_RUST_VERSION"), "-bookworm");
    assert_eq!(jobs["package"]["container"].as_str(), Some(container));
    let systems = jobs["install"]["strategy"]["matrix"]["system"].as_sequence().expect("a list");
    assert_eq!(systems.iter().filter_map(Value::as_str).collect::<Vec<_>>(), ["debian:12", "ubuntu:24.04"]);
    for (job, needs) in [("install", "package"), ("publish", "install"), ("image", "install")] {
        assert_eq!(jobs[job]["needs"].as_str(), Some(needs), "{job}");
    }
}

#[test]
fn each_step_that_runs_commands_is_one_that_tests_run() {
    let jobs = workflow().get("jobs").and_then(Value::as_mapping).expect("it has jobs").clone();
    let steps = jobs.iter().flat_map(|(job, value)| {
        let steps = value["steps"].as_sequence().expect("a list of steps").iter();
        let named = steps.filter(|step| step.get("run").is_some()).map(|step| step["name"].as_str().expect("a name"));
        named.map(move |name| (job.as_str().expect("a name"), name))
    });
    let expected = [
        ("package", "Check that the tag is the version"),
        ("package", "Build"),
        ("install", "Install"),
        ("install", "Start"),
        ("publish", "Checksums"),
        ("publish", "Release"),
        ("image", "Build"),
        ("image", "Start"),
        ("image", "Push"),
    ];
    assert_eq!(steps.collect::<Vec<_>>(), expected);
}

/// The instructions of the image, with their arguments. Lines that continue are one.
fn instructions() -> Vec<(String, String)> {
    let lines = text(DOCKERFILE).replace("\\\n", " ");
    let lines = lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(' ').expect("an instruction has arguments"))
        .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
        .collect()
}

/// The arguments of all instructions of a name.
fn of_name(name: &str) -> Vec<String> {
    instructions().into_iter().filter(|(found, _)| found == name).map(|(_, arguments)| arguments).collect()
}

#[test]
fn the_image_has_pinned_bases_no_secret_and_the_program_without_root_as_its_entrypoint() {
    let known = ["FROM", "WORKDIR", "COPY", "RUN", "LABEL", "USER", "ENTRYPOINT"];
    let unknown: Vec<_> = instructions().into_iter().filter(|(name, _)| !known.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let rust = env!("CARGO_PKG_RUST_VERSION");
    // Both are Debian 12, so that the program finds its C library.
    assert_eq!(of_name("FROM"), [&format!("rust:{rust}-slim-bookworm AS build"), "debian:12-slim"]);
    let [user] = &of_name("USER")[..] else { panic!("one user") };
    let ids = user.split(':').map(|id| id.parse::<u32>().expect("a number, which Kubernetes can check"));
    assert!(ids.clone().count() == 2 && ids.min() > Some(0), "{user}");
    let last = &instructions()[instructions().len() - 2..];
    assert_eq!(last[0].0, "USER", "what runs later than this has no rights");
    assert_eq!(last[1], ("ENTRYPOINT".to_owned(), "[\"redis-keys-migrator\"]".to_owned()));
}

#[test]
fn the_image_is_built_like_the_packages_from_files_that_are_enough() {
    let [build, _] = &of_name("RUN")[..] else { panic!("{:?}", of_name("RUN")) };
    assert!(text(".github/package.sh").lines().any(|line| line == build), "{build}");

    let folder = TempDir::with_prefix("image-").expect("a temporary folder");
    let copied = of_name("COPY").into_iter().filter(|arguments| !arguments.starts_with("--from="));
    for arguments in copied {
        let mut words: Vec<&str> = arguments.split(' ').collect();
        words.pop().filter(|_| !words.is_empty()).expect("a copy has a target");
        for word in words {
            let (from, to) = (root().join(word), folder.path().join(word));
            fs::create_dir_all(to.parent().expect("it is in a folder")).expect("a folder of our own");
            let copied = Command::new("cp").arg("--recursive").args([from, to]).status();
            assert!(copied.expect("there is a cp").success(), "{word}");
        }
    }
    // `check` is enough to find a file that is missing, and takes seconds where a build takes minutes.
    let script = build.replace("build --release", "check --quiet");
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| root().join("target").display().to_string());
    let variables = BTreeMap::from([("CARGO_TARGET_DIR".to_owned(), target)]);
    Step { script, variables }.succeeds(folder.path(), &[]);
}
