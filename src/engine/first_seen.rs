//! First sights that were passed on, to pass on only what is news.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use crate::triage::FirstSeen;

/// First sights remembered, at 16 bytes each, whatever their length. What comes past that is passed on every time, which
/// costs time and changes nothing.
const REMEMBERED: usize = 300_000;

#[derive(Debug, Default)]
pub(super) struct FirstSeenFilter {
    hasher: RandomState,
    first: HashMap<u64, i64>,
}

impl FirstSeenFilter {
    /// Those of `seen` that are new, or earlier than what was passed on.
    pub(super) fn news(&mut self, mut seen: Vec<FirstSeen>) -> Vec<FirstSeen> {
        seen.retain(|seen| self.is_news(seen));
        seen
    }

    fn is_news(&mut self, seen: &FirstSeen) -> bool {
        let first = seen.first.timestamp_micros();
        let key = self.hasher.hash_one((seen.kind, &seen.value));
        let room = self.first.len() < REMEMBERED;
        match self.first.get_mut(&key) {
            Some(known) if *known <= first => return false,
            Some(known) => *known = first,
            None if room => {
                self.first.insert(key, first);
            }
            None => {}
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::triage::FirstSeenKind;

    #[test]
    fn a_sight_is_news_once_and_when_it_is_earlier() {
        let mut sights = FirstSeenFilter::default();
        let mut news = |kind, value: &str, second| {
            let first = DateTime::from_timestamp(second, 0).unwrap();
            sights.news(vec![FirstSeen { kind, value: value.to_owned(), first }]).len()
        };
        assert_eq!(news(FirstSeenKind::Actor, "a", 10), 1);
        assert_eq!(news(FirstSeenKind::Actor, "a", 10), 0);
        assert_eq!(news(FirstSeenKind::Actor, "a", 11), 0);
        assert_eq!(news(FirstSeenKind::Actor, "a", 9), 1);
        assert_eq!(news(FirstSeenKind::Address, "a", 9), 1);
    }
}
