//! Where an event lies: enough to tell a person, and to read the record again. Rooms above carry it from a record to an
//! alert and look at nothing in it, so that another source of events may come with places of another kind.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where an event lies. Cheap to copy: the records of one file share its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Of the record in the file's content, after decompression.
    offset: u64,
    path: Arc<Path>,
    /// With an article, where the record did not stand in the file by itself.
    envelope: Option<Cow<'static, str>>,
}

impl Origin {
    /// From [`Self::columns`].
    #[must_use]
    pub fn from_columns(path: &Path, offset: u64, envelope: Option<String>) -> Self {
        Self { offset, path: path.into(), envelope: envelope.map(Cow::Owned) }
    }

    /// The persisted form: the file (`-` for standard input), the offset and the envelope.
    #[must_use]
    pub fn columns(&self) -> (&Path, u64, Option<&str>) {
        (&self.path, self.offset, self.envelope.as_deref())
    }

    #[must_use]
    pub fn without_envelope(&self) -> Self {
        Self { envelope: None, ..self.clone() }
    }

    /// Before the first record of a file.
    pub(super) fn in_file(path: &Path) -> Self {
        Self { offset: 0, path: path.into(), envelope: None }
    }

    pub(super) fn go_to(&mut self, offset: u64, envelope: Option<&'static str>) {
        self.offset = offset;
        self.envelope = envelope.map(Cow::Borrowed);
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.path.display(), self.offset)?;
        self.envelope.as_ref().map_or(Ok(()), |envelope| write!(f, ", in {envelope}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_says_what_the_record_lay_in() {
        let origin = Origin::from_columns(Path::new("a.json"), 7, Some("an EventBridge event".into()));
        assert_eq!(origin.to_string(), "a.json at byte 7, in an EventBridge event");
        assert_eq!(origin.columns(), (Path::new("a.json"), 7, Some("an EventBridge event")));
        assert_eq!(origin.without_envelope().to_string(), "a.json at byte 7");
    }
}
