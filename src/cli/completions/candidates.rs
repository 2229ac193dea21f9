//! What completes a word.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::sync::Arc;

use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use super::context::listed_by;
use crate::cli::args::Arguments;
use crate::cli::text_args::CompleteArguments;
use crate::config::{Listed, OfferedKey};

/// Marks the candidate that stands for any file. The shells complete files themselves: they know about `~`, quotes and colours.
const FILES: &str = "files";

/// What completes a word, in the form that the scripts read: the line `files` if it is a file, otherwise the line
/// `words` and a line for each candidate, with a tab before its description. Nothing if there is nothing.
pub fn lines(options: &CompleteArguments) -> String {
    let words: Vec<OsString> = options.words.iter().map(|word| unquoted(word)).collect();
    let Some(word) = words.get(options.index).map(|word| word.to_string_lossy().into_owned()) else {
        return String::new();
    };
    let mut command = with_completers(&Arc::new(listed_by(&words)));
    let all = complete(&mut command, words, options.index, None).unwrap_or_default();
    let (files, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_file);
    // Options are offered only after a `-`, otherwise no word would ever be the only one.
    let others = others.iter().filter(|candidate| !word.is_empty() || !begins_with_dash(candidate.get_value()));
    let text: String = others.map(line).collect();
    // A file is the value of an option in this word, or it is a word.
    let wants_file = files.iter().any(|file| file.get_value().is_empty() != word.starts_with('-'));
    match (text.is_empty(), wants_file) {
        (false, _) => format!("words\n{text}"),
        (true, true) => "files\n".to_owned(),
        (true, false) => String::new(),
    }
}

/// A word without the quotes of the shell. The last one may have a quote that is not closed yet.
fn unquoted(word: &OsStr) -> OsString {
    let Some(text) = word.to_str() else { return word.to_owned() };
    match shlex::split(text).as_deref() {
        Some([one]) => one.into(),
        Some(_) => word.to_owned(),
        None => text.replace(['"', '\''], "").into(),
    }
}

fn is_file(candidate: &CompletionCandidate) -> bool {
    candidate.get_tag().is_some_and(|tag| tag.to_string() == FILES)
}

fn begins_with_dash(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"-")
}

fn line(candidate: &CompletionCandidate) -> String {
    let mut line = candidate.get_value().to_string_lossy().into_owned();
    if let Some(help) = candidate.get_help() {
        write!(line, "\t{}", help.to_string().lines().next().unwrap_or_default())
            .expect("a write to a String cannot fail");
    }
    line + "\n"
}

/// The command line with completers for names, keys and files.
fn with_completers(listed: &Arc<Listed>) -> Command {
    Arguments::command().mut_subcommands(|command| command.mut_args(|argument| completed(argument, listed)))
}

fn completed(argument: Arg, listed: &Arc<Listed>) -> Arg {
    let names: fn(&Listed) -> &[String] = match argument.get_id().as_str() {
        "jobs" | "skip" => |listed| &listed.jobs,
        "tags" | "skip_tags" => |listed| &listed.tags,
        "profile" => |listed| &listed.profiles,
        "source" | "destination" => |listed| &listed.endpoints,
        "sets" => {
            let listed = Arc::clone(listed);
            return argument
                .add(ArgValueCompleter::new(move |word: &OsStr| overrides(&word.to_string_lossy(), &listed)));
        }
        _ if matches!(argument.get_value_hint(), ValueHint::FilePath | ValueHint::DirPath) => {
            return argument.add(ArgValueCompleter::new(|_: &OsStr| vec![any_file()]));
        }
        _ => return argument,
    };
    let listed = Arc::clone(listed);
    argument.add(ArgValueCompleter::new(move |word: &OsStr| {
        let word = word.to_string_lossy();
        let fitting = names(&listed).iter().filter(|name| name.starts_with(&*word));
        fitting.map(CompletionCandidate::new).collect()
    }))
}

fn any_file() -> CompletionCandidate {
    CompletionCandidate::new("").tag(Some(StyledStr::from(FILES)))
}

/// What completes the value of `--set`: `KEY=VALUE` or `job.NAME.KEY=VALUE`.
fn overrides(word: &str, listed: &Listed) -> Vec<CompletionCandidate> {
    let keys = listed.keys();
    let of_job = |name: &String| (format!("job.{name}."), format!("Only for the job `{name}`"));
    let jobs: Vec<(String, String)> = listed.jobs.iter().map(of_job).collect();
    let begun = jobs.iter().map(|(prefix, _)| prefix.as_str()).filter(|prefix| word.starts_with(prefix));
    // Names of jobs have no dots, so only one prefix fits.
    if let Some(prefix) = begun.max_by_key(|prefix| prefix.len()) {
        return keys.iter().flat_map(|key| of_key(prefix, word, key)).collect();
    }
    let prefixes = jobs.iter().filter(|(prefix, _)| prefix.starts_with(word));
    let of_jobs = prefixes.map(|(prefix, about)| described(prefix, about));
    keys.iter().flat_map(|key| of_key("", word, key)).chain(of_jobs).collect()
}

/// A key, and its values if it is complete.
fn of_key(prefix: &str, word: &str, key: &OfferedKey) -> Vec<CompletionCandidate> {
    let start = format!("{prefix}{}=", key.path);
    if !word.starts_with(&start) {
        let offer = start.starts_with(word).then(|| described(&start, key.about));
        return offer.into_iter().collect();
    }
    let values = key.values.iter().map(|value| format!("{start}{value}"));
    values.filter(|value| value.starts_with(word)).map(CompletionCandidate::new).collect()
}

fn described(value: &str, about: &str) -> CompletionCandidate {
    CompletionCandidate::new(value).help(Some(StyledStr::from(about.to_owned())))
}
