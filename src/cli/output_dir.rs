//! `--output-dir`: the directory of what a run writes.

use std::path::{Path, PathBuf};

use super::shared_args::ReportOptions;
use crate::job::Job;
use crate::outputs::ReportFormat;

impl ReportOptions {
    /// The reports that are asked for.
    pub fn files(&self) -> Vec<(ReportFormat, PathBuf)> {
        let paths = [&self.report, &self.report_markdown, &self.report_junit];
        let formats = [ReportFormat::Json, ReportFormat::Markdown, ReportFormat::Junit];
        formats.into_iter().zip(paths).filter_map(|(format, path)| Some((format, path.clone()?))).collect()
    }

    /// The file of GitHub Actions that the summary is appended to.
    pub fn step_summary(&self) -> Option<PathBuf> {
        let path = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())?;
        self.report_markdown.is_none().then(|| path.into())
    }
}

/// Moves error logs, differences files, checkpoints and reports with relative paths into the directory. `-` is standard
/// output, and no path.
pub fn move_into(folder: &Path, jobs: &mut [Job], reports: &mut [(ReportFormat, PathBuf)]) {
    let of_reports = reports.iter_mut().map(|(_, path)| path).filter(|path| path.as_os_str() != "-");
    let of_jobs = jobs
        .iter_mut()
        .flat_map(|job| [Some(&mut job.error_log.path), Some(&mut job.verify.log), job.checkpoint.as_mut()]);
    for path in of_reports.chain(of_jobs.flatten()) {
        *path = folder.join(&*path);
    }
}

/// Creates the directory. The one above it must exist: a typo in it would scatter files.
pub fn create(folder: &Path) -> Result<(), String> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir(folder).map_err(|error| refusal(folder, &error.to_string()))
}

/// Checks that a missing directory can be created.
pub fn check(folder: &Path) -> Result<(), String> {
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if above.is_dir() { Ok(()) } else { Err(refusal(folder, &format!("there is no directory `{}`", above.display()))) }
}

fn refusal(folder: &Path, why: &str) -> String {
    format!("the directory `{}` (`--output-dir`) cannot be created: {why}", folder.display())
}
