//! The errors of clap, without what may be a password, and with a hint to the key that was probably wanted.

use std::path::Path;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::config::{hint_for_option, masked_argument};

/// Changes an error before it is printed.
pub fn reworded(mut error: clap::Error) -> clap::Error {
    let argument = text_of(&error, ContextKind::InvalidArg);
    let command = text_of(&error, ContextKind::InvalidSubcommand);
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand, ContextKind::InvalidValue] {
        // Other errors name an argument of this program, such as `--set <KEY=VALUE>`.
        let is_of_user = kind != ContextKind::InvalidArg || error.kind() == ErrorKind::UnknownArgument;
        if let Some(text) = text_of(&error, kind).filter(|_| is_of_user) {
            let shown = masked_argument(&text).into_owned();
            error.insert(kind, ContextValue::String(shown));
        }
    }
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let is_known_elsewhere = keep_known(&mut error) || error.get(ContextKind::SuggestedArg).is_some();
            let hint = argument.filter(|_| !is_known_elsewhere).and_then(|text| hint_for_option(&text));
            suggest(&mut error, hint);
        }
        ErrorKind::InvalidSubcommand => {
            let hint = command.and_then(|text| of_command(&text));
            suggest(&mut error, hint);
        }
        // The value of an option that has none, such as `--dry-run=VALUE`.
        ErrorKind::TooManyValues => {
            error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
        }
        _ => {}
    }
    error
}

/// Removes the advice to give the option as the path of a job file. Returns whether there is other advice: that a
/// command has the option.
fn keep_known(error: &mut clap::Error) -> bool {
    let Some(ContextValue::StyledStrs(all)) = error.remove(ContextKind::Suggested) else { return false };
    let kept: Vec<StyledStr> = all.into_iter().filter(|text| !text.to_string().starts_with("to pass ")).collect();
    let is_any = !kept.is_empty();
    if is_any {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(kept));
    }
    is_any
}

/// What may help with something else in place of a command.
fn of_command(text: &str) -> Option<String> {
    if Path::new(text).extension().is_some_and(|end| end == "toml") {
        return Some(format!("to run the jobs of a file, write `run {}`", masked_argument(text)));
    }
    text.contains('=').then(|| "to override a value, write `run FILE --set KEY=VALUE`".to_owned())
}

fn text_of(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    }
}

fn suggest(error: &mut clap::Error, hint: Option<String>) {
    let Some(hint) = hint else { return };
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(hint)]));
}
