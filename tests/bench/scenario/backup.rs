//! An RDB file into an empty server: as a file, and through standard input.
//!
//! The baseline is the time that the destination alone needs for the same payloads as prepared `RESTORE`s. In each
//! round, the baseline, the program from the file, and the program from a pipe with the same bytes fill the same
//! destination, which is emptied before each. A ratio is taken within a round, and the median over all rounds. The
//! first round has only the baseline and does not count: in it the destination gets its memory from the system, and
//! the files are in the system's memory after it.

use std::path::PathBuf;

use tempfile::TempDir;

use super::count;
use crate::baseline::PreparedRestores;
use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit, report};
use crate::process::Taken;
use crate::program::{Jobs, Source};
use crate::server::Server;
use crate::setting::Setting;

const KEY: &str = "rdb";
/// The promised ratio to the prepared commands.
const RATIO: f64 = 1.2;
/// The promised peak memory of the program, in MiB.
const PEAK: f64 = 48.0;

/// Measures it. Only the baseline, if the program lacks the key.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    let scene = Scene::new(setting, keys)?;
    let is_known = setting.program.knows(KEY)?;
    if !is_known {
        report(&format!("the runs of the program are left out of backup: the program lacks the key `{KEY}`"));
    }
    scene.restores()?;
    let round = |_| Ok(Round { restores: scene.restores()?, ours: is_known.then(|| scene.ours()).transpose()? });
    let rounds: Vec<Round> = (0..setting.pairs).map(round).collect::<Result<_, Fault>>()?;
    Ok(Findings::Measured(figures(&rounds, keys)))
}

/// A backup, and its destination.
struct Scene<'a> {
    setting: &'a Setting,
    destination: Server,
    keys: u64,
    backup: PathBuf,
    restores: PreparedRestores,
    /// Holds the files, and removes them.
    _folder: TempDir,
}

impl<'a> Scene<'a> {
    fn new(setting: &'a Setting, keys: u64) -> Result<Self, Fault> {
        let folder = TempDir::with_prefix("bench-backup-");
        let folder = folder.map_err(|error| Fault::File { path: std::env::temp_dir(), error })?;
        let backup = folder.path().join("backup.rdb");
        data::backup(&backup, keys).map_err(|error| Fault::File { path: backup.clone(), error })?;
        let restores = PreparedRestores::of(&backup)?;
        Ok(Self { setting, destination: Server::start(&setting.make)?, keys, backup, restores, _folder: folder })
    }

    /// The prepared commands into an empty destination. Returns their seconds.
    fn restores(&self) -> Result<f64, Fault> {
        self.destination.flush();
        let seconds = self.restores.send(&self.destination)?;
        self.destination.expect_size("the prepared RESTOREs", self.keys)?;
        Ok(seconds)
    }

    fn ours(&self) -> Result<Ours, Fault> {
        Ok(Ours { file: self.copy(Source::File(&self.backup))?, stdin: self.copy(Source::Stdin(&self.backup))? })
    }

    /// A run of the program into an empty destination. All keys must arrive.
    fn copy(&self, source: Source<'_>) -> Result<Taken, Fault> {
        self.destination.flush();
        let jobs = Jobs { source, destination: self.destination.port, lines: &[""], ca_file: None };
        let taken = self.setting.program.run(&jobs)?;
        self.destination.expect_size("our run", self.keys)?;
        Ok(taken)
    }
}

/// The times of one round.
struct Round {
    /// Seconds.
    restores: f64,
    ours: Option<Ours>,
}

struct Ours {
    file: Taken,
    stdin: Taken,
}

fn figures(rounds: &[Round], keys: u64) -> Vec<Figure> {
    let runs = |taken: fn(&Ours) -> Taken| -> Vec<(f64, Taken)> {
        rounds.iter().filter_map(|round| Some((round.restores, taken(round.ours.as_ref()?)))).collect()
    };
    let mut figures = ours("from the file", &runs(|ours| ours.file), count(keys));
    figures.extend(ours("from stdin", &runs(|ours| ours.stdin), count(keys)));
    figures.push(Figure::new("time of prepared RESTOREs", Unit::Seconds, rounds.iter().map(|round| round.restores)));
    figures
}

/// The figures of the program's runs from one kind of source, each with the baseline's seconds. None without runs.
fn ours(from: &str, runs: &[(f64, Taken)], keys: f64) -> Vec<Figure> {
    if runs.is_empty() {
        return Vec::new();
    }
    let figure =
        |name: &str, unit, value: &dyn Fn(&(f64, Taken)) -> f64| Figure::new(name, unit, runs.iter().map(value));
    let over = format!("time {from} over prepared RESTOREs'");
    let mut figures = vec![figure(&over, Unit::Ratio, &|(restores, taken)| taken.seconds / restores).at_most(RATIO)];
    let peaks: Vec<f64> = runs.iter().filter_map(|(_, taken)| taken.peak).collect();
    if !peaks.is_empty() {
        figures.push(Figure::new(&format!("our peak memory {from}"), Unit::Mebibytes, peaks).at_most(PEAK));
    }
    figures.extend([
        figure(&format!("our CPU {from}"), Unit::MicrosecondsPerKey, &|(_, taken)| taken.cpu * 1e6 / keys),
        figure(&format!("our speed {from}"), Unit::KeysPerSecond, &|(_, taken)| keys / taken.seconds),
        figure(&format!("our time {from}"), Unit::Seconds, &|(_, taken)| taken.seconds),
    ]);
    figures
}
