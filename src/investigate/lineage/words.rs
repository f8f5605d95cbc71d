//! Lineage in words: who opened what, when and from where.

use chrono::{DateTime, Utc};

use super::{Holder, Lineage, Link};
use crate::investigate::times::clock;

/// Sessions that a row of the overview lists.
const NAMED: usize = 5;
/// Those that the evidence lists in one place.
const LISTED: usize = 12;

/// Between those who open and what they open.
pub const ARROW: &str = " → ";

impl Link {
    /// `support-readonly ASIA…, opened 10:12:04 from 198.51.100.23`. The day is said where it is not that of `day`.
    fn words(&self, day: DateTime<Utc>) -> String {
        let verb = if self.action == "CreateAccessKey" { "made" } else { "opened" };
        let source = self.source.as_ref().map(|source| format!(" from {source}")).unwrap_or_default();
        format!("{}, {verb} {}{source}", self.given(), moment(self.time, day))
    }

    /// Whom it is for, and the key.
    pub(super) fn given(&self) -> String {
        let name = receiver(&self.to);
        self.issued.as_ref().map_or_else(|| name.to_owned(), |key| format!("{name} {key}"))
    }

    /// Who called, and with which key.
    pub(super) fn caller(&self) -> String {
        let name = self.by.name.as_deref().unwrap_or("somebody");
        self.signed.as_ref().map_or_else(|| name.to_owned(), |key| format!("{key} {name}"))
    }
}

/// Of a session of a role, the role: the actor's row has the session's name.
fn receiver(holder: &Holder) -> &str {
    holder.role.as_deref().or(holder.name.as_deref()).unwrap_or("somebody")
}

fn moment(time: DateTime<Utc>, day: DateTime<Utc>) -> String {
    if time.date_naive() == day.date_naive() { time.format("%H:%M:%S").to_string() } else { clock(time) }
}

impl Lineage {
    /// From the root to the credentials of the event at `day`: `AKIA… jsmith → support-readonly ASIA…, opened 10:12:04 from
    /// 198.51.100.23`. `None` where there is nothing to say.
    #[must_use]
    pub fn chain(&self, day: DateTime<Utc>) -> Option<String> {
        let Some(first) = self.up.first() else {
            return (!self.gaps.is_empty()).then(|| self.gaps.join("; "));
        };
        let begins = if first.signs_in() { self.root.clone() } else { first.caller() };
        let links = self.up.iter().map(|link| link.words(day));
        let chain = std::iter::once(begins).chain(links).collect::<Vec<_>>().join(ARROW);
        Some(std::iter::once(chain).chain(self.gaps.iter().cloned()).collect::<Vec<_>>().join("; "))
    }

    /// What was opened with the credentials, in a line: `admin ASIA…, opened 10:12:04 from 198.51.100.23; …`.
    #[must_use]
    pub fn opened(&self, day: DateTime<Utc>) -> Option<String> {
        let mut said: Vec<String> = self.down.iter().take(NAMED).map(|link| link.words(day)).collect();
        let more = self.down.len().saturating_sub(NAMED);
        said.extend((more > 0).then(|| format!("and {more} more")));
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// All of it, a line each.
    #[must_use]
    pub fn lines(&self, day: DateTime<Utc>) -> Vec<String> {
        let line = |link: &Link| format!("  {}{ARROW}{} ({})", link.caller(), link.words(day), link.action);
        let mut lines: Vec<String> = Vec::new();
        if !self.up.is_empty() {
            lines.push(format!("it began with {}", self.root));
        }
        lines.extend(self.up.iter().map(line));
        for (what, links) in
            [("opened with these credentials", &self.down), ("opened with those before them", &self.beside)]
        {
            if !links.is_empty() {
                lines.push(format!("{what}: {}", links.len()));
                lines.extend(links.iter().take(LISTED).map(line));
            }
            let more = links.len().saturating_sub(LISTED);
            lines.extend((more > 0).then(|| format!("  … and {more} more")));
        }
        if self.more > 0 {
            lines.push(format!("{} more that these credentials opened are not listed", self.more));
        }
        lines.extend(self.gaps.iter().cloned());
        lines
    }
}
