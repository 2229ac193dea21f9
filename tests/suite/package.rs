//! The packages of a release: what a machine without Rust does with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::deployment::text;
use crate::docs::{commands, root};
use crate::release::Step;
use crate::sample;
use crate::support::{Kind, Prepared, Scene, Server, is_superuser, packaging_tool};

const NAME: &str = "redis-keys-migrator";
/// Where the package installs the pages and samples.
const DOCS: &str = "/usr/share/doc/redis-keys-migrator";
/// A `PATH` without cargo, and with what dpkg needs.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
/// From the package to the first keys that moved.
const MOST: Duration = Duration::from_mins(1);

/// A folder with a copy of the packages.
struct Packages(TempDir);

impl Packages {
    /// Builds them as the release does, once for all tests.
    fn build() -> Self {
        static BUILT: OnceLock<String> = OnceLock::new();
        packaging_tool("dpkg-shlibdeps");
        BUILT.get_or_init(|| Step::of("package", "Build").succeeds(root(), &[]));
        let folder = TempDir::with_prefix("packages-").expect("a temporary folder");
        for entry in fs::read_dir(root().join("target/package")).expect("packages") {
            let path = entry.expect("a package").path();
            if path.is_file() {
                fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("a copy");
            }
        }
        Self(folder)
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The only package whose name ends like this.
    fn ending(&self, end: &str) -> PathBuf {
        let entries = fs::read_dir(self.folder()).expect("packages").map(|entry| entry.expect("a package").path());
        let found: Vec<PathBuf> = entries.filter(|path| path.display().to_string().ends_with(end)).collect();
        let [one] = &found[..] else { panic!("{found:?}") };
        one.clone()
    }
}

/// Runs a program of the system without cargo in its `PATH`.
fn system(program: impl AsRef<Path>, arguments: &[&str]) -> Output {
    let mut command = Command::new(program.as_ref());
    command
        .args(arguments)
        .env("PATH", PATH)
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.as_ref().display()))
}

/// The same. Fails unless it succeeds, and returns what it printed.
#[track_caller]
fn printed(program: impl AsRef<Path>, arguments: &[&str]) -> String {
    let output = system(program, arguments);
    let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{arguments:?}: {}\n{stdout}{stderr}", output.status);
    stdout
}

/// The installed package, which is removed when this is dropped.
struct Installed;

impl Installed {
    /// Installs it as the release tries it.
    fn from(packages: &Packages) -> Self {
        let installed = Self;
        Step::of("install", "Install").succeeds(packages.folder(), &[]);
        installed
    }

    /// The files that it has installed.
    fn files() -> Vec<PathBuf> {
        let listed = printed("dpkg", &["--listfiles", NAME]);
        listed.lines().map(PathBuf::from).filter(|path| !path.is_dir()).collect()
    }

    fn remove() {
        printed("dpkg", &["--purge", NAME]);
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        // After `remove`, dpkg has nothing to do.
        system("dpkg", &["--purge", NAME]);
    }
}

/// A run of the installed program, found in a `PATH` without cargo.
fn run<'a>(scene: &'a Scene, arguments: &[&str]) -> Prepared<'a> {
    // `under` passes the program under test as the first argument, which is not the installed one.
    let installed = ["sh", "-c", "shift; exec redis-keys-migrator \"$@\"", "sh"];
    scene.prepare(arguments).env("PATH", PATH).under(&installed)
}

#[test]
fn a_package_moves_keys_on_a_machine_without_rust_and_leaves_nothing_behind() {
    if !is_superuser("dpkg installs a package") {
        return;
    }
    let packages = Packages::build();
    let source = Server::on_backup(Kind::Redis70, &sample::path(), &[]);
    let scene = Scene::of(source, Server::start(Kind::Redis70));
    let started = Instant::now();
    let _installed = Installed::from(&packages);
    moves_the_sample(&scene);
    assert!(started.elapsed() < MOST, "{:?}", started.elapsed());
    println!("from the package to the last moved key: {:?}", started.elapsed());

    let [depends, version] = ["Depends", "Version"]
        .map(|field| printed("dpkg-deb", &["--field", &packages.ending(".deb").display().to_string(), field]));
    assert!(depends.starts_with("libc6 (>= ") && !depends.contains(','), "{depends}");
    assert_eq!(version.trim(), concat!(env!("CARGO_PKG_VERSION"), "-1"));
    assert_eq!(
        Step::of("install", "Start").succeeds(packages.folder(), &[]),
        concat!("redis-keys-migrator ", env!("CARGO_PKG_VERSION"), "\n")
    );
    has_pages_for_each_command(&scene);
    completes(&scene);
    has_units_that_systemd_accepts();

    let files = Installed::files();
    assert!(files.len() > 20, "{files:?}");
    Installed::remove();
    let left: Vec<&PathBuf> = files.iter().filter(|path| path.exists()).collect();
    assert!(left.is_empty() && !Path::new(DOCS).exists(), "{left:?}");
}

