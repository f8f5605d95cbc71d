//! Patterns of text with `*` for any run of characters, case-sensitive.

use memchr::memmem::Finder;

/// A prepared pattern. Matching takes one pass over the text.
#[derive(Debug, Clone)]
pub struct Wildcard {
    start: Box<str>,
    inner: Box<[Finder<'static>]>,
    end: Box<str>,
    longest: Box<str>,
}

impl Wildcard {
    /// The pattern whose texts between the `*`s are `pieces`, two or more.
    #[must_use]
    pub fn new<S: AsRef<str>>(pieces: &[S]) -> Self {
        let piece = |piece: Option<&S>| piece.map_or("", S::as_ref).into();
        let inner = pieces.get(1..pieces.len().saturating_sub(1)).unwrap_or_default();
        Self {
            start: piece(pieces.first()),
            inner: inner
                .iter()
                .map(S::as_ref)
                .filter(|piece| !piece.is_empty())
                .map(|piece| Finder::new(piece).into_owned())
                .collect(),
            end: piece(pieces.last()),
            longest: piece(pieces.iter().max_by_key(|piece| piece.as_ref().len())),
        }
    }

    /// The longest text between its `*`s, which every text that matches holds.
    pub(in crate::query) fn longest_piece(&self) -> &str {
        &self.longest
    }

    /// Whether every text that matches begins with it.
    pub(in crate::query) fn begins_with_longest(&self) -> bool {
        self.start == self.longest
    }

    /// Whether the whole of `text` matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(&*self.start) else { return false };
        let Some(rest) = rest.strip_suffix(&*self.end) else { return false };
        let mut rest = rest.as_bytes();
        self.inner.iter().all(|piece| match piece.find(rest) {
            Some(at) => {
                rest = &rest[at + piece.needle().len()..];
                true
            }
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Wildcard::new(&pattern.split('*').collect::<Vec<_>>()).matches(text)
    }

    #[test]
    fn matches_whole_texts() {
        assert!(matches("*", ""));
        assert!(matches("a*", "a"));
        assert!(matches("*S3 Browser*", "[S3 Browser/11]"));
        assert!(matches("a*b*c", "aXbYbc"));
        assert!(!matches("a*", "ba"));
        assert!(!matches("*a", "ab"));
        assert!(!matches("A*", "ab"));
        assert!(!matches("ab*ba", "aba"));
        assert!(!matches("*ab*bc*", "abc"));
    }

    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
            Some((c, rest)) => text.first() == Some(c) && naive(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*]{0,3}\\*[ab*]{0,4}", text in "[ab]{0,8}") {
            prop_assert_eq!(matches(&pattern, &text), naive(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
