//! Completion in real shells: what stands on the screen after the key Tab.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::{Tmux, editor};

const PROMPT: &str = "$ ";
/// Typed after the key Tab: shows whether a blank follows what was completed.
const MARK: &str = "#";

const JOBS: &str = "[defaults]\ntags = [\"nightly\"]\n[endpoint.old]\n[profile.staging.defaults]\nsleep = \"0s\"\n\
                    [[job]]\nname = \"carts\"\ntags = [\"eu\"]\nsource.password_command = [\"touch\", \"ran\"]\n\
                    [[job]]\nname = \"sessions\"\nsource.password_file = \"secret\"\n";

/// A folder that is also the home of a user, with job files.
fn home() -> TempDir {
    let home = TempDir::with_prefix("home-").expect("a temporary folder");
    for folder in ["jobs", "more"] {
        fs::create_dir(home.path().join(folder)).expect("a new folder");
    }
    for (name, text) in [
        ("jobs/a.toml", JOBS),
        ("more/my file.toml", JOBS),
        ("broken.toml", "[[job]\nname = \"x"),
        ("report.json", "{}"),
    ] {
        fs::write(home.path().join(name), text).expect("a file in the test's folder");
    }
    let made = Command::new("mkfifo").arg(home.path().join("secret")).status().expect("mkfifo can be run");
    assert!(made.success(), "a reader of this secret waits for ever");
    home
}

/// Writes the script of a shell where the user has it.
fn install(home: &Path, shell: &str, path: &str) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_redis-keys-migrator"));
    let printed = program.args(["completions", shell]).output().expect("the program can be run");
    let path = home.join(path);
    fs::create_dir_all(path.parent().expect("a path with a folder")).expect("a new folder");
    fs::write(path, printed.stdout).expect("a file in the test's folder");
}

/// A shell of a user, in a terminal, in the user's home.
struct Shell {
    terminal: Tmux,
}

impl Shell {
    /// Starts it with this start file and these arguments.
    fn start(home: &Path, start_file: (&str, &str), shell: &str, arguments: &[&str]) -> Self {
        let (path, text) = start_file;
        let path = home.join(path);
        fs::create_dir_all(path.parent().expect("a path with a folder")).expect("a new folder");
        fs::write(path, text).expect("a file in the test's folder");
        let folder = Path::new(env!("CARGO_BIN_EXE_redis-keys-migrator")).parent().expect("a path with a folder");
        let mut search = OsString::from(folder);
        search.push(":");
        search.push(std::env::var_os("PATH").unwrap_or_default());
        let variables = [
            ("PATH", search.as_os_str()),
            ("HOME", home.as_os_str()),
            ("ZDOTDIR", home.as_os_str()),
            ("LC_ALL", OsStr::new("C.UTF-8")),
        ];
        let command = [&[editor(shell).to_str().expect("UTF-8")], arguments].concat();
        let shell = Self { terminal: Tmux::start(home, (200, 50), &variables, &command) };
        shell.terminal.until("the prompt", |screen| screen == PROMPT.trim_end());
        shell
    }

    /// Types the beginning of a line and the key Tab, and expects this line, whose end is marked.
    #[track_caller]
    fn completes(&self, typed: &str, expected: &str) {
        self.terminal.types(&format!("{typed}\t{MARK}"));
        let line = format!("{PROMPT}{expected}{MARK}");
        let screen = self.terminal.until("completed", |screen| screen.lines().any(|line| line.ends_with(MARK)));
        assert_eq!(screen, line, "{typed:?}");
        self.clear();
    }

    /// Types the beginning of a line and the key Tab twice, and expects all these words below the line.
    #[track_caller]
    fn offers(&self, typed: &str, expected: &[&str]) {
        self.terminal.types(&format!("{typed}\t\t"));
        let words = |screen: &str| -> Vec<String> {
            let below = screen.lines().skip(1).filter(|line| !line.starts_with(PROMPT));
            below.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
        };
        self.terminal.until(&format!("offered: {expected:?}"), |screen| words(screen) == expected);
        self.clear();
    }

    /// Removes the line and clears the screen.
    fn clear(&self) {
        self.terminal.types("\u{15}\u{c}");
        self.terminal.until("cleared", |screen| screen == PROMPT.trim_end());
    }

