//! Where an event lies: enough to tell a person, and to read the record again. Rooms above carry it from a record to an
//! alert and look at nothing in it, so that another source of events may come with places of another kind.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Begins the persisted form of a place in a cluster. A file of that name is given to this program as `./cluster:…`.
const CLUSTER: &str = "cluster:";

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

    /// Of a document in a search cluster, by the names of the cluster and the index and its id.
    #[must_use]
    pub fn in_cluster(cluster: &str, index: &str, id: &str) -> Self {
        Self { offset: 0, path: Path::new(&format!("{CLUSTER}{cluster}/{index}/{id}")).into(), envelope: None }
    }

    /// The names of the cluster and the index, and the id, where it is a document in a cluster.
    #[must_use]
    pub fn document(&self) -> Option<(&str, &str, &str)> {
        let (cluster, place) = self.path.to_str()?.strip_prefix(CLUSTER)?.split_once('/')?;
        // An index has no slash in its name, an id may have.
        let (index, id) = place.split_once('/')?;
        Some((cluster, index, id))
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
        match self.document() {
            Some((cluster, index, id)) => write!(f, "document {id} in {index} of cluster {cluster}")?,
            None => write!(f, "{} at byte {}", self.path.display(), self.offset)?,
        }
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

    #[test]
    fn a_document_of_a_cluster_survives_its_columns() {
        let origin = Origin::in_cluster("prod", "logs-aws.cloudtrail-1", "a/b");
        let (path, offset, envelope) = origin.columns();
        let kept = Origin::from_columns(path, offset, envelope.map(str::to_owned));
        assert_eq!(kept.document(), Some(("prod", "logs-aws.cloudtrail-1", "a/b")));
        assert_eq!(kept.to_string(), "document a/b in logs-aws.cloudtrail-1 of cluster prod");
        assert_eq!(Origin::from_columns(Path::new("/logs/cluster:x/y/z"), 0, None).document(), None);
    }
}
