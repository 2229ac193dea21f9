//! The results of a whole run, and their file.

use std::path::Path;
use std::{fs, io, thread};

use serde::{Deserialize, Serialize};

use super::Figure;
use crate::fault::Fault;
use crate::setting::Setting;

/// The result of a scenario.
pub enum Findings {
    /// It ran.
    Measured(Vec<Figure>),
    /// It was left out for this reason, which is not an error.
    LeftOut(String),
}

/// All results, and the setting in which they were measured.
#[derive(Debug, Serialize, Deserialize)]
pub struct Results {
    /// The servers.
    pub server: String,
    /// CPUs that could be used.
    pub cpus: usize,
    /// How often everything ran.
    pub pairs: u32,
    /// Whether the run only shows that the bench works.
    pub quick: bool,
    /// Scenario by scenario.
    pub scenarios: Vec<Chapter>,
}

/// One scenario's figures.
#[derive(Debug, Serialize, Deserialize)]
pub struct Chapter {
    /// The scenario.
    pub name: String,
    /// How many keys there were.
    pub keys: u64,
    /// What was measured.
    pub figures: Vec<Figure>,
}

impl Results {
    /// No results yet.
    pub fn new(setting: &Setting) -> Self {
        Self {
            server: setting.make.name.clone(),
            cpus: thread::available_parallelism().map_or(0, usize::from),
            pairs: setting.pairs,
            quick: setting.quick,
            scenarios: Vec::new(),
        }
    }

    /// Adds the result of a scenario.
    pub fn add(&mut self, name: &str, keys: u64, figures: Vec<Figure>) {
        self.scenarios.push(Chapter { name: name.to_owned(), keys, figures });
    }

    /// Reads the file that an earlier run has written.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        let fault = |error| Fault::File { path: path.to_owned(), error };
        let text = fs::read_to_string(path).map_err(fault)?;
        serde_json::from_str(&text).map_err(|error| fault(io::Error::other(error)))
    }

    /// Writes them to a file.
    pub fn write(&self, path: &Path) -> Result<(), Fault> {
        let mut text = serde_json::to_string_pretty(self).expect("numbers and texts");
        text.push('\n');
        fs::write(path, text).map_err(|error| Fault::File { path: path.to_owned(), error })
    }

    /// A figure of a scenario of the same size, if there is one: figures of other sizes cannot be compared.
    pub fn figure(&self, scenario: &Chapter, name: &str) -> Option<&Figure> {
        let same = |other: &&Chapter| other.name == scenario.name && other.keys == scenario.keys;
        self.scenarios.iter().find(same)?.figures.iter().find(|figure| figure.name == name)
    }
}
