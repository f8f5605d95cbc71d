//! Tells by their bytes which records are worth parsing: parsing is what a search costs.

use crate::bytes::any_of::AnyOf;
use crate::investigate::Link;

/// Texts of which a record must hold one to matter; the default lets every record through.
#[derive(Debug, Default)]
pub struct Hint(Option<AnyOf>);

impl Hint {
    /// Texts that records are searched for at most: with more, nearly every record holds one.
    pub(super) const MOST: usize = 200;

    /// Lets through records that hold one of these texts; all records, where a text may be written in another way, or
    /// where there are too many.
    pub(super) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        Self::with(texts, &[])
    }

    /// The same, and the calls that issue credentials.
    pub(super) fn of_issuing<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        // A record within a document has its quotes behind backslashes, so only the first one counts.
        let issuing: Vec<String> = Link::actions().map(|action| format!("\"{action}")).collect();
        Self::with(texts, &issuing)
    }

    fn with<'t>(texts: impl IntoIterator<Item = &'t str>, more: &[String]) -> Self {
        let texts: Vec<&str> = texts.into_iter().collect();
        if texts.len() > Self::MOST || !texts.iter().all(|text| is_plain(text)) {
            return Self::default();
        }
        // JSON may write any character as `\uXXXX` and a slash as `\/`: what holds such an escape is worth parsing
        // whatever else it holds.
        Self(AnyOf::new(texts.into_iter().chain(more.iter().map(String::as_str)).chain(["\\u", "\\/"])))
    }

    #[must_use]
    pub fn may_matter(&self, record: &[u8]) -> bool {
        self.0.as_ref().is_none_or(|texts| texts.find_iter(record).next().is_some())
    }
}

/// Whether JSON writes it as it is, but for what it escapes at will.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(['"', '\\']) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_hold_a_text_is_let_through() {
        let issuing = br#"{"eventName":"AssumeRole"}"#;
        let hint = Hint::of(["ASIAEXAMPLE"]);
        assert!(hint.may_matter(br#"{"accessKeyId":"ASIAEXAMPLE"}"#) && hint.may_matter(br#"{"a":"\u0041"}"#));
        assert!(!hint.may_matter(issuing) && !hint.may_matter(b"{}"));
        let hint = Hint::of_issuing(["ASIAEXAMPLE"]);
        assert!(hint.may_matter(issuing) && !hint.may_matter(b"{}"));
    }

    #[test]
    fn a_text_that_may_be_written_otherwise_lets_everything_through() {
        let many: Vec<String> = (0..=Hint::MOST).map(|n| format!("text {n}")).collect();
        for hint in [Hint::default(), Hint::of(["a\"b"]), Hint::of([""]), Hint::of(many.iter().map(String::as_str))] {
            assert!(hint.may_matter(b"{}"));
        }
    }
}
