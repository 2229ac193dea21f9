//! Values in different forms are equal, and any change makes them different.

mod streams;
mod test_stream;
mod undecided;
mod values;

use super::Comparison::{self, Different, Equal};
use super::{Part, compare, compare_at};
use crate::payload::samples::{Sample, payload};

/// Compares two samples, in both directions.
#[track_caller]
fn compared(one: &Sample, other: &Sample) -> Comparison {
    let (first, second) = (payload(one), payload(other));
    let result = compare(&first, &second);
    assert_eq!(compare(&second, &first), result, "{:?} and {:?} in the other direction", one.0, other.0);
    result
}

/// Fails unless these values are equal in all their forms, and differ from the others.
#[track_caller]
fn assert_equal_and_unlike(ours: &[Sample], others: &[Sample]) {
    assert_equal_and_unlike_in(Part::Value, ours, others);
}

/// Fails unless these values are equal in all their forms, and differ from the others in this part.
#[track_caller]
fn assert_equal_and_unlike_in(part: Part, ours: &[Sample], others: &[Sample]) {
    assert!(ours.len() > 1, "there is only one form");
    for one in ours {
        assert_eq!(compared(&ours[0], one), Equal, "{:?} and {:?}", ours[0].0, one.0);
    }
    for (one, other) in ours.iter().zip(others.iter().rev()) {
        assert_eq!(compared(one, other), Different(part), "{:?} and {:?}", one.0, other.0);
    }
}
