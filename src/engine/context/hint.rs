//! Texts of which every record that matters to the alerts holds one.

use std::collections::BTreeSet;

use super::super::hint::Hint;
use super::super::sought::Sought;
use crate::event::Event;
use crate::investigate::Trace;

#[derive(Debug, Default)]
pub(super) struct Texts {
    principals: BTreeSet<String>,
    addresses: BTreeSet<String>,
    keys: BTreeSet<String>,
    /// An alert's own record is found by none of them.
    vague: bool,
}

impl Texts {
    /// Adds those of an alert.
    pub(super) fn add(&mut self, trace: &Trace, event: &Event<'_>) {
        for text in trace.principal.iter().chain(&trace.address).chain(&trace.keys) {
            self.vague |= !event.raw().contains(text);
        }
        // A few more than can be asked for are enough to know that there are too many.
        if self.principals.len() + self.addresses.len() + self.keys.len() <= Sought::MOST {
            self.principals.extend(trace.principal.clone());
            self.addresses.extend(trace.address.clone());
            self.keys.extend(trace.keys.iter().cloned());
        }
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.principals.iter().chain(&self.addresses).chain(&self.keys).map(String::as_str)
    }

    pub(super) fn sought(&self, sought: Sought) -> Sought {
        let sought = sought.issuing().each(&self.principals, Sought::principal);
        sought.each(&self.addresses, Sought::address).each(&self.keys, Sought::key)
    }

    pub(super) fn hint(&self) -> Hint {
        if self.vague { Hint::default() } else { Hint::of_issuing(self.all()) }
    }
}
