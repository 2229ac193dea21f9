//! Prints results on standard output.

use std::io::{self, Write};

use super::Exit;

/// Prints a result. It is no error if the reader stops reading (`| head`).
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
