//! The flavour of a server, and its version.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// The flavour of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
    /// A server that is compatible with Redis, with an implementation of its own.
    Other,
}

impl Flavour {
    /// The name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Redis => "Redis",
            Self::Valkey => "Valkey",
            Self::Other => "compatible with Redis",
        }
    }
}

/// The version of a server, such as `7.0.15`. Compared by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number.
    pub patch: u32,
}

impl Version {
    /// The first patch release: `Version::new(7, 0)` is 7.0.0.
    #[must_use]
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor, patch: 0 }
    }
}

impl FromStr for Version {
    type Err = ();

    /// Accepts what servers report: missing numbers are 0, and anything after the third number is ignored.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split('.').map(|part| {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            part[..digits].parse::<u32>().ok()
        });
        let major = numbers.next().flatten().ok_or(())?;
        let mut rest = numbers.map(|number| number.unwrap_or(0));
        Ok(Self { major, minor: rest.next().unwrap_or(0), patch: rest.next().unwrap_or(0) })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        let version = |text: &str| text.parse::<Version>().expect("a version");
        assert!(version("7.0.15") < version("7.2"));
        assert!(version("10.0.0") > version("9.9.9"));
        assert_eq!(version("8.2.3-rc1").to_string(), "8.2.3");
        assert!("unstable".parse::<Version>().is_err());
    }
}
