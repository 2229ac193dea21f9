//! The databases of a source and of a destination.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};
use serde_json::{Value as Json, json};

use super::Database;
use super::element::{Element, Rejection, ValueKind, each};
use crate::job::{Databases, TargetDatabases};

/// A database index, a list of them, or `"all"`.
pub struct SourceDatabases;

impl Element for SourceDatabases {
    type Value = Databases;
    const KIND: ValueKind = ValueKind::Databases;
    const EXPECTED: &'static str = r#"a whole number, between 0 and 65535, a list of such numbers, or "all""#;

    fn from_text(text: &str) -> Result<Databases, Rejection> {
        if text == "all" { Ok(Databases::All) } else { Err(Self::refusal()) }
    }

    fn from_number(number: i128) -> Result<Databases, Rejection> {
        Database::from_number(number).map(Databases::One)
    }

    fn from_list(list: &[Value]) -> Result<Databases, Rejection> {
        let databases = each::<Database>(list)?;
        if databases.is_empty() {
            return Err(Self::refusal());
        }
        let is_repeated = |index: &usize| databases[..*index].contains(&databases[*index]);
        match (0..databases.len()).find(is_repeated) {
            Some(index) => Err(Rejection { index: Some(index), ..Rejection::must("listed only once") }),
            None => Ok(Databases::of(databases)),
        }
    }

    fn schema() -> Json {
        let mut schema = Database::schema();
        schema["type"] = json!(["integer", "array", "string"]);
        schema["items"] = Database::schema();
        schema["minItems"] = json!(1);
        schema["uniqueItems"] = json!(true);
        schema["pattern"] = json!("^all$");
        schema
    }
}

/// A database index, `"same"`, or a map from the source's databases.
pub struct DestinationDatabases;

impl Element for DestinationDatabases {
    type Value = TargetDatabases;
    const KIND: ValueKind = ValueKind::Databases;
    const EXPECTED: &'static str =
        r#"a whole number, between 0 and 65535, "same", or a map of such numbers, such as { "0" = 5, "3" = 0 }"#;

    fn from_text(text: &str) -> Result<TargetDatabases, Rejection> {
        if text == "same" { Ok(TargetDatabases::Same) } else { Err(Self::refusal()) }
    }

    fn from_number(number: i128) -> Result<TargetDatabases, Rejection> {
        Database::from_number(number).map(TargetDatabases::One)
    }

    fn from_table(table: &Dict) -> Result<TargetDatabases, Rejection> {
        let index = |name: &str| name.parse().ok().filter(|index: &u16| index.to_string() == name);
        let pair = |(name, value): (&String, &Value)| Some((index(name)?, Database::read(value).ok()?));
        let map: Option<BTreeMap<u16, u16>> = table.iter().map(pair).collect();
        map.filter(|map| !map.is_empty()).map(TargetDatabases::Map).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        let mut schema = Database::schema();
        schema["type"] = json!(["integer", "string", "object"]);
        schema["pattern"] = json!("^same$");
        schema["propertyNames"] = json!({ "pattern": "^(0|[1-9][0-9]{0,4})$" });
        schema["additionalProperties"] = Database::schema();
        schema["minProperties"] = json!(1);
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn databases_are_one_a_list_or_all() {
        assert_eq!(accepts::<SourceDatabases>(65_535), Databases::One(65_535));
        assert_eq!(accepts::<SourceDatabases>(vec![7]), Databases::One(7));
        assert_eq!(accepts::<SourceDatabases>(vec![3, 0]), Databases::Several(vec![0, 3]));
        assert_eq!(accepts::<SourceDatabases>("all"), Databases::All);
        let expected = r#"a whole number, between 0 and 65535, a list of such numbers, or "all""#;
        assert_eq!(refuses::<SourceDatabases>(-1), "between 0 and 65535");
        assert_eq!(refuses::<SourceDatabases>("0"), expected);
        assert_eq!(refuses::<SourceDatabases>(Vec::<u16>::new()), expected);
        assert_eq!(refuses::<SourceDatabases>(vec![3, 1, 3]), "listed only once");
        assert_eq!(refuses::<SourceDatabases>(vec![3, 65_536]), "between 0 and 65535");
        refuses::<SourceDatabases>(true);
    }

    #[test]
    fn destinations_are_one_the_same_or_a_map() {
        let map = |pairs: &[(&str, i64)]| -> Dict {
            pairs.iter().map(|(from, into)| ((*from).to_owned(), Value::from(*into))).collect()
        };
        assert_eq!(accepts::<DestinationDatabases>(5), TargetDatabases::One(5));
        assert_eq!(accepts::<DestinationDatabases>("same"), TargetDatabases::Same);
        let expected = TargetDatabases::Map(BTreeMap::from([(0, 5), (3, 0)]));
        assert_eq!(accepts::<DestinationDatabases>(map(&[("0", 5), ("3", 0)])), expected);
        for wrong in [&[("00", 5)][..], &[("x", 5)], &[("0", -1)], &[("0", 65_536)], &[]] {
            refuses::<DestinationDatabases>(map(wrong));
        }
        refuses::<DestinationDatabases>("all");
        refuses::<DestinationDatabases>(vec![1]);
    }
}
