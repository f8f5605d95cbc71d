//! What an event is to a sequence: which items it satisfies, and what orders and suppresses it. It travels in
//! [`super::Hit::distinct`] and is kept on disk like that: places and values here never change.

use sha2::{Digest as _, Sha256};

use super::GroupKey;
use crate::query::eql::Items;

/// The items that it satisfies, as bits.
const ITEMS: u8 = 0;
/// That it satisfies `until`.
const UNTIL: u8 = 1;
/// The tiebreaker, eight bytes after eight.
const TIE: u8 = 2;
/// The values of the first field by which sequences are suppressed; those of the others follow.
const SHARED: u8 = 16;

/// Bytes of a text by which events of the same time are ordered: as many as an id has.
const TIE_BYTES: usize = 64;

/// What an event is to a sequence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct InSequence {
    pub items: Items,
    pub until: bool,
    pub tie: Tie,
    /// For each field by which sequences are suppressed, its place and the hash of each of its values.
    pub shared: Vec<(u8, u64)>,
}

/// Orders events of the same time: those without one come last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tie(Vec<u64>);

impl InSequence {
    pub(super) fn of(values: &[(u8, u64)]) -> Self {
        let mut part = Self::default();
        for (place, value) in values {
            match *place {
                ITEMS => part.items = Items(*value),
                UNTIL => part.until = true,
                TIE => part.tie.0.push(*value),
                place => part.shared.extend(place.checked_sub(SHARED).map(|field| (field, *value))),
            }
        }
        part
    }

    pub(super) fn to_values(&self) -> Vec<(u8, u64)> {
        let until = self.until.then_some((UNTIL, 1));
        let tie = self.tie.0.iter().map(|value| (TIE, *value));
        let shared = self.shared.iter().map(|(field, value)| (SHARED.saturating_add(*field), *value));
        [(ITEMS, self.items.0)].into_iter().chain(until).chain(tie).chain(shared).collect()
    }
}

impl Tie {
    pub(super) fn number(value: i64) -> Self {
        // The order of the numbers, from the least on.
        Self(vec![value.cast_unsigned() ^ (1 << 63)])
    }

    pub(super) fn text(value: &str) -> Self {
        let mut bytes = value.as_bytes().to_vec();
        bytes.truncate(TIE_BYTES);
        bytes.resize(bytes.len().next_multiple_of(8).max(8), 0);
        let word = |chunk: &[u8; 8]| u64::from_be_bytes(*chunk);
        Self(bytes.as_chunks().0.iter().map(word).collect())
    }
}

impl Ord for Tie {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.is_empty(), &self.0).cmp(&(other.0.is_empty(), &other.0))
    }
}

impl PartialOrd for Tie {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The suppression group of a sequence, of a value of each field; nothing for one that its events do not share.
pub(super) fn shared_key(values: &[Option<u64>]) -> GroupKey {
    let mut hash = Sha256::new();
    for value in values {
        hash.update([u8::from(value.is_some())]);
        hash.update(value.unwrap_or_default().to_be_bytes());
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    GroupKey(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_state_holds_is_read_as_it_was_written() {
        let part =
            InSequence { items: Items(0b101), until: true, tie: Tie::number(-2), shared: vec![(0, 7), (1, 8), (1, 9)] };
        // States hold this: it must never change.
        let values = [(0, 5), (1, 1), (2, (1 << 63) - 2), (16, 7), (17, 8), (17, 9)];
        assert_eq!(part.to_values(), values);
        assert_eq!(InSequence::of(&values), part);
        assert_eq!(InSequence::of(&InSequence::default().to_values()), InSequence::default());
        assert_eq!(shared_key(&[Some(7), None]).0[..4], [0x07, 0x2b, 0x90, 0x24]);
    }

    #[test]
    fn ties_are_in_the_order_of_their_values() {
        let sorted = [Tie::number(i64::MIN), Tie::number(-1), Tie::number(0), Tie::number(7), Tie::default()];
        assert!(sorted.is_sorted());
        let words = ["", "a", "abcdefgh", "abcdefghi", "abcdefgi", "b"].map(Tie::text);
        assert!(words.is_sorted() && words.last() < Some(&Tie::default()));
    }
}
