//! One quantity that was measured several times.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// One time, size or speed over another.
    Ratio,
    /// Time.
    Seconds,
    /// Time.
    Milliseconds,
    /// CPU per key.
    MicrosecondsPerKey,
    /// Memory.
    Mebibytes,
    /// Speed.
    KeysPerSecond,
    /// Speed.
    MebibytesPerSecond,
    /// A part of a whole.
    Percent,
    /// How often.
    Calls,
}

/// The limit of a figure that issues and README promise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// No more.
    AtMost(f64),
    /// No less.
    AtLeast(f64),
}

/// A figure: the value of every pair, the median and the bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// Its unit.
    pub unit: Unit,
    /// The median. For an even number of values, the mean of the middle two.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// One a pair, in the order in which they ran.
    pub values: Vec<f64>,
    /// The promised limit, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Wanted>,
}

impl Figure {
    /// A figure with at least one value.
    pub fn new(name: &str, unit: Unit, values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = (sorted.len() - 1) / 2;
        let median = f64::midpoint(sorted[middle], sorted[sorted.len() / 2]);
        let (min, max) = (sorted[0], sorted[sorted.len() - 1]);
        Self { name: name.to_owned(), unit, median, min, max, values, wanted: None }
    }

    /// The same, with a limit that it should not exceed.
    pub fn at_most(self, limit: f64) -> Self {
        Self { wanted: Some(Wanted::AtMost(limit)), ..self }
    }

    /// The same, with a limit that it should reach.
    pub fn at_least(self, limit: f64) -> Self {
        Self { wanted: Some(Wanted::AtLeast(limit)), ..self }
    }

    /// Whether the median is as promised.
    pub fn holds(&self) -> Option<bool> {
        self.wanted.map(|wanted| match wanted {
            Wanted::AtMost(limit) => self.median <= limit,
            Wanted::AtLeast(limit) => self.median >= limit,
        })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ratio => "×",
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::MicrosecondsPerKey => "µs/key",
            Self::Mebibytes => "MiB",
            Self::KeysPerSecond => "keys/s",
            Self::MebibytesPerSecond => "MiB/s",
            Self::Percent => "%",
            Self::Calls => "calls",
        })
    }
}
