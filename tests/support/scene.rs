//! Two servers, a folder with job files, and runs of the binary in it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{CAREFUL, Kind, Ran, Server};

/// A run that takes longer than this hangs.
const TIMEOUT: Duration = Duration::from_mins(3);

/// Two servers and a folder.
pub struct Scene {
    /// The source, running and empty.
    pub source: Server,
    /// The destination, running and empty.
    pub destination: Server,
    /// `retry` of source and destination in job files. The default if it is empty.
    retry: &'static str,
    folder: TempDir,
}

impl Scene {
    /// Two servers of the most common kind.
    pub fn new() -> Self {
        Self::between(Kind::Redis70, Kind::Redis70)
    }

    /// Two servers of these kinds.
    pub fn between(source: Kind, destination: Kind) -> Self {
        Self::of(Server::start(source), Server::start(destination))
    }

    /// Two servers of the most common kind. The destination refuses keys that are [`super::poison`].
    pub fn careful() -> Self {
        Self::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &CAREFUL))
    }

    /// Two servers that were started elsewhere.
    pub fn of(source: Server, destination: Server) -> Self {
        let folder = TempDir::with_prefix("scene-").expect("a temporary folder");
        Self { source, destination, retry: "", folder }
    }

    /// Job files set `retry` of source and destination.
    pub fn retries_for(self, retry: &'static str) -> Self {
        Self { retry, ..self }
    }

    /// An endpoint that disconnects ends the job.
    pub fn never_retries(self) -> Self {
        self.retries_for("0s")
    }

    /// The current directory of runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder. `{SOURCE}` and `{DESTINATION}` stand for the tables of source and destination,
    /// `{SOURCE_PORT}` and `{DESTINATION_PORT}` for their ports, `{SOURCE_SOCKET}` and `{DESTINATION_SOCKET}` for
    /// the paths of their Unix sockets.
    pub fn file(&self, name: &str, text: &str) -> &Self {
        fs::write(self.folder().join(name), self.filled_in(text)).expect("a file in the test's folder");
        self
    }

    /// Writes a file that only its owner can read.
    pub fn secret_file(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.folder().join(name);
        fs::write(&path, text).expect("a file in the test's folder");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("the file is ours");
        self
    }

    /// Writes `job.toml`: one job called `all`, without sleep, with these further lines.
    pub fn job(&self, lines: &str) -> &Self {
        let sleep = if lines.contains("sleep") { "" } else { "sleep = \"0s\"\n" };
        self.file(
            "job.toml",
            &format!("[[job]]\nname = \"all\"\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\n{sleep}{lines}\n"),
        )
    }

    /// Writes `job.toml` with these lines (see [`Scene::job`]), runs it, and reports to `report.json`.
    pub fn run_job(&self, lines: &str) -> Ran {
        self.job(lines).run(&["run", "job.toml", "--report", "report.json"])
    }

    /// Runs the binary with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).run()
    }

    /// Prepares a run of `job.toml` with these settings, such as `source.port=6379`, which reports to `report.json`.
    pub fn prepare_job(&self, settings: &[String]) -> Prepared<'_> {
        let mut arguments = vec!["run", "job.toml", "--report", "report.json"];
        for setting in settings {
            arguments.extend(["--set", setting]);
        }
        self.prepare(&arguments)
    }

    /// The server of a side: `source` or `destination`.
    pub fn server(&self, side: &str) -> &Server {
        if side == "source" { &self.source } else { &self.destination }
    }

    /// Prepares a run, which can be changed before it starts.
    pub fn prepare(&self, arguments: &[&str]) -> Prepared<'_> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redis-keys-migrator"));
        command
            .args(arguments.iter().map(|argument| self.filled_in(argument)))
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null());
        Prepared { scene: self, command, stdout: None, stderr: None }
    }

    /// A file of the folder, as text.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        let path = self.folder().join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The error log; empty if there is none, because the run had no errors.
    pub fn error_log(&self) -> String {
        fs::read_to_string(self.folder().join("redis-keys-migrator-error.log")).unwrap_or_default()
    }

    /// The line that sets `retry` under this name, if the scene sets it.
    pub(super) fn retry_line(&self, name: &str) -> Option<String> {
        (!self.retry.is_empty()).then(|| format!("{name} = \"{}\"", self.retry))
    }

    fn filled_in(&self, text: &str) -> String {
        let table = |server: &Server| {
            let retry = self.retry_line("retry").map(|line| format!(", {line}")).unwrap_or_default();
            format!("{{ host = \"127.0.0.1\", port = {}{retry} }}", server.port())
        };
        let socket = |server: &Server| server.socket().display().to_string();
        text.replace("{SOURCE}", &table(&self.source))
            .replace("{DESTINATION}", &table(&self.destination))
            .replace("{SOURCE_PORT}", &self.source.port().to_string())
            .replace("{DESTINATION_PORT}", &self.destination.port().to_string())
            .replace("{SOURCE_SOCKET}", &socket(&self.source))
            .replace("{DESTINATION_SOCKET}", &socket(&self.destination))
    }
}

