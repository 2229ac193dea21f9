//! The password of an endpoint. It may change during a run, so it is fetched again when a connection is lost.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::Address;
use crate::error::EndpointProblem;
use crate::job::{Endpoint, PasswordSource, Secret};

/// How long a command may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(10);
/// More bytes of its output are not read.
const MAX_OUTPUT: u64 = 64 << 10;

/// The password, as all connections to one server use it.
#[derive(Debug)]
pub(super) struct Password {
    source: Option<PasswordSource>,
    /// When fetching began, and the result.
    known: Mutex<Option<(Instant, Option<Secret>)>>,
}

impl Password {
    pub fn of(endpoint: &Endpoint) -> Self {
        let is_known = !matches!(endpoint.password_source, Some(PasswordSource::Command(_)));
        let known = is_known.then(|| (Instant::now(), endpoint.password.clone()));
        Self { source: endpoint.password_source.clone(), known: Mutex::new(known) }
    }

    /// The password for a login. With `again`, it is fetched now; connections that ask at the same time share the result.
    pub async fn get(&self, again: bool, address: &Address) -> Result<Option<Secret>, EndpointProblem> {
        let asked = Instant::now();
        let mut known = self.known.lock().await;
        if let Some((since, secret)) = &*known
            && (!again || self.source.is_none() || *since > asked)
        {
            return Ok(secret.clone());
        }
        let since = Instant::now();
        let fetched = match &self.source {
            Some(PasswordSource::Command(words)) => Some(run(words, address).await),
            Some(PasswordSource::File(path)) => read_again(path, address),
            None => None,
        };
        let secret = match fetched {
            // A server that is disconnected may come back, and so may the service that the command asks.
            Some(Err(reason)) if again => return Err(EndpointProblem::Unreachable(reason)),
            Some(Err(reason)) => return Err(EndpointProblem::Login(reason)),
            Some(Ok(secret)) => Some(secret),
            None => known.take().and_then(|(_, secret)| secret),
        };
        if let Some(secret) = &secret {
            address.redactor.learn(secret);
        }
        *known = Some((since, secret.clone()));
        Ok(secret)
    }
}

/// The file as it is now. `None` for a pipe, which can be read only once.
fn read_again(path: &Path, address: &Address) -> Option<Result<Secret, String>> {
    let failed = |error: String| {
        format!("`{}.password_file`: cannot read {}: {}", address.side, path.display(), address.text(error))
    };
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => None,
        Ok(_) => Some(match std::fs::read_to_string(path) {
            Ok(text) => Ok(Secret::new(Secret::without_newline(&text))),
            Err(error) => Err(failed(error.to_string())),
        }),
        Err(error) => Some(Err(failed(error.to_string()))),
    }
}

/// Runs a command. The error shows the program, but no argument, which may be secret.
async fn run(words: &[String], address: &Address) -> Result<Secret, String> {
    let failed = |why: String| format!("`{}.password_command` ({}) {why}", address.side, address.text(&words[0]));
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let ended = timeout(COMMAND_LIMIT, async {
        let (stdout, stderr) = tokio::join!(all_of(stdout), all_of(stderr));
        (stdout, stderr, child.wait().await)
    });
    let Ok((stdout, stderr, status)) = ended.await else {
        return Err(failed(format!("did not end within {}", humantime::format_duration(COMMAND_LIMIT))));
    };
    let first = stdout.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let secret = String::from_utf8(first.strip_suffix(b"\r").unwrap_or(first).to_vec()).map(Secret::new);
    if let Ok(secret) = &secret {
        address.redactor.learn(secret);
    }
    let said = address.text(stderr.trim_ascii());
    let said_too = if said.is_empty() { String::new() } else { format!(": {said}") };
    match (status, secret) {
        (Ok(status), _) if !status.success() => Err(failed(format!("failed ({status}){said_too}"))),
        (Err(error), _) => Err(failed(format!("failed: {error}"))),
        (_, Err(_)) => Err(failed("printed a line that is not valid UTF-8".to_owned())),
        (_, Ok(secret)) if secret.reveal().is_empty() => Err(failed(format!("printed no password{said_too}"))),
        (_, Ok(secret)) => {
            if !said.is_empty() {
                tracing::warn!(text = %failed(format!("reports{said_too}")), side = %address.side, "password_command");
            }
            Ok(secret)
        }
    }
}

/// What a command prints, or the beginning of it.
async fn all_of(pipe: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        // What was read before an error counts: the status of the command shows whether it failed.
        let _ = (&mut pipe).take(MAX_OUTPUT).read_to_end(&mut bytes).await;
    }
    bytes
}
