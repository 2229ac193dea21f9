//! The parts of an endpoint that its keys describe, and the rules between them.

/// The part of an endpoint that a key describes. Rules are between parts, so a new key only names its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The name of a table `[endpoint.NAME]`, which has keys of all parts.
    Name,
    Host,
    Port,
    Socket,
    /// The nodes of a cluster.
    Cluster,
    /// The Sentinels that name the server.
    Sentinel,
    /// What they are asked for.
    Service,
    /// Each key is another source of the password for the Sentinels.
    SentinelPassword,
    /// Other settings that only matter with Sentinels.
    SentinelSetting,
    /// Settings that only matter if Sentinels or nodes of a cluster name servers.
    Announced,
    /// A file in place of a server.
    File,
    /// Is replaced by single keys within its layer.
    Url,
    Database,
    User,
    /// Each key is another source of the password.
    Password,
    /// Encryption: whether, and how.
    Tls,
    /// Connection settings of a server: a file has none.
    Connection,
    /// What is true wherever the endpoint is.
    Guard,
}

impl Part {
    /// The parts that name where the endpoint is.
    pub const PLACES: [Self; 6] = [Self::Host, Self::Socket, Self::Cluster, Self::Sentinel, Self::File, Self::Url];

    pub fn rule(self) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.part == self)
    }
}

/// The parts that a part rules out. A part with a rule has one key, or keys that exclude each other.
pub struct Rule {
    pub part: Part,
    /// A layer cannot have keys of these parts beside it.
    pub excludes: &'static [Part],
    /// The reason, for the message.
    pub why: &'static str,
    /// Keys of these parts do not count in weaker layers, and have no effect in stronger ones.
    pub displaces: &'static [Part],
}

pub static RULES: [Rule; 8] = [
    Rule {
        part: Part::File,
        excludes: &[
            Part::Host,
            Part::Port,
            Part::Socket,
            Part::Cluster,
            Part::Sentinel,
            Part::Service,
            Part::SentinelPassword,
            Part::SentinelSetting,
            Part::Announced,
            Part::Url,
            Part::User,
            Part::Password,
            Part::Tls,
        ],
        why: "keys are read from a file or from a server",
        displaces: &[
            Part::Host,
            Part::Port,
            Part::Socket,
            Part::Cluster,
            Part::Sentinel,
            Part::Service,
            Part::SentinelPassword,
            Part::SentinelSetting,
            Part::Announced,
            Part::User,
            Part::Password,
            Part::Tls,
            Part::Connection,
        ],
    },
    Rule {
        part: Part::Url,
        excludes: &[Part::Host, Part::Port, Part::Socket, Part::Cluster, Part::Sentinel, Part::Service],
        why: "a `url` replaces the single keys",
        displaces: &[],
    },
    Rule {
        part: Part::Host,
        excludes: &[],
        why: "",
        displaces: &[
            Part::Socket,
            Part::Cluster,
            Part::Sentinel,
            Part::Service,
            Part::SentinelPassword,
            Part::SentinelSetting,
            Part::Announced,
            Part::File,
        ],
    },
    Rule {
        part: Part::Socket,
        excludes: &[Part::Host, Part::Port],
        why: "a server is reached through a port or through a Unix socket",
        displaces: &[
            Part::Host,
            Part::Port,
            Part::Cluster,
            Part::Sentinel,
            Part::Service,
            Part::SentinelPassword,
            Part::SentinelSetting,
            Part::Announced,
            Part::File,
            Part::Tls,
        ],
    },
    Rule {
        part: Part::Sentinel,
        excludes: &[Part::Host, Part::Port, Part::Socket],
        why: "a server has an address of its own, or Sentinels name it",
        displaces: &[Part::Host, Part::Port, Part::Socket, Part::Cluster, Part::File],
    },
    Rule {
        part: Part::Cluster,
        excludes: &[Part::Host, Part::Port, Part::Socket, Part::Sentinel, Part::Service],
        why: "an endpoint is one server or a cluster",
        displaces: &[
            Part::Host,
            Part::Port,
            Part::Socket,
            Part::Sentinel,
            Part::Service,
            Part::SentinelPassword,
            Part::SentinelSetting,
            Part::File,
        ],
    },
    Rule {
        part: Part::SentinelPassword,
        excludes: &[Part::SentinelPassword],
        why: "the password is either given or read from the file",
        displaces: &[Part::SentinelPassword],
    },
    Rule {
        part: Part::Password,
        excludes: &[Part::Password],
        why: "there is one way to give the password",
        displaces: &[Part::Password],
    },
];
