//! The values this room hands up: a record and its place, and what a file turned out to be.

use std::cmp::Ordering;
use std::fmt;
use std::path::Path;

use super::origin::Origin;
use super::places::Envelope;

/// One record, and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawRecord<'a> {
    /// One JSON object, as its source holds it, from `{` to its matching `}`. Well-bracketed; not yet known to be valid
    /// JSON or UTF-8.
    pub bytes: &'a [u8],
    pub origin: &'a Origin,
}

/// One record in the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentRecord<'a> {
    /// [`RawRecord::bytes`].
    pub(super) bytes: &'a [u8],
    /// Offset of the first byte in the file's content, after decompression. Of a record that lay in an envelope as text,
    /// the offset of the envelope or a byte behind it: no two records of a file have the same.
    pub(super) offset: u64,
    /// `None` where it stands in the file by itself.
    pub(super) envelope: Option<Envelope>,
}

/// Says of each record that it lies in the file at `path`, and hands it to `sink`.
pub(super) fn located(path: &Path, sink: &mut dyn FnMut(RawRecord<'_>)) -> impl FnMut(ContentRecord<'_>) {
    let mut origin = Origin::in_file(path);
    move |ContentRecord { bytes, offset, envelope }| {
        origin.go_to(offset, envelope.map(|envelope| envelope.0));
        sink(RawRecord { bytes, origin: &origin });
    }
}

/// What a file's content turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// A CloudTrail delivery file, `{"Records":[…]}`.
    Delivery,
    /// A JSON array of records.
    Array,
    /// One record (or one ECS document) as the whole file.
    Single,
    /// One record or ECS document a line.
    Lines,
    /// A CloudTrail digest file: recognised, counted, not evaluated.
    Digest,
    /// A CloudTrail Insights file: recognised, counted, not evaluated.
    Insight,
    /// Nothing in it (yet).
    Empty,
}

impl Content {
    const ALL: [Self; 7] =
        [Self::Delivery, Self::Array, Self::Single, Self::Lines, Self::Digest, Self::Insight, Self::Empty];

    /// The word that stands for it in the state.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Array => "array",
            Self::Single => "single",
            Self::Lines => "lines",
            Self::Digest => "digest",
            Self::Insight => "insight",
            Self::Empty => "empty",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|content| content.word() == word)
    }
}

/// A stretch of a file that could not be read as a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRecord {
    /// Offset of its first byte in the file's content, after decompression.
    pub(super) offset: u64,
    /// Its name, where it is a document by itself.
    pub(super) document: Option<Box<str>>,
    /// As a sentence without a full stop.
    pub(super) reason: String,
}

impl BadRecord {
    /// A record that turned out to be no event.
    #[must_use]
    pub fn of(record: RawRecord<'_>, reason: String) -> Self {
        let named = |(_, index, id)| format!("document {id} in {index}").into_boxed_str();
        Self { offset: record.origin.columns().1, document: record.origin.document().map(named), reason }
    }

    /// Why it is none, as a sentence without a full stop.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// In the order of the file.
    #[must_use]
    pub fn by_place(&self, other: &Self) -> Ordering {
        self.offset.cmp(&other.offset)
    }
}

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.document {
            None => write!(f, "at byte {}: {}", self.offset, self.reason),
            Some(document) => write!(f, "{document}: {}", self.reason),
        }
    }
}
