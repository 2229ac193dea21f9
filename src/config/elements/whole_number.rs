//! Whole numbers within limits: ports, database indices, sizes, counts.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use super::Element;

/// The largest integer that TOML knows: no limit of ours.
const UNLIMITED: u64 = i64::MAX as u64;

/// A TCP port.
pub type Port = WholeNumber<1, 65_535>;
/// A database index.
pub type Database = WholeNumber<0, 65_535>;
/// `COUNT` of one `SCAN` call.
pub type ScanBatch = WholeNumber<1, 1_000_000>;
/// Writes in one pipeline.
pub type PipelineBatch = WholeNumber<1, 100_000>;
/// A count that starts at one.
pub type AtLeastOne = WholeNumber<1, UNLIMITED>;

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeNumber<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> WholeNumber<MIN, MAX> {
    /// As a type that is known to hold all of them.
    pub fn to<T: TryFrom<u64>>(self) -> T {
        T::try_from(self.0).ok().expect("the limits of the number fit the type that it is for")
    }

    fn limits() -> String {
        if MAX == UNLIMITED { format!("at least {MIN}") } else { format!("between {MIN} and {MAX}") }
    }
}

impl<const MIN: u64, const MAX: u64> Element for WholeNumber<MIN, MAX> {}

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for WholeNumber<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_u64(WithinLimits)
    }
}

const UNFIT: Unexpected<'_> = Unexpected::Other("a number beyond its limits");

struct WithinLimits<const MIN: u64, const MAX: u64>;

impl<const MIN: u64, const MAX: u64> Visitor<'_> for WithinLimits<MIN, MAX> {
    type Value = WholeNumber<MIN, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number, {}", Self::Value::limits())
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Self::Value, E> {
        match u64::try_from(number) {
            Ok(fit) if (MIN..=MAX).contains(&fit) => Ok(WholeNumber(fit)),
            // What is too large for a number without limit is told where numbers end.
            _ if number > MAX.into() => Err(E::invalid_value(UNFIT, &format!("between {MIN} and {MAX}").as_str())),
            _ => Err(E::invalid_value(UNFIT, &Self::Value::limits().as_str())),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        self.visit_i128(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.visit_i128(number.into())
    }
}

impl<const MIN: u64, const MAX: u64> JsonSchema for WholeNumber<MIN, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("WholeNumber{MIN}To{MAX}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        if MAX == UNLIMITED {
            json_schema!({ "type": "integer", "minimum": MIN })
        } else {
            json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn both_limits_are_within() {
        assert_eq!(accepts::<Port>(1).to::<u16>(), 1);
        assert_eq!(accepts::<Port>(65_535).to::<u16>(), 65_535);
        assert_eq!(accepts::<Database>(0).to::<u16>(), 0);
        assert_eq!(accepts::<AtLeastOne>(i64::MAX).to::<u64>(), UNLIMITED);
    }

    #[test]
    fn what_is_beyond_them_is_told_the_limits() {
        assert_eq!(refuses::<Port>(0), "between 1 and 65535");
        assert_eq!(refuses::<Port>(65_536), "between 1 and 65535");
        assert_eq!(refuses::<AtLeastOne>(-1), "at least 1");
        assert_eq!(refuses::<AtLeastOne>(0), "at least 1");
    }

    #[test]
    fn another_type_is_told_what_it_should_be() {
        assert_eq!(refuses::<ScanBatch>("1000"), "a whole number, between 1 and 1000000");
        assert_eq!(refuses::<ScanBatch>(10.5), "a whole number, between 1 and 1000000");
        assert_eq!(refuses::<AtLeastOne>(true), "a whole number, at least 1");
    }
}
