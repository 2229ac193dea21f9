//! The program in a terminal of a chosen size, driven by tmux.

use std::fs;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Scene;

const TIMEOUT: Duration = Duration::from_mins(1);
/// What the shell prints when the program has ended.
const END: &str = "exit code ";

/// A terminal in which the program runs.
pub struct Terminal<'s> {
    scene: &'s Scene,
    /// Of the tmux server, which serves only this terminal.
    name: String,
}

static STARTED: AtomicUsize = AtomicUsize::new(0);

impl<'s> Terminal<'s> {
    /// Starts the program with these arguments.
    pub fn start(scene: &'s Scene, width: usize, arguments: &[&str]) -> Self {
        let program = env!("CARGO_BIN_EXE_redis-keys-migrator");
        let script = format!("'{program}' {}\necho \"{END}$?\"\nexec sleep 1000\n", arguments.join(" "));
        fs::write(scene.folder().join("script.sh"), script).expect("a file in the test's folder");
        let name = format!("test-{}", STARTED.fetch_add(1, Ordering::Relaxed));
        let terminal = Self { scene, name };
        let width = width.to_string();
        let ran = terminal.tmux(&["new-session", "-d", "-x", &width, "-y", "50", "sh script.sh"]);
        assert!(ran.status.success(), "tmux: {}", String::from_utf8_lossy(&ran.stderr));
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let folder = self.scene.folder();
        let mut tmux = Command::new("tmux");
        tmux.args(["-L", &self.name, "-f", "/dev/null"]).args(arguments).current_dir(folder);
        tmux.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TMUX_TMPDIR", folder);
        tmux.output().expect("tmux can be run; tests/support/servers.sh installs it")
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
        let ran = self.tmux(&[&["capture-pane", "-p"], arguments].concat());
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

    /// Waits until the program has ended. Returns the screen, without the line about the exit code.
    #[track_caller]
    pub fn ended(&self, code: i32) -> String {
        let screen = self.until("ended", |screen| screen.lines().any(|line| line.starts_with(END)));
        let end = format!("{END}{code}");
        screen.strip_suffix(&end).unwrap_or_else(|| panic!("not `{end}` at the end:\n{screen}")).to_owned()
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}
