//! Recognises a port where something else than Redis listens.

/// What to do about a port that only accepts TLS.
pub(super) const EXPECTS_TLS: &str = "expects TLS: set `tls = true`, or write `rediss://` in place of `redis://`";

/// What a server speaks whose first bytes are these, and what to do about it; `None` if it may be RESP.
pub(super) fn speaks(first: &[u8]) -> Option<&'static str> {
    match first {
        // An alert or a handshake of TLS 1.x.
        [0x15 | 0x16, 3, ..] => Some(EXPECTS_TLS),
        [b'H', b'T', b'T', b'P', b'/', ..] => Some("is a web server or an HTTP proxy, not Redis: check host and port"),
        [b'S', b'S', b'H', b'-', ..] => Some("is an SSH server, not Redis: check host and port"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_protocols_are_recognised_by_their_first_bytes() {
        assert!(speaks(b"\x15\x03\x01\0\x02\x02\x46").is_some_and(|text| text.contains("TLS")));
        assert!(speaks(b"HTTP/1.1 400 Bad Request\r\n").is_some_and(|text| text.contains("HTTP")));
        assert!(speaks(b"SSH-2.0-OpenSSH_9.2\r\n").is_some_and(|text| text.contains("SSH")));
        for first in [&b""[..], b"+OK\r\n", b"-ERR HTTP/1.1\r\n", b"$3\r\nSSH", b"\x15", b"H"] {
            assert_eq!(speaks(first), None);
        }
    }
}
