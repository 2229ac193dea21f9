//! Two servers, and the cost of a run for the program and both servers.

use std::path::Path;

use super::baseline;
use super::cpu::ServerCpu;
use super::fault::Fault;
use super::process::Taken;
use super::program::{Jobs, Source};
use super::server::Server;
use super::setting::Setting;

/// A source and a destination.
pub struct Stage<'a> {
    /// The programs that may run here.
    pub setting: &'a Setting,
    /// The source.
    pub source: Server,
    /// The destination.
    pub destination: Server,
}

/// The resources that a run used, in the program and in both servers.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// The process that moved the keys.
    pub taken: Taken,
    /// The server that was read.
    pub source: ServerCpu,
    /// The server that was written to.
    pub destination: ServerCpu,
}

impl<'a> Stage<'a> {
    /// Two servers; the source is filled by `fill`.
    pub fn new(setting: &'a Setting, fill: impl FnOnce(&Server)) -> Result<Self, Fault> {
        let (source, destination) = (Server::start(&setting.make)?, Server::start(&setting.make)?);
        fill(&source);
        Ok(Self { setting, source, destination })
    }

    /// The same with servers that were started elsewhere.
    pub fn of(setting: &'a Setting, source: Server, destination: Server) -> Self {
        Self { setting, source, destination }
    }

    /// A run of the program over the TLS ports of both servers, into an empty destination.
    pub fn copy_encrypted(&self, [source, destination]: [u16; 2], ca_file: &Path) -> Result<Cost, Fault> {
        self.destination.flush();
        let jobs = Jobs { source: Source::Port(source), destination, lines: &[""], ca_file: Some(ca_file) };
        let cost = self.measure(|| self.setting.program.run(&jobs))?;
        self.expect_all("our encrypted run")?;
        Ok(cost)
    }

    /// A run of the program into an empty destination. All keys must arrive.
    pub fn copy(&self) -> Result<Cost, Fault> {
        self.destination.flush();
        let cost = self.measure(|| self.run(&[""]))?;
        self.expect_all("our run")?;
        Ok(cost)
    }

    /// A run of the program with a pattern into an empty destination.
    pub fn copy_some(&self, pattern: &str, expected: u64) -> Result<Taken, Fault> {
        self.copy_jobs(&[&format!("match = \"{pattern}\"")], expected)
    }

    /// A run of the program with jobs that have these lines into an empty destination.
    pub fn copy_jobs(&self, lines: &[&str], expected: u64) -> Result<Taken, Fault> {
        self.destination.flush();
        let taken = self.run(lines)?;
        self.destination.expect_size("our run", expected)?;
        Ok(taken)
    }

    /// A run of the program with jobs that have these lines into the destination as it is.
    pub fn run(&self, lines: &[&str]) -> Result<Taken, Fault> {
        self.setting.program.run(&self.jobs(lines))
    }

    /// A verification of the destination as it is.
    pub fn verify(&self) -> Result<Cost, Fault> {
        self.measure(|| self.setting.program.verify(&self.jobs(&[""])))
    }

    fn jobs<'j>(&self, lines: &'j [&'j str]) -> Jobs<'j> {
        let (source, destination) = (Source::Port(self.source.port), self.destination.port);
        Jobs { source, destination, lines, ca_file: None }
    }

    /// The limit probe into an empty destination, if there is one.
    pub fn probe(&self) -> Result<Option<Cost>, Fault> {
        let Some(probe) = &self.setting.probe else { return Ok(None) };
        self.destination.flush();
        let cost = self.measure(|| baseline::limit_probe(probe, &self.source, &self.destination))?;
        self.expect_all("the limit probe")?;
        Ok(Some(cost))
    }

    /// A full sync into an empty destination. Returns its seconds.
    pub fn full_sync(&self) -> Result<f64, Fault> {
        self.destination.flush();
        let seconds = baseline::full_sync(&self.source, &self.destination)?;
        self.expect_all("the full sync")?;
        Ok(seconds)
    }

    /// Fails unless all keys have arrived.
    pub fn expect_all(&self, who: &'static str) -> Result<(), Fault> {
        self.destination.expect_size(who, self.source.size())
    }

    fn measure(&self, run: impl FnOnce() -> Result<Taken, Fault>) -> Result<Cost, Fault> {
        let before = (ServerCpu::of(&self.source), ServerCpu::of(&self.destination));
        let taken = run()?;
        let (source, destination) = (ServerCpu::of(&self.source), ServerCpu::of(&self.destination));
        Ok(Cost { taken, source: source - before.0, destination: destination - before.1 })
    }
}
