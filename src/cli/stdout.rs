//! Results, on standard output.

use std::io::{self, Write};

use super::Exit;

/// Prints a result. A reader that stops reading (`| head`) has what it wanted.
pub fn print(text: &str) -> Exit {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            tracing::error!("cannot write to standard output: {error}");
            Exit::Other
        }
        _ => Exit::Success,
    }
}
