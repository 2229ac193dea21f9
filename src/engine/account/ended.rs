//! How a job ended.

use crate::error::{Failures, Stop};
use crate::event::Progress;
use crate::outcome::{ByDatabase, ByType};

/// How a job ended.
#[derive(Debug)]
pub struct Ended {
    pub progress: Progress,
    /// What was written, by type.
    pub by_type: ByType,
    /// The outcomes, by source database.
    pub by_database: ByDatabase,
    /// Why keys failed.
    pub failures: Failures,
    /// Warnings for keys that no other message reports. Nothing has emitted them.
    pub warnings: Vec<String>,
    /// Why it ended early: every reason, the strongest first.
    pub stops: Vec<Stop>,
    /// Of a verification: the probability with which a key was compared; `None` if every key was.
    pub sample_rate: Option<f64>,
}

impl Ended {
    /// It ended before the first key.
    pub fn before_start(stop: Stop) -> Self {
        Self {
            progress: Progress::default(),
            by_type: ByType::default(),
            by_database: ByDatabase::default(),
            failures: Failures::default(),
            warnings: Vec::new(),
            stops: vec![stop],
            sample_rate: None,
        }
    }
}
