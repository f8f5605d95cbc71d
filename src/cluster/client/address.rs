//! The addresses of a cluster's nodes.

use std::sync::atomic::{AtomicUsize, Ordering};

use ureq::http::Uri;

use crate::text::visible;

/// One node: scheme, host, port and path, without a slash at the end. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(String);

impl Address {
    /// `Err` says what is wrong, without repeating a password.
    pub(super) fn parse(url: &str) -> Result<Self, (String, &'static str)> {
        let uri: Result<Uri, _> = url.trim().parse();
        // What is before an @ may be a password: such a text is never shown, whether it parses or not.
        if url.contains('@') {
            return Err((
                "a url of the configuration holds a user name or password".to_owned(),
                "write user and password_file beside url instead",
            ));
        }
        let shown = || visible(url.trim()).into_owned();
        let form = "write https://HOST:PORT, perhaps with a path behind it";
        let Ok(uri) = uri else { return Err((format!("{} is no address", shown()), form)) };
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
            return Err((format!("{} is no address of a server", shown()), form));
        }
        if uri.query().is_some() || url.contains('#') {
            return Err((format!("{} ends in a query", shown()), form));
        }
        Ok(Self(url.trim().trim_end_matches('/').to_owned()))
    }

    pub(super) fn is_tls(&self) -> bool {
        self.0.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }

    /// With what is below it.
    pub(super) fn join(&self, path_and_query: &str) -> String {
        format!("{}/{path_and_query}", self.0)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this can be the name of an index, an alias or a data stream, or a pattern of them: it goes into paths.
pub(super) fn is_index(name: &str) -> bool {
    const NOT_IN_NAMES: &[char] = &[':', '/', '\\', '?', '#', '%', '"', '<', '>', '|', ',', ' '];
    !name.is_empty()
        && name.is_ascii()
        && !name.contains(NOT_IN_NAMES)
        && !name.contains(|c: char| c.is_ascii_control())
}

/// The nodes, of which one is asked until it fails.
#[derive(Debug)]
pub(super) struct Nodes {
    addresses: Vec<Address>,
    current: AtomicUsize,
}

impl Nodes {
    /// At least one.
    pub(super) fn new(first: Address, others: Vec<Address>) -> Self {
        Self { addresses: std::iter::once(first).chain(others).collect(), current: AtomicUsize::new(0) }
    }

    pub(super) fn len(&self) -> usize {
        self.addresses.len()
    }

    /// The one to ask, and its number for [`Self::failed`].
    pub(super) fn current(&self) -> (usize, &Address) {
        let number = self.current.load(Ordering::Relaxed) % self.addresses.len();
        (number, &self.addresses[number])
    }

    /// The next one is asked from now on, unless another thread found that out before.
    pub(super) fn failed(&self, number: usize) {
        let next = (number + 1) % self.addresses.len();
        let _ = self.current.compare_exchange(number, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}
