//! The common setting of all scenarios: programs, and how often they run.

use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::fault::Fault;
use super::figures::report;
use super::program::Program;
use super::server::Make;

/// The variable with the path of the probe.
const PROBE_VARIABLE: &str = "MIGRATOR_BENCH_PROBE";

/// The common setting of all scenarios.
pub struct Setting {
    /// How often the baselines and the program run in turn.
    pub pairs: u32,
    /// Whether this only shows that the bench works.
    pub quick: bool,
    /// The servers' program.
    pub make: Make,
    /// The limit probe, if there is one.
    pub probe: Option<PathBuf>,
    /// What is measured.
    pub program: Program,
}

impl Setting {
    /// The setting of the command line. Reports which baseline will be missing.
    pub fn of(arguments: &Arguments) -> Result<Self, Fault> {
        let built = Path::new(env!("CARGO_BIN_EXE_redis-keys-migrator"));
        let probe = arguments.probe.clone().or_else(|| std::env::var_os(PROBE_VARIABLE).map(PathBuf::from));
        if probe.is_none() {
            report(&format!("the limit probe is left out: neither --probe nor {PROBE_VARIABLE} gives its path"));
        }
        if cfg!(debug_assertions) && !arguments.quick {
            report("this is a build without optimisation: `cargo bench` makes the one to measure");
        }
        Ok(Self {
            pairs: arguments.pairs(),
            quick: arguments.quick,
            make: Make::of(&arguments.server)?,
            probe: probe.map(absolute),
            program: Program::new(absolute(arguments.binary.clone().unwrap_or_else(|| built.to_owned()))),
        })
    }
}

/// The path must be absolute because programs are started in other folders.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}