/// Checks and runs an installed sample.
fn moves_the_sample(scene: &Scene) {
    let job = format!("{DOCS}/jobs/quickstart.toml");
    let before = scene.source.reading();
    let with_ports = |arguments: &[&str]| {
        let run = run(scene, arguments).env("RKM_SOURCE__PORT", "{SOURCE_PORT}");
        run.env("RKM_DESTINATION__PORT", "{DESTINATION_PORT}").run().exits(0).errors_and_warnings(&[])
    };
    with_ports(&["check", &job, "--connect"]).stdout_has("configuration is valid");
    let ran = with_ports(&["run", &job, "--report", "report.json"]);
    for (name, count) in [("sessions", 120), ("carts-and-users", 125), ("orders", 3)] {
        assert_eq!((ran.count(name, "copied"), ran.status_of(name)), (count, "done".to_owned()), "{name}");
    }
    let after = scene.destination.reading();
    assert_eq!(after.0.len(), 248);
    for (key, value) in &after.0 {
        assert_eq!(before.0.get(key), Some(value));
    }
    assert_eq!(scene.source.reading(), before);
}

/// Each command of the help has a manual page, and `man` finds it.
fn has_pages_for_each_command(scene: &Scene) {
    let help = run(scene, &["--help"]).run().exits(0).stdout;
    for page in commands(&help).iter().map(|command| format!("{NAME}-{command}")).chain([NAME.to_owned()]) {
        let found = printed(packaging_tool("man"), &["--path", &page]);
        assert_eq!(found, format!("/usr/share/man/man1/{page}.1.gz\n"));
        // `man` adds spaces, to fill the lines.
        let shown = printed(packaging_tool("man"), &[&page]);
        let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("NAME {page} - ")) && words.contains(" SYNOPSIS "), "{page}: {shown}");
    }
}

/// Bash completes a command, and the other shells have the program's completions.
fn completes(scene: &Scene) {
    let script = format!(
        "source /usr/share/bash-completion/completions/{NAME}\n\
         COMP_WORDS=({NAME} che) COMP_CWORD=1 COMP_LINE='{NAME} che'\n\
         COMP_POINT=${{#COMP_LINE}}\n\
         $(complete -p {NAME} | sed 's/.*-F \\([^ ]*\\).*/\\1/') {NAME} che {NAME}\n\
         echo \"${{COMPREPLY[@]}}\""
    );
    assert_eq!(printed("bash", &["-c", &script]), "check\n");
    let others = [
        ("fish", "fish/vendor_completions.d/redis-keys-migrator.fish"),
        ("zsh", "zsh/vendor-completions/_redis-keys-migrator"),
    ];
    for (shell, path) in others {
        let installed = fs::read_to_string(Path::new("/usr/share").join(path)).expect("completions");
        assert_eq!(run(scene, &["completions", shell]).run().exits(0).stdout, installed, "{shell}");
    }
}

/// The installed units, with the program and the page that they name.
fn has_units_that_systemd_accepts() {
    let units = [".service", ".timer"].map(|kind| format!("{NAME}@shop{kind}"));
    let output = system(packaging_tool("systemd-analyze"), &["verify", &units[0], &units[1]]);
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_tarball_has_the_program_with_its_pages_and_the_checksums_are_right() {
    let packages = Packages::build();
    Step::of("publish", "Checksums").succeeds(packages.folder(), &[]);
    let sums = packages.ending("SHA256SUMS");
    assert_eq!(fs::read_to_string(&sums).expect("checksums").lines().count(), 2);
    let check = Command::new("sha256sum").arg("--check").arg(&sums).current_dir(packages.folder()).output();
    assert!(check.expect("there is a sha256sum").status.success());

    let architecture = printed("dpkg", &["--print-architecture"]).trim().to_owned();
    for package in [".deb", ".tar.gz"].map(|end| packages.ending(end)) {
        let name = package.file_name().expect("a name").to_string_lossy().replace(&architecture, "amd64");
        assert!(text("README.md").contains(&name), "the README names another package than {name}");
    }
    let tarball = packages.ending(".tar.gz").display().to_string();
    printed("tar", &["--extract", "--file", &tarball, "--directory", &packages.folder().display().to_string()]);
    let folder = packages.folder().join(format!("{NAME}-{}", env!("CARGO_PKG_VERSION")));
    for file in ["LICENSE", "README.md", "jobs/quickstart.toml", "jobs/guide.md"] {
        assert_eq!(fs::read_to_string(folder.join(file)).expect("a file"), text(file), "{file}");
    }
    let program = folder.join(NAME);
    let [page, completions] =
        [format!("man/{NAME}-run.1"), format!("completions/_{NAME}")].map(|path| fs::read_to_string(folder.join(path)));
    assert_eq!(printed(&program, &["man", "run"]), page.expect("a page"));
    assert_eq!(printed(&program, &["completions", "zsh"]), completions.expect("completions"));
}
