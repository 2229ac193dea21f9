//! The sample of a repository for migrations: its jobs move keys in both profiles, and its workflow is run step by step.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_norway::Value;

use crate::docs::root;
use crate::sample;
use crate::support::{Kind, Reading, Scene, Server, assert_same, stand_in, words};

const PROFILES: [&str; 2] = ["production", "staging"];
const PASSWORDS: [&str; 2] = ["old-s3cr3t", "new-s3cr3t"];

/// A clone of the sample, beside the servers of one environment. They have a user `migrator` with a password.
fn scene() -> Scene {
    let source = Server::on_backup(Kind::Redis70, &sample::path(), &[]);
    let scene = Scene::of(source, Server::start(Kind::Redis70));
    for (server, password) in [&scene.source, &scene.destination].into_iter().zip(PASSWORDS) {
        server.run(words!["ACL", "SETUSER", "migrator", "on", format!(">{password}"), "~*", "&*", "+@all"]);
    }
    let copied = Command::new("cp").arg("--recursive").arg(root().join("jobs/ops-repo/.")).arg(scene.folder()).status();
    assert!(copied.expect("there is a cp").success());
    scene
}

/// The addresses of the servers, as a CI system would override them.
fn addresses(scene: &Scene) -> Vec<(String, String)> {
    let of_endpoint = |name: &str, server: &Server| {
        let values =
            [("HOST", "127.0.0.1".to_owned()), ("PORT", server.port().to_string()), ("TLS", "false".to_owned())];
        values.map(|(key, value)| (format!("RKM_ENDPOINT__{name}__{key}"), value))
    };
    [of_endpoint("SHOP_OLD", &scene.source), of_endpoint("SHOP_NEW", &scene.destination)].concat()
}

