//! What is the same for all scenarios: programs, and how often they run.

use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::fault::Fault;
use super::figures::tell;
use super::program::Program;
use super::server::Make;

/// Where people put the probe's path, so as not to type it each time.
const PROBE_VARIABLE: &str = "MIGRATOR_BENCH_PROBE";

/// What all scenarios are run with.
pub struct Setting {
    /// How often baselines and we run in turn.
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
    /// What the command line asks for. Says which baseline will be missing.
    pub fn of(arguments: &Arguments) -> Result<Self, Fault> {
        let built = Path::new(env!("CARGO_BIN_EXE_redis-keys-migrator"));
        let probe = arguments.probe.clone().or_else(|| std::env::var_os(PROBE_VARIABLE).map(PathBuf::from));
        if probe.is_none() {
            tell(&format!("the limit probe is left out: neither --probe nor {PROBE_VARIABLE} says where it is"));
        }
        if cfg!(debug_assertions) && !arguments.quick {
            tell("this is a build without optimisation: `cargo bench` makes the one to measure");
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

/// Programs are started in folders of their own.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}
