//! What a pass came to, counted.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use crate::detect::Skip;
use crate::trail::Opened;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub files: u64,
    /// Documents of clusters.
    pub documents: u64,
    /// Files that could not be read, or not to their end, or that are no log, and clusters that did not answer wholly.
    pub failed: u64,
    /// Whether a cluster answered, and not wholly.
    pub in_part: bool,
    /// Digest and insight files, left out.
    pub left_out: u64,
    /// Files set aside as something else than logs of CloudTrail, by what they are.
    pub others: BTreeMap<&'static str, u64>,
    /// Records that lay in an envelope, by what that is.
    pub opened: Opened,
    pub events: u64,
    /// Records that are no event.
    pub bad: u64,
    /// Bytes of files.
    pub bytes: u64,
    /// Bytes of content after decompression, and of documents.
    pub content_bytes: u64,
    /// Files that were skipped: their records were not looked at, nor counted.
    pub skipped_files: u64,
    /// Records of other files that were skipped, by the reason.
    pub skipped_records: BTreeMap<Skip, u64>,
}

impl Figures {
    /// Whether something failed and nothing answered.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.failed > 0 && self.files == 0 && self.documents == 0 && !self.in_part
    }

    #[must_use]
    pub fn skipped(&self) -> bool {
        self.skipped_files > 0 || !self.skipped_records.is_empty()
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, more: Self) {
        self.files += more.files;
        self.documents += more.documents;
        self.failed += more.failed;
        self.in_part |= more.in_part;
        self.left_out += more.left_out;
        add(&mut self.others, more.others);
        add(&mut self.opened, more.opened);
        add(&mut self.skipped_records, more.skipped_records);
        self.events += more.events;
        self.bad += more.bad;
        self.bytes += more.bytes;
        self.content_bytes += more.content_bytes;
        self.skipped_files += more.skipped_files;
    }
}

pub(super) fn add<K: Ord>(counts: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, count) in more {
        *counts.entry(key).or_default() += count;
    }
}
