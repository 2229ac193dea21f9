//! Whether connections are encrypted, and the name of a certificate.

use rustls::pki_types::ServerName;
use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};

/// `true` or `false`. A table in its place is read key by key.
pub struct TlsSwitch;

impl Element for TlsSwitch {
    type Value = bool;
    const KIND: ValueKind = ValueKind::Flag;
    const EXPECTED: &'static str = "true, false, or a table such as { ca_file = \"ca.pem\" }";

    fn from_flag(flag: bool) -> Result<bool, Rejection> {
        Ok(flag)
    }

    fn schema() -> Json {
        json!({ "type": "boolean" })
    }
}

/// A name that a certificate can have.
pub struct CertificateName;

impl Element for CertificateName {
    type Value = String;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "a host name or an IP address, as in the certificate";

    fn from_text(text: &str) -> Result<String, Rejection> {
        if ServerName::try_from(text).is_ok() { Ok(text.to_owned()) } else { Err(Self::refusal()) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^[A-Za-z0-9._:-]+$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn tls_is_on_or_off() {
        assert!(accepts::<TlsSwitch>(true));
        assert!(!accepts::<TlsSwitch>(false));
        assert_eq!(refuses::<TlsSwitch>("yes"), "true, false, or a table such as { ca_file = \"ca.pem\" }");
    }

    #[test]
    fn a_certificate_has_names_and_addresses() {
        for name in ["cache.internal", "my_cache", "10.0.0.5", "::1"] {
            assert_eq!(accepts::<CertificateName>(name), name);
        }
        for name in ["", "a b", "https://cache", "bücher.example"] {
            assert_eq!(refuses::<CertificateName>(name), "a host name or an IP address, as in the certificate");
        }
    }
}
