//! The limit probe: bare sockets without any features, so its time is the time of the two servers.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::fault::Fault;
use crate::process::{self, Taken};
use crate::server::Server;

/// Copies everything in its own process, like the program: the start counts for both.
pub fn limit_probe(probe: &Path, source: &Server, destination: &Server) -> Result<Taken, Fault> {
    let mut command = Command::new(probe);
    command.args([source.port.to_string(), destination.port.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let cannot = |error| Fault::CannotRun { program: probe.to_owned(), error };
    let (status, taken) = process::run(&mut command).map_err(cannot)?;
    if status.success() {
        return Ok(taken);
    }
    Err(Fault::Failed { program: probe.to_owned(), status, stderr: String::new() })
}
