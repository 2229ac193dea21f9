//! Why a server refused one key.

/// Why a server refused one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRefusal {
    /// The server's message.
    pub message: String,
    /// The address of the node that refused it, if the endpoint is a cluster.
    pub node: Option<String>,
}

impl<T: Into<String>> From<T> for KeyRefusal {
    fn from(message: T) -> Self {
        Self { message: message.into(), node: None }
    }
}
