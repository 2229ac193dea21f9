//! Numbers for people. They contain no spaces, so that columns of a table can be split at spaces.

use std::time::Duration;

/// A count with a comma after each group of three digits: `1,234,567`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes, in the largest unit that fits into it: `512B`, `1.5MiB`.
pub(super) fn bytes(count: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let Some((power, unit)) = (1u32..).zip(units).take_while(|(power, _)| count >> (10 * power) > 0).last() else {
        return format!("{count}B");
    };
    let whole = count >> (10 * power);
    let rest = (count >> (10 * (power - 1))) & 1023;
    format!("{whole}.{}{unit}", rest * 10 / 1024)
}

/// A time span in its two largest units: `250ms`, `12.3s`, `4m05s`, `2h03m`, `3d04h`.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (seconds, minutes, hours) {
        (0, ..) => format!("{}ms", duration.as_millis()),
        (_, 0, _) => format!("{seconds}.{}s", duration.subsec_millis() / 100),
        (_, _, 0) => format!("{minutes}m{:02}s", seconds % 60),
        (_, _, 1..24) => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{}d{:02}h", hours / 24, hours % 24),
    }
}

/// An estimated time span: like [`span`], without fractions of a second.
pub(super) fn rough_span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 { format!("{seconds}s") } else { span(duration) }
}

/// The rate per second; `None` if no time has passed.
pub(super) fn per_second(count: u64, duration: Duration) -> Option<u64> {
    let rate = (u128::from(count) * 1_000_000_000).checked_div(duration.as_nanos())?;
    Some(u64::try_from(rate).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_one_digit_after_the_point() {
        let shown = [0, 1023, 1024, 1536, 1024 * 1024 - 1, 5 << 30, u64::MAX].map(bytes);
        assert_eq!(shown, ["0B", "1023B", "1.0KiB", "1.5KiB", "1023.9KiB", "5.0GiB", "15.9EiB"]);
    }

    #[test]
    fn counts_have_groups_of_three_digits() {
        let shown = [0, 999, 1000, 12_345, 1_000_000, u64::MAX].map(count);
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,000,000", "18,446,744,073,709,551,615"]);
    }

    #[test]
    fn spans_have_two_units() {
        let shown = [0, 250, 999, 1000, 12_345, 60_000, 245_000, 3_599_999, 7_380_000, 273_600_000]
            .map(|ms| span(Duration::from_millis(ms)));
        let expected = ["0ms", "250ms", "999ms", "1.0s", "12.3s", "1m00s", "4m05s", "59m59s", "2h03m", "3d04h"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn estimates_have_no_fractions() {
        assert_eq!(
            [0, 999, 12_345, 245_000].map(|ms| rough_span(Duration::from_millis(ms))),
            ["0s", "0s", "12s", "4m05s"]
        );
    }

    #[test]
    fn a_rate_needs_time() {
        assert_eq!(per_second(10, Duration::ZERO), None);
        assert_eq!(per_second(10, Duration::from_secs(4)), Some(2));
        assert_eq!(per_second(u64::MAX, Duration::from_nanos(1)), Some(u64::MAX));
    }
}
