//! The furthest place that parsing reached, and what could have stood there.

use std::collections::BTreeSet;

pub(super) struct Reach {
    furthest: usize,
    expected: BTreeSet<&'static str>,
    /// Offsets at which white space was first looked for inside a named rule. Kibana's parser remembers that it found
    /// none there and says nothing when it looks again, so its message does not offer white space at such a place.
    quiet: Vec<bool>,
}

impl Reach {
    pub(super) fn new(len: usize) -> Self {
        Self { furthest: 0, expected: BTreeSet::new(), quiet: vec![false; len + 1] }
    }

    /// Something called `name` could have stood at `at`, but did not.
    pub(super) fn expected(&mut self, at: usize, name: &'static str) {
        if at < self.furthest {
            return;
        }
        if at > self.furthest {
            self.furthest = at;
            self.expected.clear();
        }
        self.expected.insert(name);
    }

    pub(super) fn expected_space(&mut self, at: usize) {
        if !self.quiet[at] {
            self.expected(at, "whitespace");
        }
    }

    pub(super) fn space_tried_quietly(&mut self, at: usize) {
        self.quiet[at] = true;
    }

    pub(super) fn into_furthest(self) -> (usize, BTreeSet<&'static str>) {
        (self.furthest, self.expected)
    }
}

/// The length of the white space that `text` starts with, as KQL sees white space.
pub(super) fn space_len(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    matches!(first, ' ' | '\t' | '\r' | '\n' | '\u{a0}').then(|| first.len_utf8())
}
