//! In how many lanes a source is walked: `"auto"`, or a power of two.

use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};
use crate::job::Lanes;

const FIT: [u32; 7] = [1, 2, 4, 8, 16, 32, Lanes::MOST];

/// `"auto"`, or 1, 2, 4, … 64.
pub struct LaneCount;

impl Element for LaneCount {
    type Value = Lanes;
    const KIND: ValueKind = ValueKind::Number;
    const EXPECTED: &'static str = r#""auto", 1, 2, 4, 8, 16, 32 or 64"#;

    fn from_text(text: &str) -> Result<Lanes, Rejection> {
        if text == "auto" { Ok(Lanes::Auto) } else { Err(Self::refusal()) }
    }

    fn from_number(number: i128) -> Result<Lanes, Rejection> {
        let fit = FIT.into_iter().find(|fit| i128::from(*fit) == number);
        fit.map(Lanes::Fixed).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        json!({ "enum": ["auto", 1, 2, 4, 8, 16, 32, 64] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn lanes_are_a_power_of_two_or_left_to_us() {
        assert_eq!(accepts::<LaneCount>("auto"), Lanes::Auto);
        assert_eq!(accepts::<LaneCount>(1), Lanes::Fixed(1));
        assert_eq!(accepts::<LaneCount>(64), Lanes::Fixed(64));
        for number in [0, 3, 65, 128, -1] {
            assert_eq!(refuses::<LaneCount>(number), r#""auto", 1, 2, 4, 8, 16, 32 or 64"#);
        }
        refuses::<LaneCount>("8");
        refuses::<LaneCount>(true);
    }
}
