//! Why keys failed, in groups.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::side::Side;
use crate::entry::Key;
use crate::sanitize;

/// The most reasons that are kept for one job.
const MOST_REASONS: usize = 100;
/// The most bytes of an example's name that are kept.
const LONGEST_EXAMPLE: usize = 200;
/// A shorter name may be part of a message by chance.
const SHORTEST_NAME: usize = 3;

/// A key that could not be moved.
#[derive(Clone, Debug)]
pub struct FailedKey {
    /// Its database at the source, if keys of several databases are read.
    pub db: Option<u16>,
    pub key: Key,
    /// Its name at the destination, if it is another one.
    pub renamed: Option<Key>,
    /// Its type as `TYPE` returns it, if it is known.
    pub type_name: Option<String>,
    /// The endpoint that refused it, or did not reply.
    pub side: Side,
    /// The address of that endpoint, or of its node that refused the key, `host:port`; or the file.
    pub server: String,
    pub code: FailureCode,
    /// The error message of that endpoint, or what is wrong.
    pub message: String,
}

/// Keys that failed for one reason that is not about any of them.
#[derive(Clone, Copy, Debug)]
pub struct FailedKeys {
    pub side: Side,
    pub code: FailureCode,
    pub count: u64,
}

impl fmt::Display for FailedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.code {
            FailureCode::Unanswered => "they were sent, and no reply came; they may have arrived",
            _ => "the server refused every request",
        })
    }
}

/// Why a key failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureCode {
    /// The endpoint returned an error for this key.
    Refused,
    /// The source returned no value that can be moved.
    Unreadable,
    /// The payload is damaged, or its type is not known.
    Damaged,
    /// The destination does not support the value.
    Unsupported,
    /// The payload, or the new name, is longer than the destination accepts.
    TooLong,
    /// It was sent, and no reply came. It may have arrived.
    Unanswered,
    /// The endpoint refused every request at that time.
    EndpointRefused,
}

impl FailureCode {
    /// Whether the reason is not about single keys: all keys that were in flight have it.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::Unanswered | Self::EndpointRefused)
    }
}

/// Keys that failed for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub code: FailureCode,
    pub side: Side,
    /// Of the first key, without its name. One line, and not too long.
    pub message: String,
    /// Like the message, without numbers: it identifies the reason.
    reason: String,
    pub count: u64,
    /// How many of them each server, node or file refused, if that is known.
    pub by_server: BTreeMap<String, u64>,
    /// The first key; `None` if no single key is known.
    pub example: Option<ExampleKey>,
}

/// A key that failed, with names as `redis-cli` shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExampleKey {
    /// Its database at the source, if keys of several databases are read.
    pub db: Option<u16>,
    pub name: String,
    /// Its name at the destination, if it is another one.
    pub renamed: Option<String>,
}

/// Why the keys of a job failed. The sum of all counts is the number of failed keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    reasons: Vec<Failure>,
    unlisted: u64,
}

impl Failures {
    /// Counts a key. If there are too many reasons, the rarest one is given up, and the oldest of several.
    pub fn add(&mut self, failed: &FailedKey) {
        let FailedKey { db, key, renamed, side, server, code, message, .. } = failed;
        let message = sanitize::short(&without_name(message, key));
        let renamed = renamed.as_ref().filter(|renamed| *renamed != key);
        let example = ExampleKey { db: *db, name: shown(key), renamed: renamed.map(shown) };
        self.count(Failure {
            code: *code,
            side: *side,
            reason: without_numbers(&message),
            message,
            count: 1,
            by_server: BTreeMap::from([(server.clone(), 1)]),
            example: Some(example),
        });
    }

    /// Counts keys that share a reason.
    pub fn add_all(&mut self, failed: &FailedKeys) {
        let FailedKeys { side, code, count } = *failed;
        let message = failed.to_string();
        let by_server = BTreeMap::new();
        self.count(Failure { code, side, reason: message.clone(), message, count, by_server, example: None });
    }

    /// Adds those of other keys.
    pub fn add_from(&mut self, other: Self) {
        other.reasons.into_iter().for_each(|failure| self.count(failure));
        self.unlisted += other.unlisted;
    }

    /// Keeps only the most frequent reasons.
    pub fn keep(&mut self, most: usize) {
        if self.reasons.len() > most {
            self.reasons.sort_by_key(|failure| std::cmp::Reverse(failure.count));
            self.unlisted += self.reasons.drain(most..).map(|failure| failure.count).sum::<u64>();
        }
    }

    fn count(&mut self, failure: Failure) {
        let is_same = |known: &&mut Failure| {
            (known.side, known.code, &known.reason) == (failure.side, failure.code, &failure.reason)
        };
        if let Some(known) = self.reasons.iter_mut().find(is_same) {
            known.count += failure.count;
            for (server, count) in failure.by_server {
                *known.by_server.entry(server).or_default() += count;
            }
            return;
        }
        if self.reasons.len() == MOST_REASONS {
            let rarest = (0..).zip(&self.reasons).min_by_key(|(_, known)| known.count).map_or(0, |(at, _)| at);
            self.unlisted += self.reasons.remove(rarest).count;
        }
        self.reasons.push(failure);
    }

    /// The reasons, the most frequent one first.
    pub fn by_frequency(&self) -> Vec<&Failure> {
        let mut reasons: Vec<&Failure> = self.reasons.iter().collect();
        reasons.sort_by_key(|failure| std::cmp::Reverse(failure.count));
        reasons
    }

    /// The keys whose reasons were given up, because there were too many.
    pub fn unlisted(&self) -> u64 {
        self.unlisted
    }
}

