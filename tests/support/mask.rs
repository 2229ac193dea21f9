//! Masks what changes from run to run, so that whole outputs can be snapshots.

use std::path::Path;

/// Replaces ports, folders, times, durations, rates and run ids by words.
pub fn masked(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "FOLDER");
    let mut masked: String = text.split_inclusive(|letter: char| letter.is_whitespace()).map(word).collect();
    masked.truncate(masked.trim_end().len());
    masked
}

/// One word with what follows it.
fn word(word: &str) -> String {
    let end = word.trim_end_matches(|letter: char| letter.is_whitespace() || ",;:.)`".contains(letter)).len();
    let start = word.len() - word.trim_start_matches(['(', '`']).len();
    if start >= end {
        return word.to_owned();
    }
    let (before, bare, after) = (&word[..start], &word[start..end], &word[end..]);
    let mask = if let Some(at) = address(bare) {
        format!("{}PORT", &bare[..at])
    } else if is_time(bare) {
        "TIME".to_owned()
    } else if is_duration(bare) {
        "DURATION".to_owned()
    } else if bare.len() == 40 && bare.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        "RUN_ID".to_owned()
    } else {
        return word.to_owned();
    };
    format!("{before}{mask}{after}")
}

/// Where the port begins in `127.0.0.1:1234`.
fn address(word: &str) -> Option<usize> {
    let (host, port) = word.rsplit_once(':')?;
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_port && (host.ends_with("127.0.0.1") || host.ends_with("localhost"))).then_some(host.len() + 1)
}

/// `12:34:56`, or a date with a time.
fn is_time(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits >= 6
        && word.matches(':').count() == 2
        && word.bytes().all(|byte| byte.is_ascii_digit() || b":-.TZ".contains(&byte))
}

/// `1.5s`, `20ms`, `3m`, `1h`.
fn is_duration(word: &str) -> bool {
    let unit = word.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    unit.len() < word.len() && ["ns", "µs", "us", "ms", "s", "m", "h"].contains(&unit)
}

#[test]
fn what_changes_from_run_to_run_is_masked() {
    let text = "12:03:04.123 the source `127.0.0.1:6379` did not answer within 250ms, see /tmp/x/a.log\n3 keys";
    assert_eq!(
        masked(text, Path::new("/tmp/x")),
        "TIME the source `127.0.0.1:PORT` did not answer within DURATION, see FOLDER/a.log\n3 keys"
    );
}
