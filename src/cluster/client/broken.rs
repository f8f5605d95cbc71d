//! What a broken connection means.

use std::error::Error as _;
use std::io;

use rustls::{AlertDescription, CertificateError, Error as TlsError};
use ureq::Timeout;

use super::super::failure::{Failure, FailureKind};
use super::address::Address;
use super::wire::Broken;
use crate::text::visible;

/// Whether a request that got no answer was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrived {
    /// No connection came about.
    No,
    Perhaps,
}

/// Where it happened, and what is known of the other side.
pub(super) struct Scene<'s> {
    /// The cluster and its address.
    pub place: String,
    pub address: &'s Address,
    pub ca_file: Option<&'s str>,
    /// Whether it ever answered: then the address is right.
    pub known: bool,
}

impl Scene<'_> {
    /// What may be wrong with the address of one that does not answer as expected.
    fn scheme(&self) -> Option<&'static str> {
        match (self.known, self.address.is_tls()) {
            (true, _) => None,
            (false, false) => Some("if the server expects TLS, write https:// in url"),
            (false, true) => Some(TRY_HTTP),
        }
    }
}

const TRY_HTTP: &str = "if the server expects plain HTTP, write http:// in url";

/// Puts it in words.
pub(super) fn explain(broken: Broken, scene: &Scene<'_>) -> (Failure, Arrived) {
    let place = &scene.place;
    let failure = |kind, what: &str| Failure::new(kind, place.as_str(), what);
    match broken {
        Broken::Stopped => (failure(FailureKind::Stopped, "the request was stopped"), Arrived::Perhaps),
        Broken::TooLong => {
            (failure(FailureKind::TooLarge, "the answer is larger than this program reads at once"), Arrived::Perhaps)
        }
        Broken::Packing => (
            failure(FailureKind::Unreachable, "the answer arrived damaged: its gzip does not unpack"),
            Arrived::Perhaps,
        ),
        Broken::Line(ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect)) => (
            failure(FailureKind::Unreachable, "no connection came about in time")
                .advise("check the address and whether a firewall is in between"),
            Arrived::No,
        ),
        Broken::Line(ureq::Error::Timeout(_)) => {
            let failure = failure(FailureKind::Timeout, "it did not answer in time");
            (failure.advise("look whether its nodes are busy, or short of memory"), Arrived::Perhaps)
        }
        Broken::Line(ureq::Error::HostNotFound) => (
            failure(FailureKind::Unreachable, "there is no host of this name").advise("check url in the configuration"),
            Arrived::No,
        ),
        Broken::Line(ureq::Error::Rustls(error)) => (tls(&error, scene), Arrived::No),
        Broken::Line(ureq::Error::Tls(_)) => (
            failure(FailureKind::Tls, "no certificate can be for a host of this name")
                .advise("check url in the configuration"),
            Arrived::No,
        ),
        Broken::Line(ureq::Error::Io(error)) => io(&error, scene),
        // It spoke HTTP before: something between is at fault, and may not be the next time.
        Broken::Line(ureq::Error::Protocol(_)) if scene.known => {
            (failure(FailureKind::Unreachable, "the answer arrived damaged: it is no HTTP"), Arrived::Perhaps)
        }
        Broken::Line(ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..)) => {
            let failure = failure(FailureKind::Garbage, "what answers there does not speak HTTP");
            (Failure { advice: scene.scheme().map(str::to_owned), ..failure }, Arrived::Perhaps)
        }
        Broken::Line(error) => (failure(FailureKind::Unreachable, &visible(&error.to_string())), Arrived::Perhaps),
    }
}

fn io(error: &io::Error, scene: &Scene<'_>) -> (Failure, Arrived) {
    let inner = error.get_ref().map(|inner| inner.downcast_ref::<TlsError>());
    if let Some(Some(error)) = inner {
        return (tls(error, scene), Arrived::No);
    }
    let mut arrived = Arrived::Perhaps;
    let what = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            arrived = Arrived::No;
            "nobody listens there".to_owned()
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            arrived = Arrived::No;
            "there is no way to this address".to_owned()
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => "the connection broke before the answer was whole".to_owned(),
        _ => {
            // A name that does not resolve comes without a kind of its own.
            let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            if text.contains("Temporary failure in name resolution") {
                let what = "its name cannot be looked up at this moment";
                let failure = Failure::new(FailureKind::Unreachable, scene.place.as_str(), what);
                return (failure.advise("check the name servers in /etc/resolv.conf"), Arrived::No);
            }
            if text.contains("lookup address") || text.contains("not known") {
                arrived = Arrived::No;
                "there is no host of this name".to_owned()
            } else {
                visible(&text).into_owned()
            }
        }
    };
    let advice = match arrived {
        Arrived::No => Some("check url in the configuration and whether the server runs"),
        Arrived::Perhaps => scene.scheme(),
    };
    let failure = Failure::new(FailureKind::Unreachable, scene.place.as_str(), what);
    let failure = Failure { advice: advice.map(str::to_owned), ..failure };
    (failure, arrived)
}

/// A certificate that is not accepted, or no TLS at all.
fn tls(error: &TlsError, scene: &Scene<'_>) -> Failure {
    let (what, advice) = match error {
        TlsError::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => (
                "its certificate is signed by an authority that is not trusted here".to_owned(),
                Some(scene.ca_file.map_or_else(
                    || "name the authority's certificate with ca_file".to_owned(),
                    |file| format!("the certificates in {file} did not sign it"),
                )),
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
                "its certificate has expired".to_owned(),
                Some("have it renewed, or check the clock of this machine".to_owned()),
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                ("its certificate is not valid yet".to_owned(), Some("check the clock of this machine".to_owned()))
            }
            CertificateError::NotValidForName => (
                "its certificate is for another name".to_owned(),
                Some("write the name that the certificate has in url".to_owned()),
            ),
            CertificateError::NotValidForNameContext { presented, .. } => (
                "its certificate is for another name".to_owned(),
                Some(format!(
                    "write a name of the certificate in url{}",
                    presented.first().map_or_else(String::new, |name| format!(", such as {}", bare(name)))
                )),
            ),
            CertificateError::Revoked => ("its certificate was revoked".to_owned(), None),
            other => (format!("its certificate is not accepted: {}", bounded(&other.to_string())), None),
        },
        TlsError::InvalidMessage(_) => ("what answers there does not speak TLS".to_owned(), Some(TRY_HTTP.to_owned())),
        TlsError::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::HandshakeFailure,
        ) => {
            ("it asks for a client certificate, or for a kind of TLS that this program does not speak".to_owned(), None)
        }
        other => (format!("TLS failed: {}", bounded(&other.to_string())), None),
    };
    Failure { advice, ..Failure::new(FailureKind::Tls, scene.place.as_str(), what) }
}

/// `DnsName("es.example")` without its wrapping.
fn bare(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')')).unwrap_or(name);
    bounded(inner.trim_matches('"'))
}

fn bounded(text: &str) -> String {
    visible(text).chars().take(200).collect()
}
