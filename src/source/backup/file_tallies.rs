//! What was read of each file of a job.

use crate::job::BackupPath;
use crate::outcome::{FileStatus, FileTally};
use crate::source::{LaneId, Page, Position};

/// What was read of each file.
#[derive(Debug)]
pub(super) struct FileTallies(Vec<FileTally>);

impl FileTallies {
    pub fn of(paths: &[BackupPath]) -> Self {
        let tally =
            |path: &BackupPath| FileTally { name: path.to_string(), status: FileStatus::NotRead, keys: 0, bytes: 0 };
        Self(paths.iter().map(tally).collect())
    }

    pub fn each(&self) -> &[FileTally] {
        &self.0
    }

    /// Counts a page, and keys that an earlier walk returned. The files before its file were read to the end.
    pub fn count(&mut self, page: &Page, skipped: u64) {
        self.read_before(page.lane);
        let Some(file) = self.0.get_mut(page.lane) else { return };
        file.status = FileStatus::InPart;
        file.keys += page.keys.len() as u64 + skipped;
        if let Position::Offset(bytes) = page.reached {
            file.bytes = bytes;
        }
    }

    pub fn damaged(&mut self, lane: LaneId) {
        self.read_before(lane);
        if let Some(file) = self.0.get_mut(lane) {
            file.status = FileStatus::Damaged;
        }
    }

    pub fn ended(&mut self) {
        self.read_before(self.0.len());
    }

    fn read_before(&mut self, lane: LaneId) {
        self.0.iter_mut().take(lane).for_each(|file| file.status = FileStatus::Read);
    }
}
