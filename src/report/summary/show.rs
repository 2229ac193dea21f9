//! The listener that shows the summary.

use std::io::{self, ErrorKind, Write};

use super::text;
use crate::error::Stop;
use crate::event::{Event, Listener, RunSummary};
use crate::outputs::OpenLogs;
use crate::report::Screen;
use crate::sanitize;

/// Where the summary is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SummaryTarget {
    StandardOutput,
    /// Standard output has the report.
    StandardError,
}

/// Shows the summary when the run has ended: first the table on standard output, then, on standard error, one line for
/// each error log to check.
///
/// If standard output or standard error is closed, that is no error, because the keys have been moved.
pub struct Summary {
    screen: Screen,
    logs: OpenLogs,
    target: SummaryTarget,
}

impl Summary {
    /// `logs` are the open logs of the run. All log lines are written before the summary.
    pub fn new(screen: Screen, logs: OpenLogs, target: SummaryTarget) -> Self {
        Self { screen, logs, target }
    }
}

impl Listener for Summary {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        if let Event::RunEnded(summary) = event {
            self.screen.flush();
            let patience = self.screen.patience();
            let (mut out, mut err) = (patience.writer(io::stdout()), patience.writer(io::stderr()));
            match self.target {
                SummaryTarget::StandardOutput => deliver(&mut out, &mut err, summary, &self.logs),
                SummaryTarget::StandardError => {
                    deliver(&mut patience.writer(io::stderr()), &mut err, summary, &self.logs);
                }
            }
        }
        Ok(())
    }
}

fn deliver(out: &mut impl Write, err: &mut impl Write, summary: &RunSummary, logs: &OpenLogs) {
    let written = out.write_all(sanitize::lines(&text::results(summary)).as_bytes()).and_then(|()| out.flush());
    let warning = match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            format!("warning: the summary could not be written to standard output: {error}\n")
        }
        _ => String::new(),
    };
    // A failure cannot be reported anywhere.
    let _ = err.write_all(sanitize::lines(&(warning + &text::logs_to_check(summary, logs))).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const CHECK: &str = "Errors occurred during the execution. Check |errors.log| for details\n";

    #[test]
    fn the_table_goes_to_standard_output_and_the_logs_to_standard_error() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        deliver(&mut out, &mut err, &samples::every_status(), &OpenLogs::default());
        assert!(String::from_utf8(out).unwrap().starts_with("job "));
        assert_eq!(String::from_utf8(err).unwrap(), CHECK);
    }

    #[test]
    fn a_closed_output_is_not_reported() {
        let mut err = Vec::new();
        deliver(&mut Failing(ErrorKind::BrokenPipe), &mut err, &samples::every_status(), &OpenLogs::default());
        assert_eq!(String::from_utf8(err).unwrap(), CHECK);
        deliver(
            &mut Failing(ErrorKind::BrokenPipe),
            &mut Failing(ErrorKind::BrokenPipe),
            &samples::every_status(),
            &OpenLogs::default(),
        );
    }

    #[test]
    fn any_other_failure_is_reported() {
        let mut err = Vec::new();
        deliver(&mut Failing(ErrorKind::StorageFull), &mut err, &samples::every_status(), &OpenLogs::default());
        let printed = String::from_utf8(err).unwrap();
        let warning = "warning: the summary could not be written to standard output: no storage space\n";
        assert_eq!(printed, format!("{warning}{CHECK}"));
    }
}
