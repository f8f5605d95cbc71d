//! Whom to trust: the authorities of the system, or those of `ca_file` alone.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::problem::Problem;
use crate::text::visible;

/// The file with the authorities, looked at again when a server is not trusted: they change while a console runs.
#[derive(Debug)]
pub(super) struct Authorities {
    file: Option<PathBuf>,
    /// What it held.
    pem: Mutex<Vec<u8>>,
}

impl Authorities {
    /// How TLS is spoken. The authorities are only looked up where an address asks for TLS.
    pub(super) fn read(file: Option<&Path>, needed: bool) -> Result<(Self, TlsConfig), Problem> {
        let (pem, roots) = match file {
            Some(file) => from_file(file)?,
            None if needed => (Vec::new(), of_system()?),
            None => (Vec::new(), Vec::new()),
        };
        Ok((Self { file: file.map(Path::to_owned), pem: Mutex::new(pem) }, config(roots)))
    }

    /// How TLS is spoken from now on, where the file holds something else by now.
    pub(super) fn renewed(&self) -> Option<TlsConfig> {
        let (pem, roots) = from_file(self.file.as_ref()?).ok()?;
        let mut held = self.pem.lock().unwrap_or_else(PoisonError::into_inner);
        (*held != pem).then(|| {
            *held = pem;
            config(roots)
        })
    }
}

fn config(roots: Vec<Certificate<'static>>) -> TlsConfig {
    TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}

fn of_system() -> Result<Vec<Certificate<'static>>, Problem> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        return Err(Problem::new(
            "this machine has no list of certificate authorities",
            "install ca-certificates, or name the authority's certificate with ca_file",
        ));
    }
    Ok(found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect())
}

fn from_file(file: &Path) -> Result<(Vec<u8>, Vec<Certificate<'static>>), Problem> {
    let shown = visible(&file.to_string_lossy()).into_owned();
    let pem = std::fs::read(file)
        .map_err(|e| Problem::new(format!("cannot read ca_file {shown}: {e}"), "check its path and permissions"))?;
    let mut keys = 0;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(PemItem::PrivateKey(_)) => keys += 1,
            Ok(_) => {}
            Err(_) => return Err(Problem::new(format!("ca_file {shown} is damaged"), "copy the PEM file again")),
        }
    }
    if certificates.is_empty() {
        let what = if keys > 0 { "holds a private key, no certificate" } else { "holds no certificate in PEM" };
        return Err(Problem::new(
            format!("ca_file {shown} {what}"),
            "name the file with the certificate of the authority (BEGIN CERTIFICATE)",
        ));
    }
    Ok((pem, certificates))
}
