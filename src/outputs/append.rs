//! Appends to a file that belongs to another program.

use std::path::Path;

use super::handle::{self, Opening};
use super::kind::FileKind;
use super::{OutputProblem, Patience, place};

/// Appends a text in one piece. The same links are refused as for other outputs. The file is not locked, because its
/// owner decides who writes to it.
///
/// # Errors
///
/// Why the file cannot be written.
pub fn append(path: &Path, text: &str, patience: &Patience) -> Result<(), OutputProblem> {
    let place = place::resolve(path)?;
    let handle = match place.kind {
        FileKind::Missing => handle::create(&place, Opening::Log)?,
        _ => handle::open(&place, Opening::Log)?,
    };
    Ok(patience.write_all(&handle.file, text.as_bytes())?)
}
