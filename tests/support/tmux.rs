//! A terminal: a tmux server of its own, without anything of the user's configuration.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_mins(1);

/// A terminal in a folder. It is closed on drop.
pub struct Tmux {
    folder: PathBuf,
    /// Of the tmux server, which serves only this terminal.
    name: String,
}

static STARTED: AtomicUsize = AtomicUsize::new(0);

impl Tmux {
    /// Runs a command in a terminal of this size. Its environment is `PATH` and these variables.
    pub fn start(
        folder: &Path,
        (width, height): (usize, usize),
        variables: &[(&str, &OsStr)],
        command: &[&str],
    ) -> Self {
        let name = format!("test-{}", STARTED.fetch_add(1, Ordering::Relaxed));
        let terminal = Self { folder: folder.to_owned(), name };
        let (width, height) = (width.to_string(), height.to_string());
        let mut tmux = terminal.command();
        tmux.envs(variables.iter().copied());
        tmux.args(["new-session", "-d", "-x", &width, "-y", &height]).args(command);
        let ran = tmux.output().expect("tmux can be run; tests/support/servers.sh installs it");
        assert!(ran.status.success(), "tmux: {}", String::from_utf8_lossy(&ran.stderr));
        terminal
    }

    fn command(&self) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.args(["-L", &self.name, "-f", "/dev/null"]).current_dir(&self.folder).env_clear();
        tmux.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TMUX_TMPDIR", &self.folder);
        tmux
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("tmux can be run")
    }

    /// Types a text.
    pub fn types(&self, text: &str) {
        let ran = self.run(&["send-keys", "-l", text]);
        assert!(ran.status.success(), "tmux: {}", String::from_utf8_lossy(&ran.stderr));
    }

    /// The lines of the screen, without blanks at their ends and without empty lines at the end.
    pub fn screen(&self) -> String {
        self.capture(&[])
    }

    /// The same with the codes of colours.
    pub fn coloured_screen(&self) -> String {
        self.capture(&["-e"])
    }

    fn capture(&self, arguments: &[&str]) -> String {
        let ran = self.run(&[&["capture-pane", "-p"], arguments].concat());
        let text = String::from_utf8_lossy(&ran.stdout);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// Waits until the screen has what is wanted, and returns it.
    #[track_caller]
    pub fn until(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let screen = self.screen();
            if is_there(&screen) {
                return screen;
            }
            assert!(Instant::now() < deadline, "after {TIMEOUT:?}, not yet {what}:\n{screen}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}
