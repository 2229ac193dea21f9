//! In how many lanes a source is walked: `"auto"`, or a power of two.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::Element;
use crate::job::Lanes;

const FIT: [u32; 7] = [1, 2, 4, 8, 16, 32, Lanes::MOST];

/// `"auto"`, or 1, 2, 4, … 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneCount(pub Lanes);

impl Element for LaneCount {}

impl<'de> Deserialize<'de> for LaneCount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AutoOrPower)
    }
}

struct AutoOrPower;

impl Visitor<'_> for AutoOrPower {
    type Value = LaneCount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#""auto", 1, 2, 4, 8, 16, 32 or 64"#)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<LaneCount, E> {
        if text == "auto" {
            return Ok(LaneCount(Lanes::Auto));
        }
        Err(E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<LaneCount, E> {
        let fit = FIT.into_iter().find(|fit| i128::from(*fit) == number);
        let unfit = || E::invalid_value(Unexpected::Other("another number"), &self);
        fit.map(|lanes| LaneCount(Lanes::Fixed(lanes))).ok_or_else(unfit)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<LaneCount, E> {
        self.visit_i128(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<LaneCount, E> {
        self.visit_i128(number.into())
    }
}

impl JsonSchema for LaneCount {
    fn schema_name() -> Cow<'static, str> {
        "LaneCount".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": ["auto", 1, 2, 4, 8, 16, 32, 64] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn lanes_are_a_power_of_two_or_left_to_us() {
        assert_eq!(accepts::<LaneCount>("auto").0, Lanes::Auto);
        assert_eq!(accepts::<LaneCount>(1).0, Lanes::Fixed(1));
        assert_eq!(accepts::<LaneCount>(64).0, Lanes::Fixed(64));
        for number in [0, 3, 65, 128, -1] {
            assert_eq!(refuses::<LaneCount>(number), r#""auto", 1, 2, 4, 8, 16, 32 or 64"#);
        }
        refuses::<LaneCount>("8");
        refuses::<LaneCount>(true);
    }
}
