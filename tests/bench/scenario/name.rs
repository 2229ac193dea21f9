//! The list of scenarios.

use clap::ValueEnum;

use super::{again, backup, big, cluster, copy, far, few, latency, many, memory, rates, tls, verify};
use crate::fault::Fault;
use crate::figures::Findings;
use crate::setting::Setting;

/// A scenario, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Keys of all types, against the limit probe and a full sync
    Mixed,
    /// Small strings, against the limit probe and a full sync
    Small,
    /// Round trips of 20 and 100 ms on both sides
    Far,
    /// A second run over the keys that the first has copied
    Again,
    /// A verification of what a run has copied, against that run
    Verify,
    /// A pattern that one key in a thousand matches, against the bare SCAN loop
    Few,
    /// Nineteen jobs with a pattern each, against one job with all the patterns
    Many,
    /// Peak memory, against that at a tenth of the keys
    Memory,
    /// Values of 4 MiB: peak memory, and the source's output buffer
    Big,
    /// Another client of a source with a latency limit of 2 ms
    Latency,
    /// Limits on keys and bytes per second
    Rates,
    /// Keys of all types, with TLS on both sides, against plain connections
    Tls,
    /// Keys of all types between two clusters of three masters, against plain servers
    Cluster,
    /// An RDB file and standard input, against prepared RESTOREs
    Backup,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Mixed,
        Self::Small,
        Self::Far,
        Self::Again,
        Self::Verify,
        Self::Few,
        Self::Many,
        Self::Memory,
        Self::Big,
        Self::Latency,
        Self::Rates,
        Self::Tls,
        Self::Cluster,
        Self::Backup,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Small => "small",
            Self::Far => "far",
            Self::Again => "again",
            Self::Verify => "verify",
            Self::Few => "few",
            Self::Many => "many",
            Self::Memory => "memory",
            Self::Big => "big",
            Self::Latency => "latency",
            Self::Rates => "rates",
            Self::Tls => "tls",
            Self::Cluster => "cluster",
            Self::Backup => "backup",
        }
    }

    /// The default number of keys.
    pub fn usual_keys(self, quick: bool) -> u64 {
        match self {
            Self::Big if quick => 10,
            Self::Big => 500,
            _ if quick => 5_000,
            Self::Mixed | Self::Far | Self::Again | Self::Verify | Self::Tls | Self::Cluster => 200_000,
            Self::Small | Self::Latency => 1_000_000,
            Self::Few | Self::Memory => 2_000_000,
            Self::Many => 300_000,
            Self::Rates => 240_000,
            Self::Backup => 5_000_000,
        }
    }

    /// Measures it.
    pub fn run(self, setting: &Setting, keys: u64) -> Result<Findings, Fault> {
        match self {
            Self::Mixed => copy::mixed(setting, keys),
            Self::Small => copy::small(setting, keys),
            Self::Far => far::run(setting, keys),
            Self::Again => again::run(setting, keys),
            Self::Verify => verify::run(setting, keys),
            Self::Few => few::run(setting, keys),
            Self::Many => many::run(setting, keys),
            Self::Memory => memory::run(setting, keys),
            Self::Big => big::run(setting, keys),
            Self::Latency => latency::run(setting, keys),
            Self::Rates => rates::run(setting, keys),
            Self::Tls => tls::run(setting, keys),
            Self::Cluster => cluster::run(setting, keys),
            Self::Backup => backup::run(setting, keys),
        }
    }
}
