//! The command line of the bench.

use std::path::PathBuf;

use clap::Parser;

use super::scenario::Scenario;

/// Measures redis-keys-migrator against baselines, on servers of its own.
#[derive(Debug, Parser)]
#[command(name = "speed")]
pub struct Arguments {
    /// Run only these scenarios
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SCENARIO")]
    only: Vec<Scenario>,
    /// How often the baselines and the program run in turn
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pairs: Option<u32>,
    /// Keys of a scenario, for example `mixed=50000` (of `big`: values)
    #[arg(long, value_delimiter = ',', value_name = "SCENARIO=N", value_parser = keys)]
    keys: Vec<(Scenario, u64)>,
    /// Few keys and one pair: shows that the bench works, not how fast anything is
    #[arg(long)]
    pub quick: bool,
    /// The server's program
    #[arg(long, default_value = "redis-server", value_name = "PATH")]
    pub server: PathBuf,
    /// The program that is measured, instead of the one that cargo has built
    #[arg(long, value_name = "PATH")]
    pub binary: Option<PathBuf>,
    /// The limit probe, called with the source's and the destination's port [env: `MIGRATOR_BENCH_PROBE`]
    #[arg(long, value_name = "PATH")]
    pub probe: Option<PathBuf>,
    /// Also write the results to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Show the change of each figure since the results in this file
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    /// The scenarios, in order.
    pub fn scenarios(&self) -> Vec<Scenario> {
        let wanted = |scenario: &Scenario| self.only.is_empty() || self.only.contains(scenario);
        Scenario::ALL.into_iter().filter(wanted).collect()
    }

    /// How many keys a scenario moves.
    pub fn keys_of(&self, scenario: Scenario) -> u64 {
        let given = self.keys.iter().rev().find(|(name, _)| *name == scenario);
        given.map_or_else(|| scenario.usual_keys(self.quick), |(_, keys)| *keys)
    }

    /// How often.
    pub fn pairs(&self) -> u32 {
        self.pairs.unwrap_or(if self.quick { 1 } else { 5 })
    }
}

/// Reads `mixed=50000`.
fn keys(text: &str) -> Result<(Scenario, u64), String> {
    let (name, number) = text.split_once('=').ok_or("must look like `mixed=50000`")?;
    let scenario = Scenario::ALL.into_iter().find(|scenario| scenario.name() == name);
    let scenario = scenario.ok_or_else(|| format!("`{name}` is not a scenario"))?;
    let keys = number.parse().ok().filter(|keys| *keys >= 1);
    Ok((scenario, keys.ok_or_else(|| format!("`{number}` is not a number of keys"))?))
}
