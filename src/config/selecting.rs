//! Which keys a job moves, and under which names.

use super::elements::{ExcludedPatterns, KeyListPath, Patterns, Pause, Prefix, SourceDatabases, Timeout, TypeNames};
use super::fault::{Fault, Faults, Problem};
use super::stack::Stack;
use crate::error::Side;
use crate::job::{CharSign, Glob, KeyList, Lifetimes, ListLines, Rename, Selection};

/// A prefix that is removed must be a part of every pattern. Otherwise a key without it would keep its name, and another
/// key may get the same name.
pub(super) fn check_prefix(name: Option<&str>, stack: &Stack, faults: &mut Faults) {
    let Some((prefix, place)) = stack.value("rename.strip_prefix") else { return };
    let Some(prefix) = prefix.as_str().filter(|_| !stack.is_faulty("match")) else { return };
    let patterns = stack.optional::<Patterns>("match").ok().flatten().unwrap_or_default();
    for pattern in patterns.iter().filter(|pattern| !pattern.begins_with(prefix.as_bytes())) {
        let reason = format!("is {prefix:?}, but the pattern `{}` of `match` does not begin with it", pattern.shown());
        let all = toml::Value::from(format!("{}*", Glob::literal(prefix)));
        let hint = format!("the keys that begin with it are selected by match = {all}");
        let problem = Problem::Refused { key: "rename.strip_prefix".to_owned(), reason };
        faults.push(Fault::at(place.clone(), problem).in_job(name).hint(hint));
    }
}

/// A key cannot expire no sooner than `min_ttl` and no later than a shorter `max_ttl`.
pub(super) fn check_lifetimes(name: Option<&str>, stack: &Stack, faults: &mut Faults) {
    let (Ok(Some(min)), Ok(Some(max))) = (stack.optional::<Pause>("min_ttl"), stack.optional::<Timeout>("max_ttl"))
    else {
        return;
    };
    if let Some((_, place)) = stack.value("min_ttl").filter(|_| min > max) {
        let [min, max] = [min, max].map(humantime::format_duration);
        let reason = format!("is {min}, but `max_ttl` is {max}: no key can match");
        let problem = Problem::Refused { key: "min_ttl".to_owned(), reason };
        faults.push(Fault::at(place, problem).in_job(name));
    }
}

/// A list names keys of one database, and only a server can be asked for single keys.
pub(super) fn check_list(name: Option<&str>, stack: &Stack, faults: &mut Faults) {
    let Some((_, place)) = stack.value("keys_from") else { return };
    let is_of_several = !stack.is_faulty("source.db")
        && stack.optional::<SourceDatabases>("source.db").is_ok_and(|db| db.is_some_and(|db| db.only().is_none()));
    let reason = if stack.is_file(Side::Source) {
        "cannot be used with `source.rdb`: a backup cannot be asked for single keys"
    } else if is_of_several {
        "cannot be used with several databases in `source.db`: the file does not say to which of them a key belongs"
    } else {
        return;
    };
    let problem = Problem::Refused { key: "keys_from".to_owned(), reason: reason.to_owned() };
    faults.push(Fault::at(place, problem).in_job(name));
}

pub(super) fn key_list(stack: &Stack) -> Result<Option<KeyList>, Problem> {
    let path = stack.optional::<KeyListPath>("keys_from")?;
    Ok(path.map(|path| KeyList { path, lines: ListLines::Names }))
}

pub(super) fn selection(stack: &Stack) -> Result<Selection, Problem> {
    Ok(Selection {
        matches: stack.required::<Patterns>("match")?,
        exclude: stack.optional::<ExcludedPatterns>("exclude")?.unwrap_or_default(),
        types: stack.optional::<TypeNames>("types")?.unwrap_or_default(),
        lifetimes: Lifetimes { min: stack.optional::<Pause>("min_ttl")?, max: stack.optional::<Timeout>("max_ttl")? },
        char_sign: CharSign::default(),
    })
}

pub(super) fn rename(stack: &Stack) -> Result<Option<Rename>, Problem> {
    let strip_prefix = stack.optional::<Prefix>("rename.strip_prefix")?.unwrap_or_default();
    let add_prefix = stack.optional::<Prefix>("rename.add_prefix")?.unwrap_or_default();
    let is_empty = strip_prefix.is_empty() && add_prefix.is_empty();
    Ok((!is_empty).then_some(Rename { strip_prefix, add_prefix }))
}
