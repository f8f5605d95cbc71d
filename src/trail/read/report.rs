//! The account of one file that was read.

use std::collections::BTreeMap;

use crate::trail::problem::Problem;
use crate::trail::record::{BadRecord, Content};
use crate::trail::split::{Opened, Split};

/// What reading a file once came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileReport {
    /// What it is; `None` when it was not recognised as a log, and `problem` says why.
    pub content: Option<Content>,
    /// Records in it; unknown, and 0, where it was skipped.
    pub records: u64,
    /// Whether it was skipped: see [`super::SkipFile`].
    pub skipped: bool,
    /// Insight events and digests in it, left out.
    pub left_out: u64,
    /// Records that lay in an envelope, counted by it.
    pub opened: Opened,
    /// Files of an archive that are no logs of CloudTrail, counted by what they are.
    pub others: BTreeMap<&'static str, u64>,
    /// Stretches that are no records, the first [`crate::trail::BAD_KEPT`] of them. Something that is no log has none.
    pub bad: Vec<BadRecord>,
    /// All stretches that are no records.
    pub bad_total: u64,
    /// Bytes read from the file.
    pub bytes: u64,
    /// Bytes of content after decompression.
    pub content_bytes: u64,
    /// Whether it ended where a log may end.
    pub complete: bool,
    /// What is wrong with the file as a whole. Records may have been given before it showed.
    pub problem: Option<Problem>,
}

impl FileReport {
    pub(super) fn unread(problem: Problem) -> Self {
        Self::new(Split::default(), Some(problem), 0, 0)
    }

    pub(super) fn new(split: Split, unpacking: Option<Problem>, bytes: u64, content_bytes: u64) -> Self {
        let content = match split.content {
            Some(Content::Empty) if unpacking.is_some() => None,
            content => content,
        };
        Self {
            content,
            records: split.records,
            skipped: false,
            left_out: split.left_out,
            opened: split.opened,
            others: BTreeMap::new(),
            bad: split.bad,
            bad_total: split.bad_total,
            bytes,
            content_bytes,
            complete: split.complete && unpacking.is_none(),
            problem: unpacking.or(split.problem),
        }
    }
}