/// What of the source must be at the destination, in databases 0 and 1.
fn expected(scene: &Scene) -> [Reading; 2] {
    let all = scene.source.reading().0;
    let begins = |key: &[u8], prefixes: &[&str]| prefixes.iter().any(|prefix| key.starts_with(prefix.as_bytes()));
    let of = |prefixes: &[&str]| {
        let keys = all.iter().filter(|(key, _)| begins(key, prefixes) && !begins(key, &["cart:tmp:"]));
        Reading(keys.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    [of(&["session:", "cart:", "user:"]), of(&["orders:"])]
}

fn assert_moved(scene: &Scene) {
    let [first, second] = expected(scene);
    assert_eq!((first.0.len(), second.0.len()), (245, 3));
    assert_same(&first, &scene.destination.reading());
    assert_same(&second, &Reading::of(&mut scene.destination.db(1)));
}

#[test]
fn the_jobs_move_the_shop_in_each_profile() {
    for profile in PROFILES {
        let scene = scene();
        let jobs = ["carts", "orders", "sessions"].map(|name| format!("jobs/{name}.toml"));
        let options = ["--profile", profile, "--output-dir", "out", "--report", "report.json", "--deny-warnings"];
        let jobs: Vec<&str> = jobs.iter().map(String::as_str).collect();
        let mut run = scene.prepare(&[&["run"], &jobs[..], &options].concat());
        for (name, value) in addresses(&scene) {
            run = run.env(&name, &value);
        }
        let [old, new] = PASSWORDS;
        run = run.env("RKM_ENDPOINT__SHOP_OLD__PASSWORD", old).env("RKM_ENDPOINT__SHOP_NEW__PASSWORD", new);
        let ran = run.run().exits(0).stderr_lacks("s3cr3t").stdout_has("done: 3 jobs, 248 keys, 248 copied, ");
        ran.stderr_has(&format!("project file `redis-keys-migrator.toml`, profile `{profile}`\n"));
        assert!(!scene.read("out/report.json").contains("s3cr3t"));
        assert_moved(&scene);
    }
}

/// The workflow, with a shell that has the program, and does not install it.
struct Workflow<'a> {
    scene: &'a Scene,
    yaml: Value,
    profile: &'a str,
    dry_run: bool,
}

impl<'a> Workflow<'a> {
    fn new(scene: &'a Scene, profile: &'a str, dry_run: bool) -> Self {
        let bin = scene.folder().join(".bin");
        if !bin.exists() {
            fs::create_dir(&bin).expect("a new folder");
            symlink(env!("CARGO_BIN_EXE_redis-keys-migrator"), bin.join("redis-keys-migrator")).expect("a new link");
            for name in ["gh", "sudo"] {
                stand_in(bin.join(name), "echo \"${0##*/} $*\" >> .bin/installed");
            }
        }
        let yaml = fs::read_to_string(scene.folder().join(".github/workflows/migrate.yml")).expect("the workflow");
        Self { scene, yaml: serde_norway::from_str(&yaml).expect("YAML"), profile, dry_run }
    }

    /// Replaces the expressions of a value.
    fn filled_in(&self, text: &str) -> String {
        let [old, new] = PASSWORDS;
        [
            ("${{ inputs.profile }}", self.profile),
            ("${{ secrets.SHOP_OLD_PASSWORD }}", old),
            ("${{ secrets.SHOP_NEW_PASSWORD }}", new),
            ("${{ github.token }}", "token"),
        ]
        .iter()
        .fold(text.to_owned(), |text, (expression, value)| text.replace(expression, value))
    }

    fn environment(&self, of: &Value) -> BTreeMap<String, String> {
        let values = of.get("env").and_then(Value::as_mapping).into_iter().flatten();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let filled = values.map(|(name, value)| (text(name), self.filled_in(&text(value))));
        let filled: BTreeMap<_, _> = filled.collect();
        assert!(filled.values().all(|value| !value.contains("${{")), "{filled:?}");
        filled
    }

    /// Runs the steps of a job until one fails. Returns the output of each, by its name.
    fn run(&self, job: &str) -> BTreeMap<String, Output> {
        let job = self.yaml.get("jobs").and_then(|jobs| jobs.get(job)).expect("the job");
        let mut outputs = BTreeMap::new();
        for step in job.get("steps").and_then(Value::as_sequence).expect("it has steps") {
            let condition = step.get("if").and_then(Value::as_str);
            assert!([None, Some("always()"), Some("${{ !inputs.dry_run }}")].contains(&condition), "{condition:?}");
            let Some(script) = step.get("run").and_then(Value::as_str) else { continue };
            if condition.is_some() && self.dry_run {
                continue;
            }
            let folders = [self.scene.folder().join(".bin"), PathBuf::from("/usr/bin"), PathBuf::from("/bin")];
            let output = Command::new("bash")
                .args(["-e", "-o", "pipefail", "-c", script])
                .current_dir(self.scene.folder())
                .env_clear()
                .env("PATH", std::env::join_paths(folders).expect("plain paths"))
                .env("GITHUB_STEP_SUMMARY", self.scene.folder().join("step-summary.md"))
                .envs(addresses(self.scene))
                .envs(self.environment(&self.yaml))
                .envs(self.environment(job))
                .envs(self.environment(step))
                .output()
                .expect("there is a bash");
            let (is_success, name) = (output.status.success(), step.get("name").and_then(Value::as_str));
            outputs.insert(name.expect("each step has a name").to_owned(), output);
            if !is_success {
                break;
            }
        }
        outputs
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_workflow_checks_every_profile_and_moves_the_shop_when_it_is_started() {
    for profile in PROFILES {
        let scene = scene();
        let checked = Workflow::new(&scene, profile, true).run("check");
        let jobs =
            "jobs/carts.toml: 1 job\njobs/orders.toml: 1 job\njobs/sessions.toml: 1 job\nconfiguration is valid\n";
        let of_each = PROFILES.map(|profile| format!("profile `{profile}`:\n{jobs}")).concat();
        assert_eq!(text(&checked["Check every profile"].stdout), of_each);
        let installed = scene.read(".bin/installed");
        assert!(
            installed.starts_with("gh release download --repo your-organisation/redis-keys-migrator "),
            "{installed}"
        );

        let dry = Workflow::new(&scene, profile, true).run("run");
        assert_eq!(dry.keys().collect::<Vec<_>>(), ["Check the servers", "Dry run", "Install"]);
        assert!(dry.values().all(|output| output.status.success()), "{dry:?}");
        assert!(text(&dry["Dry run"].stdout).contains("dry run done: 3 jobs, 248 keys, 248 copied"), "{dry:?}");
        assert_eq!((scene.destination.size(), scene.source.size()), (0, 283));

        let ran = Workflow::new(&scene, profile, false).run("run");
        assert!(ran.values().all(|output| output.status.success()), "{ran:?}");
        assert!(text(&ran["Run"].stdout).contains("done: 3 jobs, 248 keys, 248 copied, "), "{ran:?}");
        assert_moved(&scene);
        let written = ["dry-run.json", "report.json", "report.xml"].map(|name| scene.read(&format!("out/{name}")));
        let all = [&written.concat(), &scene.read("step-summary.md"), &format!("{ran:?}{dry:?}{checked:?}")]
            .map(String::clone);
        assert!(all[1].contains("done: 3 jobs") && !all.concat().contains("s3cr3t"), "{}", all[1]);
    }
}

#[test]
fn the_workflow_fails_at_the_line_of_a_fault_and_when_a_password_is_wrong() {
    let scene = scene();
    let carts = scene.read("jobs/carts.toml").replace("exclude", "exlude");
    scene.file("jobs/carts.toml", &carts);
    let checked = Workflow::new(&scene, "staging", true).run("check");
    let output = &checked["Check every profile"];
    assert_eq!(output.status.code(), Some(2));
    let line = "::error title=redis-keys-migrator,file=jobs/carts.toml,line=5::profile `staging`: job `carts`: unknown key `exlude`";
    assert!(text(&output.stdout).contains(line), "{}", text(&output.stdout));

    scene.file("jobs/carts.toml", &carts.replace("exlude", "exclude"));
    let workflow = Workflow::new(&scene, "staging", false);
    scene.source.run(words!["ACL", "SETUSER", "migrator", "resetpass", ">other"]);
    let ran = workflow.run("run");
    assert_eq!(ran["Check the servers"].status.code(), Some(3));
    assert!(!ran.contains_key("Run") && scene.destination.size() == 0, "{ran:?}");
}
