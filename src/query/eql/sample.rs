//! Finds the sample of one tuple of join keys: an event for each item, no event twice, in any order.
//!
//! As in Elasticsearch a tuple has one sample at most, the first that there is: the first event of the first item with
//! which the others can be had too, then of the second, and so on.

use super::sequence::Items;

/// The event of each of `items` items, by its number among `events`, which are in order: `None` where some item has none
/// that the others can spare.
#[must_use]
pub(super) fn sample(items: usize, events: &[Items]) -> Option<Vec<usize>> {
    // Of each item as many as there are items are enough: the others cannot take more.
    let of = |item| (0..events.len()).filter(move |at| events[*at].contains(item)).take(items).collect();
    let mut candidates: Vec<Vec<usize>> = (0..items).map(of).collect();
    assign(&candidates)?;
    for item in 0..items {
        let choice = candidates[item].iter().copied().find(|event| {
            let mut fixed = candidates.clone();
            fixed[item] = vec![*event];
            assign(&fixed).is_some()
        })?;
        candidates[item] = vec![choice];
    }
    Some(candidates.into_iter().flatten().collect())
}

/// Gives each item an event of its own, of its candidates; the pairs of event and item.
fn assign(candidates: &[Vec<usize>]) -> Option<Vec<(usize, usize)>> {
    let mut taken: Vec<(usize, usize)> = Vec::with_capacity(candidates.len());
    (0..candidates.len()).all(|item| find(item, candidates, &mut taken, &mut Vec::new())).then_some(taken)
}

/// Finds an event for `item`; one that is taken where its item can have another.
fn find(item: usize, candidates: &[Vec<usize>], taken: &mut Vec<(usize, usize)>, seen: &mut Vec<usize>) -> bool {
    for &event in &candidates[item] {
        if seen.contains(&event) {
            continue;
        }
        seen.push(event);
        let Some(at) = taken.iter().position(|(other, _)| *other == event) else {
            taken.push((event, item));
            return true;
        };
        if find(taken[at].1, candidates, taken, seen) {
            taken[at].1 = item;
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(items: usize, events: &[&[usize]]) -> Option<Vec<usize>> {
        sample(items, &events.iter().map(|items| items.iter().copied().collect()).collect::<Vec<Items>>())
    }

    #[test]
    fn each_item_has_the_first_event_that_the_others_can_spare() {
        assert_eq!(found(2, &[&[1], &[0], &[0], &[1]]), Some(vec![1, 0]));
        assert_eq!(found(2, &[&[0, 1], &[0]]), Some(vec![1, 0]));
        assert_eq!(found(2, &[&[0, 1], &[0, 1]]), Some(vec![0, 1]));
        assert_eq!(found(3, &[&[0], &[0], &[0, 2], &[1, 2], &[1, 2]]), Some(vec![0, 3, 2]));
    }

    #[test]
    fn no_event_stands_for_two_items() {
        assert_eq!(found(2, &[&[0, 1]]), None);
        assert_eq!(found(3, &[&[0, 1, 2], &[2]]), None);
        assert_eq!(found(2, &[&[0], &[0]]), None);
    }

    #[test]
    fn what_cannot_be_is_told_without_trying_everything() {
        let items = Items::MOST - 1;
        let all: Items = (0..items).collect();
        assert_eq!(sample(items, &vec![all; items - 1]), None);
        assert_eq!(sample(items, &vec![all; items]), Some((0..items).collect()));
    }
}
