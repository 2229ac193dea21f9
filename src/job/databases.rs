//! The databases of a job: which are read, and where the keys of each are written to.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

/// The databases that keys are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Databases {
    /// One database.
    One(u16),
    /// At least two databases, in ascending order.
    Several(Vec<u16>),
    /// All databases that have keys.
    All,
}

/// The databases that keys are written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetDatabases {
    /// One database, for the keys of one database.
    One(u16),
    /// Each key keeps its database.
    Same,
    /// By source database. No two have the same destination.
    Map(BTreeMap<u16, u16>),
}

impl Databases {
    /// These databases.
    #[must_use]
    pub fn of(mut databases: Vec<u16>) -> Self {
        databases.sort_unstable();
        databases.dedup();
        if let [only] = databases[..] { Self::One(only) } else { Self::Several(databases) }
    }

    /// The database, if it is only one.
    #[must_use]
    pub fn only(&self) -> Option<u16> {
        if let Self::One(db) = self { Some(*db) } else { None }
    }

    /// The database that a connection without another choice selects: the first.
    #[must_use]
    pub fn first(&self) -> u16 {
        match self {
            Self::One(db) => *db,
            Self::Several(databases) => databases.first().copied().unwrap_or_default(),
            Self::All => 0,
        }
    }

    /// The databases, if they are known before a server or a file is read.
    #[must_use]
    pub fn listed(&self) -> Option<&[u16]> {
        match self {
            Self::One(db) => Some(std::slice::from_ref(db)),
            Self::Several(databases) => Some(databases),
            Self::All => None,
        }
    }

    /// Whether keys of this database are read.
    #[must_use]
    pub fn contains(&self, db: u64) -> bool {
        self.listed().is_none_or(|databases| databases.iter().any(|listed| u64::from(*listed) == db))
    }

    /// The first database that both have.
    #[must_use]
    pub fn common(&self, other: &Self) -> Option<u16> {
        match (self.listed(), other.listed()) {
            (Some(databases), _) => databases.iter().copied().find(|db| other.contains((*db).into())),
            (None, Some(databases)) => databases.first().copied(),
            (None, None) => Some(0),
        }
    }
}

impl TargetDatabases {
    /// The database for keys of this database of the source; `None` if a map lacks it.
    #[must_use]
    pub fn of(&self, source_db: u16) -> Option<u16> {
        match self {
            Self::One(db) => Some(*db),
            Self::Same => Some(source_db),
            Self::Map(map) => map.get(&source_db).copied(),
        }
    }

    /// The database whose keys are written to this database of the destination, if these are read; `None` if there is none.
    #[must_use]
    pub fn source_of(&self, db: u16, read: &Databases) -> Option<u16> {
        let source = match self {
            Self::One(only) => read.only().filter(|_| *only == db),
            Self::Same => Some(db),
            Self::Map(map) => map.iter().find(|(_, into)| **into == db).map(|(from, _)| *from),
        };
        source.filter(|db| read.contains(u64::from(*db)))
    }

    /// The databases that are written to if these are read.
    #[must_use]
    pub fn for_source(&self, source: &Databases) -> Databases {
        match self {
            Self::One(db) => Databases::One(*db),
            Self::Same => source.clone(),
            Self::Map(map) => Databases::of(map.values().copied().collect()),
        }
    }
}

/// The text in messages.
impl fmt::Display for Databases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(db) => write!(f, "database {db}"),
            Self::All => f.write_str("all databases"),
            Self::Several(databases) => {
                let names: Vec<String> = databases.iter().map(u16::to_string).collect();
                match &names[..] {
                    [others @ .., last] => write!(f, "databases {} and {last}", others.join(", ")),
                    [] => f.write_str("no database"),
                }
            }
        }
    }
}

/// As in the job file.
impl Serialize for Databases {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(db) => to.serialize_u16(*db),
            Self::Several(databases) => databases.serialize(to),
            Self::All => to.serialize_str("all"),
        }
    }
}

/// As in the job file.
impl Serialize for TargetDatabases {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(db) => to.serialize_u16(*db),
            Self::Same => to.serialize_str("same"),
            Self::Map(map) => to.collect_map(map.iter().map(|(from, into)| (from.to_string(), into))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn several(databases: &[u16]) -> Databases {
        Databases::of(databases.to_vec())
    }

    #[test]
    fn databases_that_are_read_and_written_are_found() {
        assert_eq!(Databases::One(3).common(&Databases::One(3)), Some(3));
        assert_eq!(Databases::One(3).common(&several(&[2, 4])), None);
        assert_eq!(several(&[1, 4]).common(&several(&[4, 5])), Some(4));
        assert_eq!(Databases::All.common(&several(&[9, 7])), Some(7));
        assert_eq!(several(&[9, 7]).common(&Databases::All), Some(7));
        assert_eq!(Databases::All.common(&Databases::All), Some(0));
    }

    #[test]
    fn a_map_decides_where_the_keys_of_each_database_go() {
        let map = TargetDatabases::Map(BTreeMap::from([(0, 5), (3, 0)]));
        assert_eq!([map.of(0), map.of(3), map.of(1)], [Some(5), Some(0), None]);
        let source_of = |db| map.source_of(db, &several(&[0, 3]));
        assert_eq!([source_of(5), source_of(0), source_of(3)], [Some(0), Some(3), None]);
        assert_eq!(map.source_of(5, &Databases::One(3)), None);
        let same = |db| TargetDatabases::Same.source_of(db, &several(&[0, 3]));
        assert_eq!([same(3), same(1)], [Some(3), None]);
        assert_eq!(TargetDatabases::One(2).source_of(2, &Databases::One(7)), Some(7));
        assert_eq!(map.for_source(&several(&[0, 3])), several(&[0, 5]));
        assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"0":5,"3":0}"#);
        assert_eq!(TargetDatabases::Same.for_source(&Databases::All), Databases::All);
    }

    #[test]
    fn databases_are_listed_in_messages() {
        let texts = [Databases::One(3), several(&[5, 0, 3]), Databases::All].map(|databases| databases.to_string());
        assert_eq!(texts, ["database 3", "databases 0, 3 and 5", "all databases"]);
        assert_eq!(several(&[4, 4]), Databases::One(4));
    }
}
