//! Frames: commands whose reply proves that no reply before it is missing or surplus.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

static RANDOM: LazyLock<RandomState> = LazyLock::new(RandomState::new);
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The command of the frames on a connection: one that returns the text that it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `PING text`
    Ping,
    /// `ECHO text`
    Echo,
}

impl Framing {
    /// The name of the command.
    #[must_use]
    pub fn command(self) -> &'static [u8] {
        match self {
            Self::Ping => b"PING",
            Self::Echo => b"ECHO",
        }
    }
}

/// A text that is sent once. It is random, so no other reply contains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameText([u8; Self::LENGTH]);

impl FrameText {
    /// Its bytes.
    pub const LENGTH: usize = 16;

    /// A new text.
    pub fn next() -> Self {
        let number = RANDOM.hash_one(NEXT.fetch_add(1, Ordering::Relaxed)).to_le_bytes();
        let digit = |at: usize| (number[at / 2] >> (4 * (at % 2))) & 15;
        Self(std::array::from_fn(|at| b"0123456789abcdef"[usize::from(digit(at))]))
    }

    /// The text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_used_twice() {
        let texts: std::collections::HashSet<_> = (0..1000).map(|_| FrameText::next().0).collect();
        assert_eq!(texts.len(), 1000);
    }
}