    /// What every shell completes in the same way.
    fn completes_everything(&self) {
        for (typed, expected) in [
            ("che", "check "),
            ("run --dr", "run --dry-run "),
            ("run --report-j", "run --report-junit "),
            ("run --color al", "run --color always "),
            ("run --color=al", "run --color=always "),
            ("--log-format j", "--log-format json "),
            ("schema pro", "schema project "),
            ("completions fi", "completions fish "),
            ("run jo", "run jobs/"),
            ("run jobs/", "run jobs/a.toml "),
            ("run ~/jo", "run ~/jobs/"),
            ("run --report rep", "run --report report.json "),
            ("run --report=rep", "run --report=report.json "),
            ("run jobs/a.toml --job ca", "run jobs/a.toml --job carts "),
            ("run jobs/a.toml --job=ca", "run jobs/a.toml --job=carts "),
            ("run jobs/*.toml --skip ca", "run jobs/*.toml --skip carts "),
            ("run ~/jobs/*.toml --skip ca", "run ~/jobs/*.toml --skip carts "),
            ("check more/my\\ file.toml --tag ni", "check more/my\\ file.toml --tag nightly "),
            ("show 'more/my file.toml' --skip-tag e", "show 'more/my file.toml' --skip-tag eu "),
            ("run jobs/a.toml --profile s", "run jobs/a.toml --profile staging "),
            ("migrate --config jobs/a.toml o", "migrate --config jobs/a.toml old "),
            ("run --set slee", "run --set sleep="),
            ("run --set source.ho", "run --set source.host="),
            ("run --set=source.ho", "run --set=source.host="),
            ("run --set on_existing=re", "run --set on_existing=replace "),
            ("run jobs/a.toml --set source.endpoint=o", "run jobs/a.toml --set source.endpoint=old "),
            ("run jobs/a.toml --set job.ca", "run jobs/a.toml --set job.carts."),
            ("run jobs/a.toml --set job.carts.lanes=6", "run jobs/a.toml --set job.carts.lanes=64 "),
        ] {
            self.completes(&format!("redis-keys-migrator {typed}"), &format!("redis-keys-migrator {expected}"));
        }
        self.completes(
            "RKM_SLEEP=0s redis-keys-migrator run jobs/a.toml --job s",
            "RKM_SLEEP=0s redis-keys-migrator run jobs/a.toml --job sessions ",
        );
    }

    /// What no shell completes, and nothing is printed: job files that are faulty or missing, secrets.
    fn completes_nothing_else(&self) {
        for typed in [
            "run broken.toml --job x",
            "run none.toml --job ca",
            "run --job ca",
            "run secret --job ca",
            "run jobs/a.toml --set source.password=",
            "run jobs/a.toml --set source.passwor=",
            "run jobs/a.toml --set job.carts.name=",
        ] {
            self.completes(&format!("redis-keys-migrator {typed}"), &format!("redis-keys-migrator {typed}"));
        }
    }
}

#[test]
fn bash_completes_with_a_script_that_its_start_file_sources() {
    let home = home();
    let start_file = (".bashrc", "PS1='$ '\nsource <(redis-keys-migrator completions bash)\n");
    let shell = Shell::start(home.path(), start_file, "bash", &["-i"]);
    shell.completes_everything();
    shell.completes_nothing_else();
    shell.offers("redis-keys-migrator run jobs/a.toml --job ", &["carts", "sessions"]);
    shell.offers("redis-keys-migrator run --set on_existing=", &["skip", "replace"]);
    assert!(!home.path().join("ran").exists(), "a password command was run");
}

#[test]
fn bash_completes_with_a_script_that_bash_completion_loads() {
    let home = home();
    install(home.path(), "bash", ".local/share/bash-completion/completions/redis-keys-migrator");
    let start_file = format!("PS1='$ '\nsource {}\n", editor("bash-completion").display());
    let shell = Shell::start(home.path(), (".bashrc", &start_file), "bash", &["-i"]);
    shell.completes_everything();
    shell.completes_nothing_else();
}

#[test]
fn zsh_completes_with_a_script_in_a_folder_of_functions() {
    let home = home();
    install(home.path(), "zsh", ".zfunc/_redis-keys-migrator");
    let start_file = (".zshrc", "PS1='$ '\nfpath=(~/.zfunc $fpath)\nautoload -Uz compinit\ncompinit -u\n");
    let shell = Shell::start(home.path(), start_file, "zsh", &["-d", "-i"]);
    shell.completes_everything();
    shell.completes_nothing_else();
    shell.offers("redis-keys-migrator run jobs/a.toml --job ", &["carts", "sessions"]);
    assert!(!home.path().join("ran").exists(), "a password command was run");
}

#[test]
fn fish_completes_with_a_script_in_its_folder_of_completions() {
    let home = home();
    install(home.path(), "fish", ".config/fish/completions/redis-keys-migrator.fish");
    let start_file = (
        ".config/fish/config.fish",
        "set -g fish_greeting\nset -g fish_autosuggestion_enabled 0\nfunction fish_prompt\n  printf '$ '\nend\n",
    );
    let shell = Shell::start(home.path(), start_file, "fish", &["-i"]);
    shell.completes_everything();
    shell.completes_nothing_else();
    shell.offers("redis-keys-migrator run jobs/a.toml --job ", &["carts", "sessions"]);
    assert!(!home.path().join("ran").exists(), "a password command was run");
}
