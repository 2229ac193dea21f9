//! Two clusters of three masters each, compared with two plain servers.
//!
//! The clusters get their data from the plain source. In each round, the program copies from server to server and from
//! cluster to cluster, each into an empty destination.

use super::count;
use crate::cluster::Cluster;
use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::process::Taken;
use crate::program::{Jobs, Source};
use crate::setting::Setting;
use crate::stage::Stage;

/// The promised ratios to plain servers: speed, and our CPU.
const SPEED: f64 = 0.8;
const CPU: f64 = 1.3;

/// The first version, of Redis and of Valkey, that takes ranges of slots.
const TAKES_RANGES: u32 = 7;

/// Measures it.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    if setting.make.major < TAKES_RANGES {
        return Ok(Findings::LeftOut(format!("{} does not take ranges of slots", setting.make.name)));
    }
    let stage = Stage::new(setting, |source| data::mixed(source, keys))?;
    let clusters =
        Clusters { setting, keys, source: Cluster::start(&setting.make)?, destination: Cluster::start(&setting.make)? };
    clusters.copy(stage.source.port, &clusters.source)?;
    stage.copy()?;
    clusters.copy(clusters.source.port(), &clusters.destination)?;
    let (mut plain, mut clustered) = (Vec::new(), Vec::new());
    for _ in 0..setting.pairs {
        plain.push(stage.copy()?.taken);
        clustered.push(clusters.copy(clusters.source.port(), &clusters.destination)?);
    }
    Ok(Findings::Measured(figures(&plain, &clustered, keys)))
}

struct Clusters<'s> {
    setting: &'s Setting,
    keys: u64,
    source: Cluster,
    destination: Cluster,
}

impl Clusters<'_> {
    /// A run of the program into an empty cluster. All keys must arrive.
    fn copy(&self, from: u16, to: &Cluster) -> Result<Taken, Fault> {
        to.flush();
        let jobs = Jobs { source: Source::Port(from), destination: to.port(), lines: &[""], ca_file: None };
        let taken = self.setting.program.run(&jobs)?;
        to.expect_size("our run into a cluster", self.keys)?;
        Ok(taken)
    }
}

fn figures(plain: &[Taken], clustered: &[Taken], keys: u64) -> Vec<Figure> {
    let ratio =
        |of: fn(&Taken, &Taken) -> f64| plain.iter().zip(clustered).map(move |(plain, clustered)| of(plain, clustered));
    let seconds = |taken: &[Taken]| taken.iter().map(|taken| taken.seconds).collect::<Vec<_>>();
    let cpu = |taken: &[Taken]| taken.iter().map(|taken| taken.cpu * 1e6 / count(keys)).collect::<Vec<_>>();
    vec![
        Figure::new(
            "speed over that of plain servers",
            Unit::Ratio,
            ratio(|plain, clustered| plain.seconds / clustered.seconds),
        )
        .at_least(SPEED),
        Figure::new(
            "our CPU over that for plain servers",
            Unit::Ratio,
            ratio(|plain, clustered| clustered.cpu / plain.cpu),
        )
        .at_most(CPU),
        Figure::new("time with plain servers", Unit::Seconds, seconds(plain)),
        Figure::new("time with clusters", Unit::Seconds, seconds(clustered)),
        Figure::new("our CPU with plain servers", Unit::MicrosecondsPerKey, cpu(plain)),
        Figure::new("our CPU with clusters", Unit::MicrosecondsPerKey, cpu(clustered)),
    ]
}
