//! The file of a report.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use super::Patience;
use super::handle::Handle;
use super::kind::FileKind;
use super::place::Place;
use super::successor::Successor;
use crate::error::Stop;

/// The file of a report, or standard output. A regular file is locked when the run starts.
#[derive(Debug)]
pub struct ReportFile {
    path: PathBuf,
    target: Target,
    patience: Patience,
}

#[derive(Debug)]
enum Target {
    StandardOutput,
    /// A device or a FIFO. It is written once, because nothing that was written can be replaced.
    Stream(File),
    /// Each report replaces the one before.
    Regular {
        place: Place,
        current: RefCell<Handle>,
    },
}

impl ReportFile {
    pub(super) fn standard_output(patience: Patience) -> Self {
        Self { path: "standard output".into(), target: Target::StandardOutput, patience }
    }

    pub(super) fn new(path: PathBuf, place: Place, handle: Handle, patience: Patience) -> Self {
        let target = match handle.kind {
            FileKind::Regular => Target::Regular { place, current: handle.into() },
            _ => Target::Stream(handle.file),
        };
        Self { path, target, patience }
    }

    /// Whether the report goes to standard output.
    pub fn is_standard_output(&self) -> bool {
        matches!(self.target, Target::StandardOutput)
    }

    /// Whether an earlier report can be replaced, so that there can be one while the run lasts.
    pub fn can_be_replaced(&self) -> bool {
        matches!(self.target, Target::Regular { .. })
    }

    /// Writes a report. It replaces the one before if that is possible, which is whole until then.
    ///
    /// # Errors
    ///
    /// [`Stop::Output`], if the report cannot be written.
    pub fn write(&self, report: &str) -> Result<(), Stop> {
        let report = report.as_bytes();
        let written = match &self.target {
            Target::StandardOutput => self.patience.write_all(io::stdout(), report),
            Target::Stream(file) => self.patience.write_all(file, report),
            Target::Regular { place, current } => self.replace(place, &mut current.borrow_mut(), report),
        };
        written.map_err(|error| Stop::Output { path: self.path.clone(), message: error.to_string() })
    }

    fn replace(&self, place: &Place, current: &mut Handle, report: &[u8]) -> io::Result<()> {
        match Successor::of(current, place).and_then(|successor| successor.take_over(report, &self.patience)) {
            Ok(next) => *current = next,
            Err(error) if must_be_written_in_place(place, &error) => self.overwrite(current, report)?,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Writes in place. Only what is left of a longer report is removed.
    fn overwrite(&self, current: &Handle, report: &[u8]) -> io::Result<()> {
        if current.names > 1 {
            return Err(io::Error::other("it has several names (hard links), and its directory permits no new file"));
        }
        rustix::fs::seek(&current.file, rustix::fs::SeekFrom::Start(0))?;
        self.patience.write_all(&current.file, report)?;
        current.file.set_len(report.len() as u64)?;
        current.file.sync_data()
    }
}

/// Whether a file cannot be replaced, but written: its directory permits no new file, or it is a mount point, as in a
/// container.
fn must_be_written_in_place(place: &Place, error: &io::Error) -> bool {
    use ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    place.is_open_file || matches!(error.kind(), CrossesDevices | PermissionDenied | ReadOnlyFilesystem | ResourceBusy)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::outputs::{ReportFormat, inspect};

    fn open(path: &Path) -> ReportFile {
        let reports = [(ReportFormat::Json, path.to_owned())];
        let outputs = inspect(&[], &reports, &[], false).unwrap().open([], &Patience::default()).unwrap();
        outputs.reports.into_iter().next().unwrap().1
    }

    #[test]
    fn a_report_replaces_an_older_and_longer_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        fs::write(&path, "an older and longer report").unwrap();
        let report = open(&path);
        assert_eq!(fs::read_to_string(&path).unwrap(), "an older and longer report");
        report.write("{}\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n");
    }

    #[test]
    fn a_report_that_cannot_be_written_is_an_output_failure() {
        let stop = open(Path::new("/dev/full")).write("{}\n").unwrap_err();
        assert_eq!(stop.to_string(), "cannot write /dev/full: No space left on device (os error 28)");
    }
}
