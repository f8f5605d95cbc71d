//! Searches for several strings at once.

use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, Input, Match, MatchKind};

/// Texts that are looked for together.
#[derive(Debug, Clone)]
pub(crate) struct AnyOf(Search);

#[derive(Debug, Clone)]
enum Search {
    /// With the vector instructions that nearly every processor has.
    Packed(Searcher),
    Plain(AhoCorasick),
}

/// Where one of the texts begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Which of the texts.
    pub(crate) text: usize,
    pub(crate) at: usize,
}

impl AnyOf {
    /// A search for `texts`, none of which is empty; `None` for none of them, or for more than can be searched for.
    pub(crate) fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        let texts: Vec<&str> = texts.into_iter().collect();
        if texts.is_empty() {
            return None;
        }
        let packed = packed::Config::new().builder().extend(&texts).build();
        packed.map(Search::Packed).or_else(|| plain(&texts)).map(Self)
    }

    /// Every place in `bytes` where one of the texts begins, in order. Where several begin, one of them is named.
    pub(crate) fn find_iter(&self, bytes: &[u8]) -> impl Iterator<Item = Found> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let found = self.find(bytes, from)?;
            from = found.start() + 1;
            Some(Found { text: found.pattern().as_usize(), at: found.start() })
        })
    }

    fn find(&self, bytes: &[u8], from: usize) -> Option<Match> {
        match &self.0 {
            Search::Packed(search) => search.find_in(bytes, (from..bytes.len()).into()),
            Search::Plain(search) => search.find(Input::new(bytes).range(from..)),
        }
    }
}

fn plain(texts: &[impl AsRef<[u8]>]) -> Option<Search> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(texts).ok().map(Search::Plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_place_is_found_with_and_without_vector_instructions(
            texts in prop::collection::vec("[ab]{2,4}", 1..6),
            bytes in "[abc]{0,200}",
        ) {
            let expected: Vec<usize> =
                (0..bytes.len()).filter(|at| texts.iter().any(|text| bytes[*at..].starts_with(text))).collect();
            let plain = AnyOf(plain(&texts).unwrap());
            for search in [AnyOf::new(texts.iter().map(String::as_str)).unwrap(), plain] {
                let found: Vec<Found> = search.find_iter(bytes.as_bytes()).collect();
                prop_assert_eq!(found.iter().map(|found| found.at).collect::<Vec<_>>(), &expected[..]);
                for found in found {
                    prop_assert!(bytes[found.at..].starts_with(&texts[found.text]));
                }
            }
        }
    }
}
