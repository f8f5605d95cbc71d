//! A user agent taken apart: `user_agent.name`, `.version`, `.os.*` and `.device.name`, made of `user_agent.original` under the
//! names that Elastic's `user_agent` processor gives.
//!
//! That processor runs the regular expressions of uap-core, thousands of them, most for phones. No maintained library hands
//! them out (`ua-parser`, the project's own, expects the caller to bring 180 KB of them, and compiles them for a second at
//! every start), so this is a small table of our own for what calls AWS: [`clients`] knows SDKs, command lines, browsers and
//! HTTP libraries, [`systems`] what they run on, [`devices`] on what. All else is `Other`, as it is there.
//!
//! Oddities of the processor that a rule can see stay: `Firefox` ends its version in a dot, newer SDKs are `Other`,
//! everything with `bot` in it, and so `Boto3`, is a `Spider`.
//!
//! A log repeats few user agents many times: each thread keeps those that it took apart last.

mod clients;
mod devices;
mod pieces;
mod systems;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::fast_fields::Hot;
use super::json::Object;
use super::record::Raw;
use super::tree::set_new;

/// Most user agents that a thread keeps; then it begins anew.
const KEPT: usize = 1024;
/// A longer one is taken apart each time.
const LONGEST_KEPT: usize = 2048;
/// What is behind this is not looked at: AWS cuts earlier.
const LONGEST: usize = 8192;

const OTHER: &str = "Other";

/// A name from the tables, or of the agent's own making, and a version where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    name: Cow<'static, str>,
    version: Option<String>,
}

impl Named {
    fn new(name: impl Into<Cow<'static, str>>, version: Option<String>) -> Self {
        Self { name: name.into(), version }
    }
}

/// The parts of one user agent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UserAgent {
    client: Named,
    system: Option<Named>,
    device: Cow<'static, str>,
}

/// Which part a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Version,
    OsName,
    OsVersion,
    OsFull,
    DeviceName,
}

impl Field {
    pub(super) const ALL: [(Self, &str); 6] = [
        (Self::Name, "user_agent.name"),
        (Self::Version, "user_agent.version"),
        (Self::OsName, "user_agent.os.name"),
        (Self::OsVersion, "user_agent.os.version"),
        (Self::OsFull, "user_agent.os.full"),
        (Self::DeviceName, "user_agent.device.name"),
    ];
}

impl UserAgent {
    /// The parts of `original`.
    pub(super) fn of(original: &str) -> Arc<Self> {
        thread_local! {
            static LAST: RefCell<HashMap<Box<str>, Arc<UserAgent>>> = RefCell::default();
        }
        LAST.with_borrow_mut(|last| {
            if let Some(known) = last.get(original) {
                return Arc::clone(known);
            }
            let new = Arc::new(Self::read(original));
            if original.len() <= LONGEST_KEPT {
                if last.len() >= KEPT {
                    last.clear();
                }
                last.insert(original.into(), Arc::clone(&new));
            }
            new
        })
    }

    fn read(original: &str) -> Self {
        let end = (0..=LONGEST.min(original.len())).rev().find(|end| original.is_char_boundary(*end));
        let agent = &original[..end.unwrap_or_default()];
        Self {
            client: clients::find(agent).unwrap_or(Named::new(OTHER, None)),
            system: systems::find(agent),
            device: devices::find(agent).unwrap_or(OTHER.into()),
        }
    }

    pub(super) fn get(&self, field: Field) -> Option<Cow<'static, str>> {
        let system = self.system.as_ref();
        let text = |text: &String| Cow::Owned(text.clone());
        match field {
            Field::Name => Some(self.client.name.clone()),
            Field::Version => self.client.version.as_ref().map(text),
            Field::OsName => system.map(|system| system.name.clone()),
            Field::OsVersion => system?.version.as_ref().map(text),
            Field::OsFull => {
                let system = system?;
                system.version.as_ref().map(|version| Cow::Owned(format!("{} {version}", system.name)))
            }
            Field::DeviceName => Some(self.device.clone()),
        }
    }
}

/// One part of the user agent that a record holds.
pub(super) fn part<'a>(original: Raw<'a>, field: Field) -> Hot<'a> {
    match Hot::from(original) {
        Hot::Is(original) => UserAgent::of(&original).get(field).map_or(Hot::Missing, Hot::Is),
        // What is no text is taken apart by nobody.
        Hot::Each(_) | Hot::Cold | Hot::Missing => Hot::Missing,
    }
}

/// Adds the parts of `original` to a document; those that it has already stay.
pub(super) fn fill(doc: &mut Object<'_>, original: &str) {
    let agent = UserAgent::of(original);
    for (field, name) in Field::ALL {
        set_new(doc, name, agent.get(field));
    }
}

#[cfg(test)]
mod tests;
