//! The issuings of a log, gathered on any number of threads.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use super::tied::Tied;
use super::{Credentials, Holder, Lineage, Link};

/// Most links that are kept, some 400 bytes each.
const MOST: usize = 250_000;

/// The issuings of credentials that a log holds.
///
/// Memory is bounded: of more than 250,000 the newest are kept, whatever order they come in, some 100 MB. Holders of
/// credentials are kept once each. [`Self::push`] and [`Self::merge`] cost a look-up and no more; the first
/// [`Self::lineage`] after them sorts all, every other costs a few searches in what is sorted.
#[derive(Debug, Default)]
pub struct Links {
    list: Vec<Link>,
    holders: HashSet<Arc<Holder>>,
    /// The last that was left out.
    left_out: Option<DateTime<Utc>>,
    /// The earliest event of the log, where that was told.
    begins: Option<DateTime<Utc>>,
    tied: OnceLock<Tied>,
}

impl Links {
    pub fn push(&mut self, mut link: Link) {
        self.tied.take();
        for holder in [&mut link.by, &mut link.to] {
            match self.holders.get(&*holder) {
                Some(known) => *holder = Arc::clone(known),
                None => drop(self.holders.insert(Arc::clone(holder))),
            }
        }
        self.list.push(link);
        if self.list.len() > MOST + MOST / 4 {
            self.trim(MOST);
        }
    }

    /// Takes in what another part of the log holds.
    pub fn merge(&mut self, other: Self) {
        self.left_out = self.left_out.max(other.left_out);
        self.begin(other.begins);
        other.list.into_iter().for_each(|link| self.push(link));
    }

    /// Tells that the log holds an event of this time: what is older than all of them, it cannot know.
    pub fn begin(&mut self, time: Option<DateTime<Utc>>) {
        self.begins = self.begins.into_iter().chain(time).min();
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Where the credentials came from, and what was opened with them.
    #[must_use]
    pub fn lineage(&self, of: &Credentials) -> Lineage {
        let tied = self.tied.get_or_init(|| Tied::of(&self.list));
        let mut lineage = super::walk::walk(&self.list, tied, of, self.begins);
        if let Some(last) = self.left_out.filter(|last| *last >= of.time - super::LINEAGE_WITHIN) {
            let last = crate::investigate::times::clock(last);
            lineage.gaps.push(format!("calls that issue credentials up to {last} are left out, as there are too many"));
        }
        lineage
    }

    /// Keeps the newest: what is among the newest of all is among those of every part.
    fn trim(&mut self, most: usize) {
        let order = |link: &Link| (link.time, link.event_id.clone());
        self.list.sort_by_cached_key(|link| std::cmp::Reverse(order(link)));
        if let Some(last) = self.list.get(most) {
            self.left_out = self.left_out.max(Some(last.time));
            self.list.truncate(most);
        }
        self.holders.retain(|holder| Arc::strong_count(holder) > 1);
    }

    #[cfg(test)]
    pub(super) fn trimmed(mut self, most: usize) -> Self {
        self.trim(most);
        self
    }
}
