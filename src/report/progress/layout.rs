//! The text of the progress bar, for any width.

/// The longest bar, and the shortest one on a line with everything else.
const LONGEST: usize = 30;
const SHORTEST: usize = 10;

/// What is known about the current job.
pub(super) struct Shown {
    /// Which job of how many, and its name.
    pub(super) job: String,
    /// 0–1; `None` if it is unknown.
    pub(super) share: Option<f64>,
    /// How long it still takes or, if that is not known, how long it has taken.
    pub(super) time: String,
    pub(super) details: Vec<String>,
}

/// Everything on one line if there is room, and on several otherwise.
pub(super) fn layout(shown: &Shown, width: usize) -> String {
    let details = shown.details.join(", ");
    let with_shortest = first_line(shown, SHORTEST).len();
    if let Some(room) = width.checked_sub(with_shortest + 2 + details.len()) {
        return format!("{}  {details}", first_line(shown, (SHORTEST + room).min(LONGEST)));
    }
    let room = (width + SHORTEST).saturating_sub(with_shortest).min(LONGEST);
    let mut lines = vec![first_line(shown, room)];
    let mut line = String::new();
    for detail in &shown.details {
        // A comma follows, unless it is the last one.
        if !line.is_empty() && line.len() + 2 + detail.len() + 1 > width {
            lines.push(std::mem::take(&mut line) + ",");
        }
        line += if line.is_empty() { "" } else { ", " };
        line += detail;
    }
    lines.push(line);
    lines.join("\n")
}

fn first_line(Shown { job, share, time, .. }: &Shown, bar: usize) -> String {
    match share {
        Some(share) => format!("{job} [{}] {:>3}%  {time}", drawn(*share, bar), steps(*share, 100)),
        None => format!("{job}  {time}"),
    }
}

fn drawn(share: f64, width: usize) -> String {
    let done = steps(share, width);
    let head = if done < width { ">" } else { "" };
    format!("{:<width$}", "=".repeat(done) + head)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]
fn steps(share: f64, all: usize) -> usize {
    (share.clamp(0.0, 1.0) * all as f64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(share: Option<f64>) -> Shown {
        let details = ["123,456 keys/s", "1023.9MiB/s", "1,234,567,890 copied", "12,345 failed", "held by destination"];
        Shown {
            job: "12/12 sessions".to_owned(),
            share,
            time: "23h59m left".to_owned(),
            details: details.map(str::to_owned).into(),
        }
    }

    #[test]
    fn a_bar_fits_into_every_width_and_shows_everything() {
        for width in 60..200 {
            for share in [None, Some(0.43)] {
                let (shown, text) = (shown(share), layout(&shown(share), width));
                assert!(text.lines().all(|line| line.len() <= width), "{width}: {text}");
                let parts = shown.details.iter().chain([&shown.job, &shown.time]);
                let lost: Vec<&String> = parts.filter(|part| !text.contains(*part)).collect();
                assert!(lost.is_empty() && text.contains("43%") == share.is_some(), "{width}: {text}");
            }
        }
    }

    #[test]
    fn details_are_on_the_same_line_if_there_is_room() {
        let widths = [60, 80, 100, 150].map(|width| format!("{width}:\n{}", layout(&shown(Some(0.43)), width)));
        insta::assert_snapshot!(widths.join("\n"));
        insta::assert_snapshot!("a_bar_without_a_share", layout(&shown(None), 140));
    }

    #[test]
    fn a_share_beyond_the_whole_does_not_overflow_the_bar() {
        assert_eq!([-1.0, 0.5, 7.0, f64::NAN].map(|share| drawn(share, 4)), [">   ", "==> ", "====", ">   "]);
    }
}
