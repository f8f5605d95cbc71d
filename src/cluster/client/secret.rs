//! What a cluster knows this program by. Secrets come from files or the environment, go into one header, and appear
//! nowhere else.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::HeaderValue;

use super::super::failure::{Failure, FailureKind};
use super::super::profile::Profile;
use super::refusal::NO_SECRET;
use crate::text::visible;

/// How long refused credentials are not sent again, unless their file changes: servers lock out who insists.
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// More than any key or password has.
const LONGEST: u64 = 64 << 10;

/// The credentials of a profile, read again when they are refused.
pub(super) struct Keys {
    /// In words, for messages: `the API key in FILE`.
    pub source: String,
    held: Mutex<Held>,
}

struct Held {
    header: Option<HeaderValue>,
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
        let header = header(profile)?;
        Ok(Self { source: source(profile), held: Mutex::new(Held { header, refused: None }) })
    }

    /// What to send, or the failure of the last time when these were refused a moment ago.
    pub(super) fn header(&self, profile: &Profile) -> Result<Option<HeaderValue>, Failure> {
        let mut held = self.held();
        if let Some((since, failure)) = &held.refused {
            let fresh = header(profile).map_err(|problem| problem.failure(&failure.place))?;
            if fresh == held.header && since.elapsed() < REFUSED_FOR {
                return Err(failure.clone());
            }
            *held = Held { header: fresh, refused: None };
        }
        Ok(held.header.clone())
    }

    /// The server did not accept `sent`. True when the file holds something else by now.
    pub(super) fn refused(&self, profile: &Profile, sent: Option<&HeaderValue>, failure: &Failure) -> bool {
        let mut held = self.held();
        let fresh = header(profile).ok().flatten();
        if fresh.is_some() && fresh.as_ref() != sent {
            *held = Held { header: fresh, refused: None };
            return true;
        }
        held.refused = Some((Instant::now(), failure.clone()));
        false
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a profile's credentials cannot be used.
#[derive(Debug)]
pub(super) struct Problem {
    pub what: String,
    pub advice: String,
}

impl Problem {
    pub(super) fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: advice.into() }
    }

    pub(super) fn failure(self, place: &str) -> Failure {
        Failure::new(FailureKind::Configuration, place, self.what).advise(self.advice)
    }
}

fn source(profile: &Profile) -> String {
    let shown = |path: &Path| visible(&path.to_string_lossy()).into_owned();
    if profile.secrets.api_key.is_some() {
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

fn header(profile: &Profile) -> Result<Option<HeaderValue>, Problem> {
    let key = match (&profile.secrets.api_key, &profile.api_key_file) {
        (Some(key), _) => Some(key.reveal().to_owned()),
        (None, Some(file)) => Some(read(file, "api_key_file")?),
        (None, None) => None,
    };
    let text = match (key, &profile.user) {
        (Some(_), Some(_)) => {
            return Err(Problem::new(
                "the configuration names an API key and a user",
                "keep one: api_key_file, or user with password_file",
            ));
        }
        (Some(key), None) => {
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
        (None, None) => return Ok(None),
    };
    let mut header = HeaderValue::from_str(&text).map_err(|_| {
        Problem::new(format!("{} holds characters that no key has", source(profile)), "write the key alone into it")
    })?;
    header.set_sensitive(true);
    Ok(Some(header))
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
