//! The limit probe: bare sockets and no policy, so what it takes is what the two servers take.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::fault::Fault;
use crate::process::{self, Taken};
use crate::server::Server;

/// Copies everything, as a process of its own like ours: both pay for their start.
pub fn limit_probe(probe: &Path, source: &Server, destination: &Server) -> Result<Taken, Fault> {
    let mut command = Command::new(probe);
    command.args([source.port.to_string(), destination.port.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let cannot = |error| Fault::CannotRun { program: probe.to_owned(), error };
    let (status, taken) = process::run(&mut command).map_err(cannot)?;
    if status.success() {
        return Ok(taken);
    }
    Err(Fault::Failed { program: probe.to_owned(), status, said: String::new() })
}
