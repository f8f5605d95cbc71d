//! What a search keeps of the events it finds, within bounds.

/// Events of one kind kept at most, of one file and of all.
const KEPT: usize = 50_000;

/// A list that stops to grow at [`KEPT`] and goes on counting.
pub(super) struct Kept<T> {
    pub(super) list: Vec<T>,
    pub(super) more: usize,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { list: Vec::new(), more: 0 }
    }
}

impl<T> Kept<T> {
    pub(super) fn push(&mut self, item: T) {
        if self.list.len() < KEPT { self.list.push(item) } else { self.more += 1 }
    }

    pub(super) fn append(&mut self, other: Self) {
        self.more += other.more;
        other.list.into_iter().for_each(|item| self.push(item));
    }
}
