//! What the pages show as output is what the program prints, and their walk-throughs work when followed in order.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::docs::{Block, files, page, pages, renew, renews, root};
use crate::sample;
use crate::support::{Kind, Ran, Scene, Server, stand_in};

/// The ports of source and destination in the pages.
const PORTS: [&str; 2] = ["7701", "7702"];
/// A block that shows a call of the program and what it prints.
const OUTPUT: &str = "output";
/// The same, as a step of the walk-through.
const OUTPUT_OF_STEP: &str = "output of the walk-through";

/// An output without what changes from run to run or between builds of a server: durations, rates, sizes, and the
/// width of columns.
fn steady(output: &str) -> String {
    let is_size = |word: &str| word.ends_with('B') && word.contains(|letter: char| letter.is_ascii_digit());
    // `4ms` or `2m05s`, but not a number, a word or a value in quotes.
    let is_span =
        |word: &str| word.ends_with(['s', 'm', 'h']) && word.starts_with(|letter: char| letter.is_ascii_digit());
    let mut has_rate = false;
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().filter(|word| !is_size(word) && !is_span(word)).collect();
        // Of a row of the summary, the rate comes last.
        let is_row = has_rate && !words.is_empty();
        has_rate = is_row || line.ends_with(" keys/s");
        words[..words.len() - usize::from(is_row)].join(" ") + "\n"
    };
    output.lines().map(line).collect()
}

/// Checks what a block shows after its first line, or renews it.
#[track_caller]
fn expect_shown(block: &Block, printed: &str) {
    let (call, shown) = block.text.split_once('\n').expect("a call and what it prints");
    if steady(printed) == steady(shown) {
        return;
    }
    if renews() {
        renew(&block.page, &format!("```console\n{}```", block.text), &format!("```console\n{call}\n{printed}```"));
    } else {
        let stale = format!("{}: `{call}` prints something else; UPDATE_EXPECTED=1 renews it", block.page);
        assert_eq!(steady(printed), steady(shown), "{stale}");
    }
}

/// The pages' ports in place of ours, or the other way round. Columns keep their width.
fn replaced(text: &str, ports: [(&str, &str); 2]) -> String {
    ports.iter().fold(text.to_owned(), |text, (old, new)| {
        text.replace(&format!("{old}  "), &format!("{new:<0$}  ", old.len())).replace(old, new)
    })
}

#[test]
fn what_is_shown_as_output_is_what_the_program_prints() {
    let mut shown = 0;
    for page in pages().iter().filter(|page| page.text.contains(&format!("<!-- {OUTPUT} -->"))) {
        let source = Server::on_backup(Kind::Redis70, &sample::path(), &[]);
        let scene = Scene::of(source, Server::start(Kind::Redis70));
        fs::copy(sample::path(), scene.folder().join("quickstart.rdb")).expect("a copy of the sample");
        let ours = [scene.source.port().to_string(), scene.destination.port().to_string()];
        for block in page.blocks() {
            if block.language == "toml" && !block.label.contains('/') {
                scene.file(&block.label, &replaced(&block.text, [(PORTS[0], &ours[0]), (PORTS[1], &ours[1])]));
            } else if block.label == OUTPUT {
                shown += 1;
                let call = block.text.lines().next().and_then(|line| line.strip_prefix("$ redis-keys-migrator "));
                let call = call.expect("a call of the program");
                let Ran { stdout, stderr, .. } = scene.run(&call.split(' ').collect::<Vec<_>>());
                expect_shown(&block, &replaced(&(stdout + &stderr), [(&ours[0], PORTS[0]), (&ours[1], PORTS[1])]));
            }
        }
    }
    assert!(shown >= 3, "only {shown} outputs");
}

/// A folder that stands for a fresh clone, with programs that a walk-through needs and a test must not run.
struct Clone {
    folder: TempDir,
    ports: [u16; 2],
}