/// The beginning of a name that is very long.
fn shown(key: &Key) -> String {
    match key.as_bytes().get(..LONGEST_EXAMPLE) {
        Some(start) if start.len() < key.as_bytes().len() => format!("{}…", Key::from(start.to_vec())),
        _ => key.to_string(),
    }
}

/// A message in which the key's name is `KEY`.
fn without_name<'m>(message: &'m str, key: &Key) -> Cow<'m, str> {
    let Ok(name) = std::str::from_utf8(key.as_bytes()) else { return message.into() };
    if name.len() < SHORTEST_NAME || !message.contains(name) {
        return message.into();
    }
    let (mut text, mut rest) = (String::with_capacity(message.len()), message);
    while let Some(at) = rest.find(name) {
        let after = &rest[at + name.len()..];
        let is_part = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        let before = rest[..at].chars().next_back().or_else(|| text.chars().next_back());
        let is_word = !is_part(before) && !is_part(after.chars().next());
        text.extend([&rest[..at], if is_word { "KEY" } else { name }]);
        rest = after;
    }
    (text + rest).into()
}

/// A message in which each number is `N`.
fn without_numbers(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for character in message.chars() {
        if !character.is_ascii_digit() {
            text.push(character);
        } else if !text.ends_with('N') {
            text.push('N');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(key: &str, message: &str) -> FailedKey {
        FailedKey {
            db: None,
            renamed: None,
            key: Key::from(key.as_bytes().to_vec()),
            type_name: None,
            side: Side::Destination,
            server: String::new(),
            code: FailureCode::Refused,
            message: message.to_owned(),
        }
    }

    fn of(all: impl IntoIterator<Item = FailedKey>) -> Failures {
        let mut failures = Failures::default();
        all.into_iter().for_each(|failed| failures.add(&failed));
        failures
    }

    fn counted(failures: &Failures) -> Vec<(u64, &str, Option<&str>)> {
        let reasons = failures.by_frequency();
        reasons
            .iter()
            .map(|failure| {
                (failure.count, failure.message.as_str(), failure.example.as_ref().map(|example| example.name.as_str()))
            })
            .collect()
    }

    #[test]
    fn numbers_and_the_name_of_the_key_do_not_make_another_reason() {
        let failures = of([
            failed("cart:1", "ERR Bad data format"),
            failed("cart:2", "its payload of 17 bytes is too long for cart:2 here"),
            failed("cart:31", "its payload of 2048 bytes is too long for cart:31 here"),
        ]);
        let expected = [
            (2, "its payload of 17 bytes is too long for KEY here", Some("\"cart:2\"")),
            (1, "ERR Bad data format", Some("\"cart:1\"")),
        ];
        assert_eq!(counted(&failures), expected);
    }

    #[test]
    fn a_part_of_a_word_is_no_name() {
        let failures = of([failed("format", "ERR formatting of 'format' failed"), failed("ER", "ERR no")]);
        let messages: Vec<&str> = failures.by_frequency().iter().map(|failure| failure.message.as_str()).collect();
        assert_eq!(messages, ["ERR formatting of 'KEY' failed", "ERR no"]);
    }

    #[test]
    fn another_endpoint_or_code_is_another_reason() {
        let of_source = FailedKey { side: Side::Source, ..failed("b", "no") };
        let damaged = FailedKey { code: FailureCode::Damaged, ..failed("c", "no") };
        assert_eq!(of([failed("a", "no"), of_source, damaged]).by_frequency().len(), 3);
    }

    #[test]
    fn the_keys_of_a_reason_are_counted_by_server() {
        let at = |server: &str| FailedKey { server: server.to_owned(), ..failed("a", "no") };
        let failures = of([at("h:2"), at("h:1"), at("h:2")]);
        let expected = BTreeMap::from([("h:1".to_owned(), 1), ("h:2".to_owned(), 2)]);
        assert_eq!(failures.by_frequency()[0].by_server, expected);
    }

    #[test]
    fn frequent_reasons_are_kept_whatever_the_number_of_others_and_nothing_is_uncounted() {
        let letters = |number: u32| {
            number.to_string().chars().map(|digit| char::from(b'a' + digit as u8 - b'0')).collect::<String>()
        };
        let rare = (0..5000).map(|number| failed("rare", &letters(number)));
        let failures = of(rare.flat_map(|rare| [rare, failed("often", "ERR always the same")]));
        assert_eq!(failures.reasons.len(), MOST_REASONS);
        assert_eq!(counted(&failures)[0], (5000, "ERR always the same", Some("\"often\"")));
        let listed: u64 = failures.by_frequency().iter().map(|failure| failure.count).sum();
        assert_eq!(listed + failures.unlisted(), 10_000);
    }

    #[test]
    fn long_names_and_messages_are_cut_and_control_characters_are_escaped() {
        let failures = of([failed(&"k".repeat(5000), &"\x1b[2J".repeat(1000))]);
        let (_, message, example) = counted(&failures)[0];
        assert!(message.chars().count() <= 300 && message.starts_with("\\u{1b}[2J"), "{message}");
        assert_eq!(example.map(str::len), Some(LONGEST_EXAMPLE + 2 + '…'.len_utf8()));
    }

    #[test]
    fn keys_that_share_a_reason_have_no_example() {
        let mut failures = Failures::default();
        failures.add_all(&FailedKeys { side: Side::Destination, code: FailureCode::Unanswered, count: 7 });
        assert_eq!(counted(&failures), [(7, "they were sent, and no reply came; they may have arrived", None)]);
    }
}
