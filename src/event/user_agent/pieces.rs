//! What user agents are made of: words, and numbers behind them.

use memchr::memmem;

/// Where a word may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Anywhere,
    /// No letter, digit or `_` before it.
    Word,
    Start,
}

/// The places behind `word`, in order.
pub(super) fn behind<'t>(text: &'t str, word: &'t str, place: Place) -> impl Iterator<Item = usize> + 't {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let fits = move |at: &usize| match place {
        Place::Anywhere => true,
        Place::Word => !text.as_bytes()[..*at].last().is_some_and(is_word),
        Place::Start => *at == 0,
    };
    memmem::find_iter(text.as_bytes(), word).filter(fits).map(|at| at + word.len())
}

/// The text behind the first `word`.
pub(super) fn rest<'t>(text: &'t str, word: &'t str) -> Option<&'t str> {
    behind(text, word, Place::Anywhere).next().map(|at| &text[at..])
}

/// Whether `text` holds any of `words`.
pub(super) fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| memmem::find(text.as_bytes(), word.as_bytes()).is_some())
}

/// Whole numbers at the beginning of `text`, between which one of `between` stands: at least `least`, and no more than
/// `most`. They come joined with dots.
pub(super) fn numbers(text: &str, between: &[char], least: usize, most: usize) -> Option<String> {
    let mut found: Vec<&str> = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest.filter(|_| found.len() < most) {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        if end == 0 {
            break;
        }
        found.push(&text[..end]);
        rest = text[end..].strip_prefix(between);
    }
    (found.len() >= least.max(1)).then(|| found.join("."))
}

/// A version: numbers with dots.
pub(super) fn version(text: &str, least: usize, most: usize) -> Option<String> {
    numbers(text, &['.'], least, most)
}

/// The version behind the first `word` that has one.
pub(super) fn version_of(text: &str, word: &str, least: usize, most: usize) -> Option<String> {
    behind(text, word, Place::Anywhere).find_map(|at| version(&text[at..], least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_are_found() {
        let at = |text, word, place| behind(text, word, place).collect::<Vec<_>>();
        assert_eq!(at("go/1 aws-go/2", "go/", Place::Anywhere), [3, 12]);
        assert_eq!(at("go/1 ergo/2", "go/", Place::Word), [3]);
        assert_eq!(at("x go/1", "go/", Place::Start), [0; 0]);
        assert_eq!(version("1.2.3.4 x", 2, 3).as_deref(), Some("1.2.3"));
        assert_eq!(version("1.x", 1, 3).as_deref(), Some("1"));
        assert_eq!(version("1", 2, 3), None);
        assert_eq!(version("v1", 0, 3), None);
        assert_eq!(version("", 0, 3), None);
        assert_eq!(numbers("10_15_7)", &['_', '.'], 2, 3).as_deref(), Some("10.15.7"));
        assert_eq!(version_of("a/x a/7.1", "a/", 2, 2).as_deref(), Some("7.1"));
        assert!(has_any("abc", &["x", "bc"]) && !has_any("abc", &["x"]));
        assert_eq!(rest("a=b", "="), Some("b"));
    }
}