impl Clone {
    fn new(ports: [u16; 2]) -> Self {
        let folder = TempDir::with_prefix("clone-").expect("a temporary folder");
        let clone = Self { folder, ports };
        for folder in ["jobs", "bin", "demo"] {
            fs::create_dir(clone.path().join(folder)).expect("a folder of our own");
        }
        for path in files("jobs", "toml").into_iter().filter(|path| !path.starts_with(root().join("jobs/ops-repo"))) {
            let text = fs::read_to_string(&path).expect("a job file");
            let name = path.strip_prefix(root()).expect("a path of the repository");
            fs::write(clone.path().join(name), clone.filled_in(&text)).expect("a copy");
        }
        fs::copy(sample::path(), clone.path().join("jobs/quickstart.rdb")).expect("a copy of the sample");
        let sample = sample::path();
        let aws = format!("case \"$*\" in *' -') cat '{0}';; 's3 cp '*) cp '{0}' \"$4\";; esac", sample.display());
        clone.program("aws", &aws);
        clone.program("cargo", "[ \"$*\" = 'install --locked --path .' ]");
        clone.program("sudo", "[ \"$1 $2\" = 'apt-get install' ]");
        clone.program("redis-server", &format!("exec '{}' \"$@\"", Kind::Redis70.program().display()));
        clone.program("redis-keys-migrator", &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_redis-keys-migrator")));
        clone
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn program(&self, name: &str, script: &str) {
        stand_in(self.path().join("bin").join(name), script);
    }

    /// A text of a page with our ports, hosts and folder.
    fn filled_in(&self, text: &str) -> String {
        let [source, destination] = self.ports.map(|port| port.to_string());
        let mut text = replaced(text, [(PORTS[0], &source), (PORTS[1], &destination)]);
        for (host, port) in [("old", &source), ("new", &destination), ("shop", &destination)] {
            let host = format!("{host}.abc123.cache.amazonaws.com");
            let here = format!("-h 127.0.0.1 -p {port}");
            text = text.replace(&format!("-h {host}"), &here).replace(&host, "127.0.0.1");
        }
        text.replace("/tmp/migrator-demo", &self.path().join("demo").display().to_string())
    }

    /// Follows steps in one shell, as one would. Returns what each printed, with the ports of the pages.
    fn follow(&self, steps: &[Block], variables: &[(&str, u16)]) -> Vec<String> {
        let mut script = "set -euo pipefail\n".to_owned();
        for (number, step) in steps.iter().enumerate() {
            let command = match step.language.as_str() {
                "console" => step.text.lines().next().and_then(|line| line.strip_prefix("$ ")).expect("a command"),
                _ => step.text.as_str(),
            };
            script.extend(["{\n", &self.filled_in(command), &format!("\n}} >out.{number} 2>&1\n")]);
        }
        let shell = Command::new("bash")
            .args(["-c", &script])
            .current_dir(self.path())
            .env_clear()
            .env("PATH", format!("{}:{}", self.path().join("bin").display(), std::env::var("PATH").expect("a PATH")))
            .envs(variables.iter().map(|(name, port)| (name, port.to_string())))
            .stdin(Stdio::null())
            .output()
            .expect("there is a bash");
        let [source, destination] = self.ports.map(|port| port.to_string());
        let outputs = (0..steps.len()).map(|number| self.path().join(format!("out.{number}")));
        let outputs = outputs.filter_map(|path| fs::read_to_string(path).ok());
        let outputs: Vec<String> =
            outputs.map(|text| replaced(&text, [(&source, PORTS[0]), (&destination, PORTS[1])])).collect();
        let last = outputs.last().map_or("", String::as_str);
        let stderr = String::from_utf8_lossy(&shell.stderr);
        assert!(shell.status.success(), "step {} of {}: {last}{stderr}", outputs.len(), steps.len());
        outputs
    }
}

/// The steps of a walk-through, in order.
fn steps(name: &str, labels: &[&str], at_least: usize) -> Vec<Block> {
    let blocks = page(name).blocks().into_iter();
    let steps: Vec<Block> = blocks.filter(|block| labels.contains(&block.label.as_str())).collect();
    assert!(steps.len() >= at_least, "{name}: only {} steps", steps.len());
    steps
}

fn free_ports() -> [u16; 2] {
    let listen = || TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    [listen(), listen()].map(|listener| listener.local_addr().expect("it listens").port())
}

/// Stops servers that a walk-through which failed has left running.
struct Stopped<'a>(&'a Clone);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        for port in self.0.ports {
            let mut stop = Command::new("redis-cli");
            let stop = stop.args(["-p", &port.to_string(), "shutdown", "nosave"]);
            let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

#[test]
fn the_first_steps_of_the_readme_work_in_order() {
    let clone = Clone::new(free_ports());
    let _stopped = Stopped(&clone);
    let steps = steps("README.md", &["walk-through", OUTPUT_OF_STEP], 6);
    let printed = clone.follow(&steps, &[]);
    for (step, printed) in steps.iter().zip(&printed).filter(|(step, _)| step.label == OUTPUT_OF_STEP) {
        expect_shown(step, printed);
    }
    for port in clone.ports {
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "a server is still there");
    }
    assert!(!clone.path().join("demo").exists(), "the folder is still there");
}

/// A number in the last row of the summary, by the name of its column.
fn total(output: &str, column: &str) -> u64 {
    let titles = output.lines().find(|line| line.starts_with("job ")).expect("a summary");
    let totals = output.lines().find(|line| line.starts_with("total ")).expect("a summary of several jobs");
    // A column that is zero in every job is left out. The row of totals has no status.
    let Some(at) = titles.split_whitespace().position(|title| title == column) else { return 0 };
    totals.split_whitespace().nth(at - 1).and_then(|cell| cell.parse().ok()).expect("a number")
}

#[test]
fn the_guide_fills_a_cache_from_a_backup_in_order() {
    let cache = Server::start(Kind::Redis70);
    let clone = Clone::new([cache.port(); 2]);
    let steps = steps("jobs/guide.md", &["from-backup"], 6);
    let printed = clone.follow(&steps, &[("RKM_DESTINATION__PORT", cache.port())]);
    let last = printed.last().expect("steps print");
    assert_eq!((total(last, "compared"), total(last, "equal"), cache.size()), (165, 165, 165), "{last}");
}

#[test]
fn the_guide_moves_from_cache_to_cache_in_order() {
    let old = Server::on_backup(Kind::Redis70, &sample::path(), &[]);
    let new = Server::start(Kind::Redis70);
    let clone = Clone::new([old.port(), new.port()]);
    let steps = steps("jobs/guide.md", &["cache-to-cache"], 3);
    let ports = [("RKM_SOURCE__PORT", old.port()), ("RKM_DESTINATION__PORT", new.port())];
    let printed = clone.follow(&steps, &ports);
    let last = printed.last().expect("steps print");
    assert_eq!((total(last, "compared"), total(last, "equal"), new.size()), (200, 200, 200), "{last}");
    assert_eq!(last.matches("done: source and destination are the same").count(), 2, "{last}");
}
