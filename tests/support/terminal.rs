//! The program in a terminal of a chosen size.

use std::fs;
use std::marker::PhantomData;

use super::{Scene, Tmux};

/// What the shell prints when the program has ended.
const END: &str = "exit code ";

/// A terminal in which the program runs.
pub struct Terminal<'s> {
    tmux: Tmux,
    /// Its folder and servers must outlive the program.
    scene: PhantomData<&'s Scene>,
}

impl<'s> Terminal<'s> {
    /// Starts the program with these arguments.
    pub fn start(scene: &'s Scene, width: usize, arguments: &[&str]) -> Self {
        let program = env!("CARGO_BIN_EXE_redis-keys-migrator");
        let script = format!("'{program}' {}\necho \"{END}$?\"\nexec sleep 1000\n", arguments.join(" "));
        fs::write(scene.folder().join("script.sh"), script).expect("a file in the test's folder");
        Self { tmux: Tmux::start(scene.folder(), (width, 50), &[], &["sh script.sh"]), scene: PhantomData }
    }

    /// The lines of the screen, with the codes of colours.
    pub fn coloured_screen(&self) -> String {
        self.tmux.coloured_screen()
    }

    /// Waits until the screen has what is wanted, and returns it.
    #[track_caller]
    pub fn until(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        self.tmux.until(what, is_there)
    }

    /// Waits until the program has ended. Returns the screen, without the line about the exit code.
    #[track_caller]
    pub fn ended(&self, code: i32) -> String {
        let screen = self.until("ended", |screen| screen.lines().any(|line| line.starts_with(END)));
        let end = format!("{END}{code}");
        screen.strip_suffix(&end).unwrap_or_else(|| panic!("not `{end}` at the end:\n{screen}")).to_owned()
    }
}
