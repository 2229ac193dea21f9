//! Whole numbers within limits: ports, database indices, sizes, counts.

use std::marker::PhantomData;

use figment::value::Value;
use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind, whole_number};

/// The largest integer of TOML: no limit of ours.
const UNLIMITED: u64 = i64::MAX as u64;

/// A TCP port.
pub type Port = WholeNumber<u16, 1, 65_535>;
/// A database index.
pub type Database = WholeNumber<u16, 0, 65_535>;
/// `COUNT` of one `SCAN` call.
pub type ScanBatch = WholeNumber<u32, 1, 1_000_000>;
/// Writes in one pipeline.
pub type PipelineBatch = WholeNumber<usize, 1, 100_000>;
/// A count that starts at one.
pub type AtLeastOne = WholeNumber<u64, 1, UNLIMITED>;

/// A whole number from `MIN` to `MAX`, which fit into `N`.
pub struct WholeNumber<N, const MIN: u64, const MAX: u64>(PhantomData<N>);

impl<N, const MIN: u64, const MAX: u64> WholeNumber<N, MIN, MAX> {
    fn limits() -> String {
        if MAX == UNLIMITED { format!("at least {MIN}") } else { format!("between {MIN} and {MAX}") }
    }
}

impl<N: TryFrom<i128>, const MIN: u64, const MAX: u64> Element for WholeNumber<N, MIN, MAX> {
    type Value = N;
    const KIND: ValueKind = ValueKind::Number;
    const EXPECTED: &'static str = "a whole number";

    fn from_number(number: i128) -> Result<N, Rejection> {
        let fit = Some(number).filter(|number| (MIN.into()..=MAX.into()).contains(number));
        fit.and_then(|number| N::try_from(number).ok()).ok_or_else(|| {
            // A count has no limit of ours, but the message shows the largest number that TOML has.
            Rejection::must(if number > MAX.into() { format!("between {MIN} and {MAX}") } else { Self::limits() })
        })
    }

    fn read(value: &Value) -> Result<N, Rejection> {
        let no_number = || Rejection::must(format!("{}, {}", Self::EXPECTED, Self::limits()));
        whole_number(value).ok_or_else(no_number).and_then(Self::from_number)
    }

    fn schema() -> Json {
        if MAX == UNLIMITED {
            json!({ "type": "integer", "minimum": MIN })
        } else {
            json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn both_limits_are_within() {
        assert_eq!(accepts::<Port>(1), 1);
        assert_eq!(accepts::<Port>(65_535), 65_535);
        assert_eq!(accepts::<Database>(0), 0);
        assert_eq!(accepts::<AtLeastOne>(i64::MAX), UNLIMITED);
    }

    #[test]
    fn a_number_outside_the_limits_is_refused_with_the_limits() {
        assert_eq!(refuses::<Port>(0), "between 1 and 65535");
        assert_eq!(refuses::<Port>(65_536), "between 1 and 65535");
        assert_eq!(refuses::<AtLeastOne>(-1), "at least 1");
        assert_eq!(refuses::<AtLeastOne>(0), "at least 1");
    }

    #[test]
    fn another_type_is_refused_with_the_type_and_the_limits() {
        assert_eq!(refuses::<ScanBatch>("1000"), "a whole number, between 1 and 1000000");
        assert_eq!(refuses::<ScanBatch>(10.5), "a whole number, between 1 and 1000000");
        assert_eq!(refuses::<AtLeastOne>(true), "a whole number, at least 1");
    }
}