/// A run before it starts.
pub struct Prepared<'a> {
    scene: &'a Scene,
    command: Command,
    stdout: Option<Stdio>,
    stderr: Option<Stdio>,
}

impl<'a> Prepared<'a> {
    /// Sets a variable. Its value may contain the placeholders of [`Scene::file`].
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, self.scene.filled_in(value));
        self
    }

    /// Redirects stdout. [`Ran::stdout`] is empty then.
    pub fn stdout(mut self, to: impl Into<Stdio>) -> Self {
        self.stdout = Some(to.into());
        self
    }

    /// Redirects stderr. [`Ran::stderr`] is empty then.
    pub fn stderr(mut self, to: impl Into<Stdio>) -> Self {
        self.stderr = Some(to.into());
        self
    }

    /// Feeds stdin, which is empty otherwise.
    pub fn stdin(mut self, from: impl Into<Stdio>) -> Self {
        self.command.stdin(from);
        self
    }

    /// If the tests run as root, removes root's permission to use every file. (`setpriv` is part of every Debian.)
    pub fn unprivileged(self) -> Self {
        if !rustix::process::geteuid().is_root() {
            return self;
        }
        let rights = "-dac_override,-dac_read_search";
        self.under(&["setpriv", &format!("--bounding-set={rights}"), &format!("--inh-caps={rights}"), "--"])
    }

    /// Runs it under another program, such as `nohup`.
    pub fn under(mut self, program: &[&str]) -> Self {
        let mut command = Command::new(program[0]);
        command
            .args(&program[1..])
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .current_dir(self.scene.folder())
            .env_clear()
            .envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .stdin(Stdio::null());
        self.command = command;
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Ran {
        self.spawn().wait()
    }

    /// Starts it.
    pub fn spawn(mut self) -> Running<'a> {
        let folder = TempDir::with_prefix("output-").expect("a temporary folder");
        let create = |name| File::create(folder.path().join(name)).expect("a file in the test's folder");
        let stdout = self.stdout.unwrap_or_else(|| create("stdout").into());
        let stderr = self.stderr.unwrap_or_else(|| create("stderr").into());
        let process = self.command.stdout(stdout).stderr(stderr).spawn().expect("the binary can be run");
        Running { scene: self.scene, process, folder }
    }
}

/// A run that has started.
pub struct Running<'a> {
    scene: &'a Scene,
    process: Child,
    folder: TempDir,
}

impl Running<'_> {
    /// What it has printed on stderr so far.
    pub fn stderr(&self) -> String {
        read_lossy(self.folder.path().join("stderr"))
    }

    /// Waits until a condition holds while it runs.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut condition: impl FnMut(&Scene) -> bool) {
        let deadline = Instant::now() + TIMEOUT;
        while !condition(self.scene) {
            let ended = self.process.try_wait().expect("a child process has a status");
            assert!(ended.is_none(), "it ended before {what}: {ended:?}\n{}", self.stderr());
            assert!(Instant::now() < deadline, "timed out before {what}\n{}", self.stderr());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().expect("a child process has a status").is_some()
    }

    /// Its peak memory so far, in bytes. `None` if it has ended.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        kilobytes.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).expect("a child process can be signalled");
    }

    /// Waits until it ends.
    #[track_caller]
    pub fn wait(mut self) -> Ran {
        let status = self.ended().expect("a child process can be waited for");
        let output = |name| read_lossy(self.folder.path().join(name));
        Ran::new(status, output("stdout"), output("stderr"), self.scene.folder())
    }

    /// Waits until a process that was killed has ended.
    #[track_caller]
    pub fn wait_killed(mut self) {
        let status = self.ended().expect("a child process can be waited for");
        assert_eq!(status.code(), None, "it ended by itself");
    }

    #[track_caller]
    fn ended(&mut self) -> io::Result<ExitStatus> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                self.process.kill()?;
                self.process.wait()?;
                panic!("it has not ended after {TIMEOUT:?}:\n{}", self.stderr());
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // A test that fails leaves nothing running. After `wait`, the process has already ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read_lossy(path: PathBuf) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}
