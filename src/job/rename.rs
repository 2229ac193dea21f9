//! The names of keys at the destination.

use serde::Serialize;

/// How keys are renamed: one prefix is removed, then another one is added. Every key that matches has the removed
/// prefix, so two keys never get the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// Every pattern of `match` begins with it.
    pub strip_prefix: String,
    /// The new beginning.
    pub add_prefix: String,
}

impl Rename {
    /// The name at the destination; `None` if the key does not have the prefix, and so does not match.
    #[must_use]
    pub fn name_of(&self, key: &[u8]) -> Option<Vec<u8>> {
        let rest = key.strip_prefix(self.strip_prefix.as_bytes())?;
        Some([self.add_prefix.as_bytes(), rest].concat())
    }

    /// The name at the source of a key with this name at the destination; `None` if no key gets such a name.
    #[must_use]
    pub fn origin_of(&self, key: &[u8]) -> Option<Vec<u8>> {
        let rest = key.strip_prefix(self.add_prefix.as_bytes())?;
        Some([self.strip_prefix.as_bytes(), rest].concat())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn rename(strip_prefix: &str, add_prefix: &str) -> Rename {
        Rename { strip_prefix: strip_prefix.to_owned(), add_prefix: add_prefix.to_owned() }
    }

    #[test]
    fn one_prefix_is_removed_and_another_one_is_added() {
        let name = |strip, add, key: &[u8]| rename(strip, add).name_of(key);
        assert_eq!(name("a:", "b:", b"a:1\xff").as_deref(), Some(&b"b:1\xff"[..]));
        assert_eq!(name("", "b:", b"").as_deref(), Some(&b"b:"[..]));
        assert_eq!(name("a:", "", b"a:").as_deref(), Some(&b""[..]));
        assert_eq!(name("a:", "b:", b"a"), None);
    }

    proptest! {
        #[test]
        fn two_keys_never_get_the_same_name(
            strip in "[ab]{0,2}", add in "[ab]{0,2}", keys in prop::collection::vec("[ab]{0,6}", 0..60)
        ) {
            let rename = rename(&strip, &add);
            let mut names = HashMap::new();
            for key in &keys {
                if let Some(name) = rename.name_of(key.as_bytes()) {
                    prop_assert_eq!(rename.origin_of(&name), Some(key.clone().into_bytes()));
                    prop_assert_eq!(names.entry(name).or_insert(key), &key);
                }
            }
        }
    }
}
