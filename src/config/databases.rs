//! Which databases are read, and where the keys of each go.

use std::collections::BTreeSet;

use super::configuration::ConfiguredValue;
use super::elements::{DestinationDatabases, SourceDatabases};
use super::fault::Problem;
use super::origin::Origin;
use super::stack::Stack;
use crate::job::{Databases, TargetDatabases};

/// The key of the destination's databases.
pub(super) const DESTINATION: &str = "destination.db";

/// The databases of source and destination, which fit each other.
pub(super) fn databases(stack: &Stack) -> Result<(Databases, TargetDatabases), Problem> {
    let source = stack.required::<SourceDatabases>("source.db")?;
    let target = stack.required::<DestinationDatabases>(DESTINATION)?;
    let is_default = stack.value(DESTINATION).is_none_or(|(_, origin)| origin == Origin::Default);
    match fitting(&source, target, is_default) {
        Ok(target) => Ok((source, target)),
        Err(reason) => Err(Problem::Refused { key: DESTINATION.to_owned(), reason }),
    }
}

/// The values of a job. The default destination is shown as it holds for the databases that are read.
pub(super) fn values(stack: &Stack, target: &TargetDatabases) -> Vec<ConfiguredValue> {
    let mut values = stack.values();
    let is_default = |value: &&mut ConfiguredValue| value.key == DESTINATION && value.origin == Origin::Default;
    if let (TargetDatabases::Same, Some(value)) = (target, values.iter_mut().find(is_default)) {
        value.shown = String::from("\"same\"");
    }
    values
}

/// The destination of each database, or why there is none. The default, one database, is `"same"` if several are read.
fn fitting(source: &Databases, target: TargetDatabases, is_default: bool) -> Result<TargetDatabases, String> {
    let map = match (source.only(), target) {
        (Some(_), TargetDatabases::One(db)) | (Some(db), TargetDatabases::Same) => return Ok(TargetDatabases::One(db)),
        (None, TargetDatabases::Same) => return Ok(TargetDatabases::Same),
        (None, TargetDatabases::One(_)) if is_default => return Ok(TargetDatabases::Same),
        (None, TargetDatabases::One(db)) => {
            return Err(format!(
                "is {db}, but the keys of several databases cannot go into one, because their names may be equal: give \
                 \"same\", or a map such as {{ \"0\" = 5, \"3\" = 0 }}"
            ));
        }
        (_, TargetDatabases::Map(map)) => map,
    };
    let mut targets = BTreeSet::new();
    if let Some(twice) = map.values().find(|db| !targets.insert(**db)) {
        return Err(format!("maps two databases to {twice}, but the names of their keys may be equal"));
    }
    if let Some(unread) = map.keys().find(|db| !source.contains(u64::from(**db))) {
        return Err(format!("maps database {unread}, but `source.db` does not contain it"));
    }
    if let Some(missing) = source.listed().into_iter().flatten().find(|db| !map.contains_key(db)) {
        return Err(format!("maps no database for database {missing} of `source.db`"));
    }
    Ok(match source.only().and_then(|db| map.get(&db)) {
        Some(target) => TargetDatabases::One(*target),
        None => TargetDatabases::Map(map),
    })
}
