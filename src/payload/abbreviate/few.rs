//! A few of many members.

use std::fmt::{Display, Write};

/// The most characters of a line.
pub(super) const LONGEST: usize = 200;

/// The most members that are shown.
const SHOWN: usize = 5;

/// The members that may be shown, and the number of all members.
pub(super) struct Few<T> {
    pub(super) count: u64,
    members: Vec<T>,
}

impl<T: Ord + Display> Few<T> {
    pub(super) fn new() -> Self {
        Self { count: 0, members: Vec::with_capacity(SHOWN) }
    }

    /// Adds the next member of a value whose members have an order.
    pub(super) fn add_next(&mut self, member: T) {
        self.count += 1;
        if self.members.len() < SHOWN {
            self.members.push(member);
        }
    }

    /// Adds a member of a value whose members have no order: the smallest ones are kept.
    pub(super) fn add(&mut self, member: T) {
        self.count += 1;
        if self.members.len() == SHOWN {
            if self.members.last().is_none_or(|last| *last <= member) {
                return;
            }
            self.members.pop();
        }
        let at = self.members.partition_point(|before| *before <= member);
        self.members.insert(at, member);
    }

    /// The number of members, and the first of them.
    pub(super) fn line(&self, [one, many]: [&str; 2]) -> String {
        let mut line = counted(self.count, [one, many]);
        if self.count > 0 {
            line.push_str(": ");
            self.put(&mut line);
        }
        line
    }

    /// Appends as many members as fit in the line, and `…` if there are more.
    pub(super) fn put(&self, line: &mut String) {
        let mut length = line.chars().count();
        let mut left = self.count;
        let mut separator = "";
        for member in &self.members {
            let text = format!("{separator}{member}");
            let for_more = if left > 1 { ", …".chars().count() } else { 0 };
            length += text.chars().count();
            if length + for_more > LONGEST {
                break;
            }
            line.push_str(&text);
            separator = ", ";
            left -= 1;
        }
        if left > 0 {
            write!(line, "{separator}…").expect("a write to a String cannot fail");
        }
    }
}

/// A number with its noun, in singular or plural.
pub(super) fn counted(count: u64, [one, many]: [&str; 2]) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
