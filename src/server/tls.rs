//! TLS over a byte stream, and why it fails.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, Error};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Address;
use super::byte_stream::BoxedStream;
use crate::error::{EndpointProblem, Side};
use crate::job::{Endpoint, Tls, TlsClient};

/// Does the handshake of a connection. `host` is the name that counts if the settings have none.
pub(super) async fn encrypted(tls: &Tls, socket: TcpStream, host: Option<&str>) -> io::Result<BoxedStream> {
    let TlsClient { config, name } = tls.client.clone();
    let name = name.map_or_else(|| name_of(host.unwrap_or_default()), Ok)?;
    let stream = TlsConnector::from(config).connect(name, socket).await?;
    Ok(Box::new(Encrypted { stream, is_flushed: true }))
}

/// The name that a certificate must have for a host: an IP address without its zone.
fn name_of(host: &str) -> io::Result<ServerName<'static>> {
    let name = host.split('%').next().unwrap_or_default().to_owned();
    ServerName::try_from(name).map_err(io::Error::other)
}

/// A stream that sends what was written: the TLS library accepts bytes that the socket does not, and sends them only when it
/// is flushed. A reader of this stream waits for replies to what was written, so reading flushes.
struct Encrypted {
    stream: TlsStream<TcpStream>,
    is_flushed: bool,
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // If it cannot be flushed, reading shows the server's reason.
        if !self.is_flushed
            && let Poll::Ready(flushed) = Pin::new(&mut self.stream).poll_flush(context)
        {
            self.is_flushed = flushed.is_ok();
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.is_flushed = false;
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(context));
        self.is_flushed = flushed.is_ok();
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A server without TLS may wait for more of what it takes for a command.
pub(super) const WITHOUT_TLS: &str = "; if it accepts connections, its port may not speak TLS";

/// What a connection leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    Server,
    Sentinel,
}

impl Peer {
    /// How connections to it are encrypted; `None` for plain ones.
    pub fn tls(self, endpoint: &Endpoint) -> Option<&Tls> {
        match self {
            Self::Server => endpoint.tls.as_deref(),
            Self::Sentinel => endpoint.service().and_then(|service| service.sentinel_tls.as_deref()),
        }
    }
}

/// The problem that an error of a stream with TLS stands for; `None` if it is no error of TLS.
pub(super) fn problem(error: &io::Error, tls: &Tls, address: &Address, peer: Peer) -> Option<EndpointProblem> {
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    let text = match error {
        Error::InvalidCertificate(error) => Reason { tls, address, peer }.of_certificate(error),
        Error::AlertReceived(alert) => Reason { tls, address, peer }.of_alert(*alert),
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => plain(peer, address.side),
        Error::PeerIncompatible(_) => {
            "supports no version or cipher of TLS that is safe: it must support TLS 1.2 or 1.3".to_owned()
        }
        error => format!("cannot be used with TLS: {}", address.text(error.to_string())),
    };
    Some(EndpointProblem::Tls(text))
}

fn plain(peer: Peer, side: Side) -> String {
    let remedy = match peer {
        Peer::Server => {
            format!("remove `{side}.tls`, or write `redis://` in place of `rediss://` in `{side}.url`")
        }
        Peer::Sentinel => format!("remove `{side}.sentinel_tls`"),
    };
    format!("does not speak TLS: if its port is for plain connections, {remedy}")
}

/// Finds words for an error.
struct Reason<'a> {
    tls: &'a Tls,
    address: &'a Address,
    peer: Peer,
}

impl Reason<'_> {
    fn side(&self) -> Side {
        self.address.side
    }

    fn of_certificate(&self, error: &CertificateError) -> String {
        let side = self.side();
        match error {
            // Another CA with the same name has another key.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => match &self.tls.ca_file {
                Some(file) => format!(
                    "has a certificate that no CA in `{side}.tls.ca_file` ({}) has signed: give the file of the CA that did",
                    file.display()
                ),
                None => format!(
                    "has a certificate that no CA of this system has signed: give the certificate of its CA as \
                     `{side}.tls.ca_file`"
                ),
            },
            CertificateError::ExpiredContext { not_after, .. } => format!(
                "has a certificate that expired on {}: renew it, or correct the clock of this machine",
                date(*not_after)
            ),
            CertificateError::NotValidYetContext { not_before, .. } => format!(
                "has a certificate that is not valid before {}: wait, or correct the clock of this machine",
                date(*not_before)
            ),
            CertificateError::NotValidForNameContext { presented, expected } => format!(
                "has a certificate for {}, not for `{}`: {}",
                self.names(presented),
                self.address.text(&*expected.to_str()),
                self.other_name()
            ),
            error if error.to_string().contains("CaUsedAsEndEntity") => {
                "has the certificate of a CA as its own: create a certificate for the server that the CA signs"
                    .to_owned()
            }
            error => format!("has a certificate that is not valid: {}", self.address.text(error.to_string())),
        }
    }

    /// How to give another name than the one that was expected.
    fn other_name(&self) -> String {
        let side = self.side();
        match self.peer {
            Peer::Sentinel => format!("give its name in `{side}.sentinel`"),
            Peer::Server if self.tls.server_name.is_some() => format!("correct `{side}.tls.server_name`"),
            Peer::Server if self.tls.client.name.is_some() => {
                format!("correct `{side}.host`, or give the right name as `{side}.tls.server_name`")
            }
            Peer::Server => format!("give the right name as `{side}.tls.server_name`"),
        }
    }

    /// The names of a certificate, such as `DnsName("a.example")`.
    fn names(&self, presented: &[String]) -> String {
        let name = |name: &String| {
            let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
            format!("`{}`", self.address.text(inner.trim_matches('"')))
        };
        if presented.is_empty() {
            "no name".to_owned()
        } else {
            presented.iter().map(name).collect::<Vec<_>>().join(", ")
        }
    }

    fn of_alert(&self, alert: AlertDescription) -> String {
        use AlertDescription as Alert;
        let (side, has_certificate) = (self.side(), self.tls.cert_file.is_some());
        let give = format!("give `{side}.tls.cert_file` and `{side}.tls.key_file`");
        match alert {
            Alert::CertificateRequired => format!("requires a client certificate: {give}"),
            Alert::HandshakeFailure | Alert::BadCertificate | Alert::NoCertificate if !has_certificate => {
                format!(
                    "refused the TLS handshake (alert {alert:?}), maybe because it requires a client certificate: {give}"
                )
            }
            Alert::UnknownCA
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::DecryptError
            | Alert::AccessDenied
                if has_certificate =>
            {
                format!("refused the client certificate in `{side}.tls.cert_file` (alert {alert:?})")
            }
            Alert::ProtocolVersion => "supports neither TLS 1.2 nor TLS 1.3".to_owned(),
            Alert::UnrecognisedName => match &self.tls.server_name {
                Some(name) => format!("has no certificate for `{name}`: correct `{side}.tls.server_name`"),
                None => format!("has no certificate for its host: give the right name as `{side}.tls.server_name`"),
            },
            alert => format!("ended the TLS connection with the alert {alert:?}"),
        }
    }
}

fn date(time: UnixTime) -> String {
    let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(time.as_secs());
    humantime::format_rfc3339_seconds(time).to_string()
}
