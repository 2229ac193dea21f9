//! The listener that shows the summary.

use std::io::{self, ErrorKind, Write};

use super::continued::continued;
use super::text;
use crate::error::Stop;
use crate::event::{Event, Listener};
use crate::outputs::OpenLogs;
use crate::report::Screen;
use crate::report::look::Look;
use crate::sanitize;

/// Where the summary is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SummaryTarget {
    StandardOutput,
    /// Standard output has the report.
    StandardError,
}

/// Shows the summary when the run has ended: first, on standard error, one line for each error log to check, then the
/// results on standard output. So the last line says how the run ended, or how it is continued, also on a terminal.
///
/// If standard output or standard error is closed, that is no error, because the keys have been moved.
pub struct Summary {
    screen: Screen,
    logs: OpenLogs,
    target: SummaryTarget,
    /// The command that continues the run.
    resume_command: String,
}

impl Summary {
    /// `logs` are the open logs of the run. All log lines are written before the summary.
    pub fn new(screen: Screen, logs: OpenLogs, target: SummaryTarget, resume_command: String) -> Self {
        Self { screen, logs, target, resume_command }
    }
}

impl Listener for Summary {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        if let Event::RunEnded(summary) = event {
            self.screen.flush();
            let patience = self.screen.patience();
            let (mut out, mut err) = (patience.writer(io::stdout()), patience.writer(io::stderr()));
            let logs = text::logs_to_check(summary, &self.logs);
            let (colours, continued) = (self.screen.colours(), continued(summary, &self.resume_command));
            match self.target {
                SummaryTarget::StandardOutput => {
                    let results = text::results(summary, Look::of(&io::stdout(), colours)) + &continued;
                    deliver(&mut out, &mut err, &results, &logs);
                }
                SummaryTarget::StandardError => {
                    let results = text::results(summary, Look::of(&io::stderr(), colours)) + &continued;
                    deliver(&mut patience.writer(io::stderr()), &mut err, &results, &logs);
                }
            }
        }
        Ok(())
    }
}

fn deliver(out: &mut impl Write, err: &mut impl Write, results: &str, logs_to_check: &str) {
    // A failure cannot be reported anywhere.
    let _ = err.write_all(sanitize::lines(logs_to_check).as_bytes()).and_then(|()| err.flush());
    let written = out.write_all(results.as_bytes()).and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        let warning = format!("warning: the summary could not be written to standard output: {error}\n");
        let _ = err.write_all(sanitize::lines(&warning).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_results_go_to_standard_output_and_the_logs_to_standard_error() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        deliver(&mut out, &mut err, "job\n", CHECK);
        assert_eq!((String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap()), ("job\n".into(), CHECK.into()));
    }

    #[test]
    fn a_closed_output_is_not_reported() {
        let mut err = Vec::new();
        deliver(&mut Failing(ErrorKind::BrokenPipe), &mut err, "job\n", CHECK);
        assert_eq!(String::from_utf8(err).unwrap(), CHECK);
        deliver(&mut Failing(ErrorKind::BrokenPipe), &mut Failing(ErrorKind::BrokenPipe), "job\n", CHECK);
    }

    #[test]
    fn any_other_failure_is_reported() {
        let mut err = Vec::new();
        deliver(&mut Failing(ErrorKind::StorageFull), &mut err, "job\n", CHECK);
        let printed = String::from_utf8(err).unwrap();
        let warning = "warning: the summary could not be written to standard output: no storage space\n";
        assert_eq!(printed, format!("{CHECK}{warning}"));
    }
}
