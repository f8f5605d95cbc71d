//! Hashes of many values, four bytes each: what is not among them is told for sure, what is, nearly.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash, RandomState};

/// Values that wait at least before they are put in order with the others.
const WAITING: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Sketch {
    hasher: RandomState,
    /// In order.
    settled: Vec<u32>,
    recent: HashSet<u32>,
}

impl Sketch {
    pub(super) fn add(&mut self, value: &(impl Hash + ?Sized)) {
        let hash = self.hash(value);
        if !self.has(hash) && self.recent.insert(hash) && self.recent.len() > WAITING.max(self.settled.len() / 16) {
            self.settle();
        }
    }

    /// Whether the value may be among them; seldom it is not.
    pub(super) fn may_have(&self, value: &(impl Hash + ?Sized)) -> bool {
        let hash = self.hash(value);
        self.has(hash) || self.recent.contains(&hash)
    }

    pub(super) fn len(&self) -> usize {
        self.settled.len() + self.recent.len()
    }

    /// Takes no more memory than it needs.
    pub(super) fn settle(&mut self) {
        self.settled.reserve_exact(self.recent.len());
        self.settled.extend(std::mem::take(&mut self.recent));
        self.settled.sort_unstable();
    }

    fn has(&self, hash: u32) -> bool {
        self.settled.binary_search(&hash).is_ok()
    }

    fn hash(&self, value: &(impl Hash + ?Sized)) -> u32 {
        (self.hasher.hash_one(value) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there_and_nearly_nothing_else() {
        let mut sketch = Sketch::default();
        for n in 0..50_000 {
            assert!(!sketch.may_have(&n) || n > 100);
            sketch.add(&n);
            sketch.add(&(n / 2));
        }
        assert!((0..50_000).all(|n| sketch.may_have(&n)));
        assert!((50_000..100_000).filter(|n| sketch.may_have(n)).count() < 50);
        assert!(sketch.len() <= 50_000 && sketch.len() > 49_950, "{}", sketch.len());
        sketch.settle();
        assert!((0..50_000).all(|n| sketch.may_have(&n)) && sketch.settled.capacity() <= 50_000);
    }
}
