//! The name of an endpoint.

use serde_json::Value as Json;

use super::element::{Element, Rejection, ValueKind};
use super::job_name::{JobName, read_name};

/// Like the name of a job: it can be read back from between the `__` of a variable's name.
pub struct EndpointName;

impl Element for EndpointName {
    type Value = JobName;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str =
        "the name of an endpoint, one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`";

    fn from_text(text: &str) -> Result<JobName, Rejection> {
        read_name::<Self>(text, "RKM_ENDPOINT__")
    }

    fn schema() -> Json {
        JobName::schema()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn a_name_has_the_characters_of_names_of_jobs() {
        assert_eq!(accepts::<EndpointName>("shop-old").in_variables(), "SHOP_OLD");
        assert_eq!(refuses::<EndpointName>("redis://h"), EndpointName::EXPECTED);
        assert!(refuses::<EndpointName>("a--b").ends_with("`RKM_ENDPOINT__A__B__…`"));
    }
}
