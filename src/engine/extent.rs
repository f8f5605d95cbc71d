//! How much is read.

use std::ops::{AddAssign, Sub};

/// Files, and documents of sources that have no files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    pub files: u64,
    pub documents: u64,
}

impl Extent {
    /// As much as there is.
    pub(super) const ALL: Self = Self { files: u64::MAX, documents: u64::MAX };
    pub(super) const FILE: Self = Self { files: 1, documents: 0 };

    pub(super) fn of_documents(documents: u64) -> Self {
        Self { files: 0, documents }
    }
}

impl AddAssign for Extent {
    fn add_assign(&mut self, more: Self) {
        self.files = self.files.saturating_add(more.files);
        self.documents = self.documents.saturating_add(more.documents);
    }
}

impl Sub for Extent {
    type Output = Self;

    fn sub(self, less: Self) -> Self {
        Self { files: self.files.saturating_sub(less.files), documents: self.documents.saturating_sub(less.documents) }
    }
}
