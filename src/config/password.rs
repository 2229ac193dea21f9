//! Where the password of an endpoint comes from, besides the key `password`.

use std::path::PathBuf;

use super::elements::{CommandWords, FilePath};
use super::fault::{Fault, Problem};
use super::keys;
use super::mask;
use super::origin::Origin;
use super::stack::Stack;
use crate::error::Side;
use crate::job::{PasswordSource, Secret};

/// The keys of an endpoint that name a file with a password.
pub(super) const PASSWORD_FILES: [&str; 2] = ["password_file", "sentinel_password_file"];

/// A file that a password of an endpoint comes from, and its key.
pub(super) struct PasswordFile {
    pub key: &'static str,
    pub path: PathBuf,
    origin: Origin,
}

impl PasswordFile {
    /// `None` if the password comes from elsewhere, or if the endpoint is a file, which has no login.
    pub fn of(side: Side, key: &str, stack: &Stack) -> Option<Self> {
        let key = Some(keys::of(side, key).path).filter(|_| !stack.is_file(side))?;
        let (path, origin) = stack.value(key)?;
        Some(Self { key, path: path.as_str()?.into(), origin })
    }

    /// The password in it.
    pub fn read(self) -> Result<Secret, Box<Fault>> {
        let Self { key, path, origin } = self;
        let message = match std::fs::read(&path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => return Ok(Secret::new(Secret::without_newline(&text))),
                Err(_) => "it is not valid UTF-8".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        let hint = (!mask::is_path(&path)).then(|| {
            format!(
                "`{key}` is the path of a file; the password itself is given as `{}`",
                key.trim_end_matches("_file")
            )
        });
        Err(Box::new(Fault::at(origin, Problem::PasswordFile { key, path, message }).hint(hint)))
    }
}

/// Where the password is fetched again.
pub(super) fn source(side: Side, stack: &Stack) -> Result<Option<PasswordSource>, Problem> {
    let command = stack.optional::<CommandWords>(keys::of(side, "password_command").path)?;
    let file = stack.optional::<FilePath>(keys::of(side, "password_file").path)?;
    Ok(command.map(PasswordSource::Command).or(file.map(PasswordSource::File)))
}
