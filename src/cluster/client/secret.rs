//! What a cluster knows this program by. Secrets come from files or the environment, go into one header, and appear
//! nowhere else.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use ureq::http::{HeaderName, HeaderValue, Uri, header};

use super::super::failure::Failure;
use super::super::profile::Profile;
use super::aws::Signer;
use super::problem::Problem;
use super::refusal::NO_SECRET;
use crate::text::visible;

/// How long refused credentials are not sent again, unless their file changes: servers lock out who insists.
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// More than any key or password has.
const LONGEST: u64 = 64 << 10;

/// What goes with a request.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    None,
    Header(HeaderValue),
    Signer(Signer),
}

impl Credentials {
    /// The headers of this request.
    pub(super) fn headers(&self, method: &str, url: &str, body: &[u8]) -> Vec<(HeaderName, HeaderValue)> {
        match self {
            Self::None => Vec::new(),
            Self::Header(value) => vec![(header::AUTHORIZATION, value.clone())],
            Self::Signer(signer) => {
                #[allow(clippy::disallowed_methods, reason = "a signature holds the time at which it is sent")]
                let now = Utc::now();
                url.parse::<Uri>().map_or_else(|_| Vec::new(), |url| signer.headers(method, &url, body, now))
            }
        }
    }
}

/// The credentials of a profile, read again when they are refused.
pub(super) struct Keys {
    /// In words, for messages: `the API key in FILE`.
    pub source: String,
    held: Mutex<Held>,
}

struct Held {
    credentials: Credentials,
    refused: Option<(Instant, Failure)>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads them for the first time. `Err` says what is wrong and what to do.
    pub(super) fn new(profile: &Profile) -> Result<Self, Problem> {
        let credentials = credentials(profile)?;
        Ok(Self { source: source(profile), held: Mutex::new(Held { credentials, refused: None }) })
    }

    /// What to send, or the failure of the last time when these were refused a moment ago.
    pub(super) fn credentials(&self, profile: &Profile) -> Result<Credentials, Failure> {
        let mut held = self.held();
        if let Some((since, failure)) = &held.refused {
            let fresh = credentials(profile).map_err(|problem| problem.failure(&failure.place))?;
            if fresh == held.credentials && since.elapsed() < REFUSED_FOR {
                return Err(failure.clone());
            }
            *held = Held { credentials: fresh, refused: None };
        }
        Ok(held.credentials.clone())
    }

    /// Whether the file holds something else by now than what was sent; that is sent from now on.
    pub(super) fn renewed(&self, profile: &Profile, sent: &Credentials) -> bool {
        let fresh = credentials(profile).ok().filter(|fresh| fresh != sent);
        fresh.is_some_and(|credentials| {
            *self.held() = Held { credentials, refused: None };
            true
        })
    }

    /// What was sent is not accepted.
    pub(super) fn refused(&self, failure: &Failure) {
        self.held().refused = Some((Instant::now(), failure.clone()));
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_signed(profile: &Profile) -> bool {
    profile.aws_profile.is_some() || profile.aws_region.is_some()
}

fn source(profile: &Profile) -> String {
    let shown = |path: &Path| visible(&path.to_string_lossy()).into_owned();
    if is_signed(profile) {
        match (&profile.aws_profile, &profile.secrets.aws_file) {
            (Some(name), Some(file)) => format!("Amazon's profile {} in {}", visible(name), shown(file)),
            _ => "Amazon's keys of the environment".to_owned(),
        }
    } else if profile.secrets.api_key.is_some() {
        "the API key of the environment".to_owned()
    } else if let Some(file) = &profile.api_key_file {
        format!("the API key in {}", shown(file))
    } else if let Some(user) = &profile.user {
        match &profile.password_file {
            Some(file) if profile.secrets.password.is_none() => {
                format!("user {} with the password in {}", visible(user), shown(file))
            }
            _ => format!("user {} with the password of the environment", visible(user)),
        }
    } else {
        NO_SECRET.to_owned()
    }
}

fn credentials(profile: &Profile) -> Result<Credentials, Problem> {
    let keys = profile.secrets.api_key.is_some() || profile.api_key_file.is_some();
    let several = [keys, profile.user.is_some(), is_signed(profile)];
    if several.iter().filter(|named| **named).count() > 1 {
        return Err(Problem::new(
            "the configuration names more than one kind of credentials",
            "keep one: api_key_file, user with password_file, or aws_region with aws_profile",
        ));
    }
    if is_signed(profile) {
        return Ok(Credentials::Signer(Signer::of(profile)?));
    }
    let key = match (&profile.secrets.api_key, &profile.api_key_file) {
        (Some(key), _) => Some(key.reveal().to_owned()),
        (None, Some(file)) => Some(read(file, "api_key_file")?),
        (None, None) => None,
    };
    let text = match (key, &profile.user) {
        (Some(key), _) => {
            let key = key.trim();
            // `ID:KEY` as two fields of the server's answer, or its `encoded`, which is the base64 of that.
            if key.contains(':') { format!("ApiKey {}", STANDARD.encode(key)) } else { format!("ApiKey {key}") }
        }
        (None, Some(user)) => {
            let password = match (&profile.secrets.password, &profile.password_file) {
                (Some(password), _) => password.reveal().to_owned(),
                (None, Some(file)) => read(file, "password_file")?,
                (None, None) => {
                    return Err(Problem::new(
                        "the configuration names a user without a password",
                        "write the password into a file and name it with password_file",
                    ));
                }
            };
            format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
        }
        (None, None) if profile.password_file.is_some() => {
            return Err(Problem::new("the configuration names a password_file without a user", "add user"));
        }
        (None, None) => return Ok(Credentials::None),
    };
    let mut header = HeaderValue::from_str(&text).map_err(|_| {
        Problem::new(format!("{} holds characters that no key has", source(profile)), "write the key alone into it")
    })?;
    header.set_sensitive(true);
    Ok(Credentials::Header(header))
}

/// A secret of one line; editors end files in a line break that is not part of it.
fn read(file: &Path, key: &str) -> Result<String, Problem> {
    let shown = visible(&file.to_string_lossy()).into_owned();
    let problem = |what: &str| {
        Problem::new(format!("{key} {shown} {what}"), "write the secret alone into this file, as one line")
    };
    let size = std::fs::metadata(file)
        .map_err(|e| Problem::new(format!("cannot read {key} {shown}: {e}"), "check its path and permissions"))?;
    if !size.is_file() || size.len() > LONGEST {
        return Err(problem("is no file with a secret"));
    }
    let bytes = std::fs::read(file)
        .map_err(|e| Problem::new(format!("cannot read {key} {shown}: {e}"), "check its path and permissions"))?;
    let text = String::from_utf8(bytes).map_err(|_| problem("is not UTF-8 text"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() { Err(problem("is empty")) } else { Ok(line.to_owned()) }
}
