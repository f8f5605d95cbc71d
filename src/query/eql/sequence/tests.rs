use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// `a b !m*2 c`: an item for each word, `!` where it must be missing, `*` for its runs.
fn shape(items: &str, maxspan: Option<u64>) -> Shape {
    let place = |item: &str| {
        let (name, runs) = item.split_once('*').unwrap_or((item, "1"));
        Place { runs: runs.parse().unwrap(), missing: name.starts_with('!') }
    };
    Shape::new(items.split_whitespace().map(place), maxspan)
}

/// A moment for each word `TIME:ITEMS`, the time in milliseconds, items as digits and `u` for until.
fn moments(text: &str) -> Vec<Moment> {
    let moment = |word: &str| {
        let (time, items) = word.split_once(':').unwrap();
        Moment {
            time: time.parse::<i64>().unwrap() * 1_000,
            items: items.chars().filter_map(|item| item.to_digit(10)).map(|item| item as usize).collect(),
            until: items.contains('u'),
        }
    };
    text.split_whitespace().map(moment).collect()
}

/// The sequences found, as `0 - 2`.
fn found(items: &str, maxspan: impl Into<Option<u64>>, text: &str) -> Vec<String> {
    let show = |found: Found| {
        found.events.iter().map(|e| e.map_or("-".to_owned(), |e| e.to_string())).collect::<Vec<_>>().join(" ")
    };
    shape(items, maxspan.into()).find(&moments(text)).into_iter().map(show).collect()
}

#[test]
fn an_event_takes_the_newest_that_waits_and_the_older_ones_leave() {
    assert_eq!(found("a b", None, "1:0 2:0 3:1 4:1"), ["1 2"]);
    assert_eq!(found("a b c", None, "1:0 2:1 3:0 4:2 5:1 6:2"), ["0 1 3", "2 4 5"]);
    assert_eq!(found("a b c", None, "1:0 2:2 3:1 4:2"), ["0 2 3"]);
}

#[test]
fn an_event_ends_one_sequence_and_begins_another_but_never_fills_two_places() {
    assert_eq!(found("a b", None, "1:01"), [""; 0]);
    assert_eq!(found("a b", None, "1:01 2:01 3:01"), ["0 1", "1 2"]);
    assert_eq!(found("a b c", None, "1:012 2:012 3:012 4:012"), ["0 1 2", "1 2 3"]);
}

#[test]
fn runs_stand_for_the_item_as_often() {
    assert_eq!(found("a*3 b", None, "1:0 2:0 3:1 4:0 5:1"), ["0 1 3 4"]);
    assert_eq!(found("a*2", None, "1:0 2:0 3:0"), ["0 1", "1 2"]);
}

#[test]
fn maxspan_counts_from_the_first_event_and_includes_its_end() {
    assert_eq!(found("a b", 5, "1:0 6:1"), ["0 1"]);
    assert_eq!(found("a b", 5, "1:0 7:1 8:1"), [""; 0]);
    assert_eq!(found("a b c", 5, "1:0 5:1 7:2"), [""; 0]);
    // What came too late took the sequence with it.
    assert_eq!(found("a b c", 5, "1:0 3:0 4:1 9:2 9:2"), [""; 0]);
}

#[test]
fn until_ends_what_waits_at_or_before_it() {
    assert_eq!(found("a b", None, "1:0 2:u 3:1"), [""; 0]);
    assert_eq!(found("a b", None, "1:0 2:u 3:0 4:1"), ["2 3"]);
    assert_eq!(found("a b", None, "1:0 2:1u"), ["0 1"], "the event that completes it");
    assert_eq!(found("a b", None, "1:0u 2:1"), [""; 0], "the event that it waits at");
    assert_eq!(found("a b", None, "1:0 2:1 3:u"), ["0 1"]);
    assert_eq!(found("a b", None, "1:0 2:u 3:1 4:1"), [""; 0]);
}

#[test]
fn missing_items_inside_lie_strictly_between_the_times_of_their_neighbours() {
    assert_eq!(found("a !m b", 5, "1:0 2:2"), ["0 - 1"]);
    assert_eq!(found("a !m b", 5, "1:0 2:1 3:2"), [""; 0]);
    assert_eq!(found("a !m b", 5, "1:0 1:1 2:1 2:2"), ["0 - 3"]);
    assert_eq!(found("a !m*2 !n b", 5, "1:0 3:3"), ["0 - - - 1"]);
    assert_eq!(found("a !m*2 !n b", 5, "1:0 2:2 3:3"), [""; 0]);
    // It is not tried again with the event before.
    assert_eq!(found("a !m b", 9, "1:0 2:0 3:1 4:2 5:2"), [""; 0]);
}

#[test]
fn missing_items_at_an_end_reach_as_far_as_maxspan() {
    assert_eq!(found("a !m", 5, "1:0 6:1"), [""; 0]);
    assert_eq!(found("a !m", 5, "1:0 7:1"), ["0 -"]);
    assert_eq!(found("a b !m", 5, "1:0 4:1 6:2"), [""; 0], "from the first event");
    assert_eq!(found("a b !m", 5, "1:0 4:1 7:2"), ["0 1 -"]);
    assert_eq!(found("a !m", 5, "1:0 1:1"), ["0 -"], "not at the event itself");
    assert_eq!(found("!m b", 5, "1:0 6:1"), [""; 0]);
    assert_eq!(found("!m b", 5, "1:0 7:1"), ["- 1"]);
    assert_eq!(found("!m a b", 5, "1:0 3:1 6:2"), [""; 0], "from the last event");
    assert_eq!(found("!m a b", 5, "1:0 3:1 7:2"), ["- 1 2"]);
    assert_eq!(found("a !m", 5, "1:0 2:0 3:1"), [""; 0], "each by itself");
}

#[test]
fn missing_items_at_both_ends_reject_together() {
    assert_eq!(found("!m a !n", 5, "1:0 3:1"), ["- 1 -"]);
    assert_eq!(found("!m a !n", 5, "1:0 3:1 6:2"), [""; 0]);
    assert_eq!(found("!m a !n", 5, "1:0 3:1 7:2"), ["- 1 -"]);
    // The nearest count.
    assert_eq!(found("!m !o a !n", 5, "1:0 2:1 3:2 7:3 9:3"), [""; 0]);
}

#[test]
fn the_order_decides_where_times_are_equal() {
    assert_eq!(found("a b", None, "1:0 1:1"), ["0 1"]);
    assert_eq!(found("a b", None, "1:1 1:0"), [""; 0]);
    assert_eq!(found("a b", None, "1:0 1:u 1:1"), [""; 0]);
}

#[test]
fn a_sequence_knows_its_last_event_and_how_far_others_reach() {
    assert_eq!(shape("a b !m", Some(5)).find(&moments("1:0 2:1"))[0].last(), Some(1));
    let reach = |items, span| (shape(items, span).reach(), shape(items, span).wait());
    assert_eq!(reach("a b", None), (None, 0));
    assert_eq!(reach("a b", Some(5)), (Some(5_000), 0));
    assert_eq!(reach("!m a !n", Some(5)), (Some(5_000), 5_000));
}

#[test]
fn a_span_beyond_the_end_of_time_holds_everything() {
    assert_eq!(found("a b", u64::MAX, "-9000000000000000:0 9000000000000000:1"), ["0 1"]);
}

/// As Elasticsearch goes about it: all events of an item, then all of the next; whatever waits is kept.
fn by_stages(shape: &Shape, moments: &[Moment]) -> Vec<Found> {
    let mut waiting: Vec<Vec<usize>> = Vec::new();
    for (stage, place) in shape.filled.iter().enumerate() {
        let mut next = Vec::new();
        for (at, moment) in moments.iter().enumerate().filter(|(_, m)| m.items.contains(shape.places[*place].0)) {
            if stage == 0 {
                next.push(vec![at]);
                continue;
            }
            let before = waiting.partition_point(|events| *events.last().unwrap() < at);
            let Some(mut events) = waiting.drain(..before).next_back() else { continue };
            let until = (0..at).rev().find(|until| moments[*until].until);
            let too_late = moment.time - moments[events[0]].time > shape.span.unwrap_or(i64::MAX);
            if !too_late && until.is_none_or(|until| until < *events.last().unwrap()) {
                events.push(at);
                next.push(events);
            }
        }
        waiting = next;
    }
    let absent = Absent::of(shape, moments);
    waiting.iter().filter(|events| absent.confirm(shape, moments, events)).map(|events| shape.found(events)).collect()
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let item = (1u32..3, prop::bool::weighted(0.3)).prop_map(|(runs, missing)| Place { runs, missing });
    (vec(item, 1..5), 1u64..9).prop_map(|(items, span)| {
        let spans = items.iter().any(|item| item.missing) || span < 7;
        Shape::new(items, spans.then_some(span))
    })
}

fn any_moments() -> impl Strategy<Value = Vec<Moment>> {
    let moment = (0i64..3, 0u64..32, prop::bool::weighted(0.1));
    vec(moment, 0..40).prop_map(|moments| {
        let mut time = 0;
        let mut at = |(step, items, until)| {
            time += step * 1_000;
            Moment { time, items: Items(items), until }
        };
        moments.into_iter().map(&mut at).collect()
    })
}

proptest! {
    #[test]
    fn in_one_pass_or_stage_by_stage_the_same_is_found(shape in any_shape(), moments in any_moments()) {
        prop_assert_eq!(shape.find(&moments), by_stages(&shape, &moments));
    }

    #[test]
    fn what_lies_beyond_the_reach_decides_nothing(shape in any_shape(), moments in any_moments(), cut in 0usize..40) {
        let (Some(reach), true) = (shape.reach(), cut < moments.len()) else { return Ok(()) };
        let from = moments[cut].time;
        let kept = moments.partition_point(|moment| moment.time < from - reach);
        let ends = |found: &Found| found.last().unwrap();
        let all: Vec<Found> = shape.find(&moments).into_iter().filter(|f| moments[ends(f)].time >= from).collect();
        let mut of_kept = shape.find(&moments[kept..]);
        of_kept.iter_mut().flat_map(|found| &mut found.events).flatten().for_each(|event| *event += kept);
        of_kept.retain(|found| moments[ends(found)].time >= from);
        prop_assert_eq!(&all, &of_kept);
        // Nor does what comes after the wait.
        let until = moments.partition_point(|moment| moment.time <= from + shape.wait());
        let early = |found: &Found| moments[ends(found)].time <= from;
        let before: Vec<Found> = shape.find(&moments[..until]).into_iter().filter(early).collect();
        prop_assert_eq!(shape.find(&moments).into_iter().filter(early).collect::<Vec<_>>(), before);
    }
}

#[test]
fn a_hundred_thousand_events_take_as_many_steps() {
    let many: Vec<Moment> = (0..100_000).map(|at| Moment { time: at, items: Items(3), until: false }).collect();
    let found = Shape::new([Place { runs: 100, missing: false }, Place { runs: 1, missing: true }], Some(1));
    assert_eq!(found.find(&many).len(), 1, "what must be missing follows each but the last");
    let found = Shape::new([Place { runs: 100, missing: false }], None).find(&many);
    assert_eq!(found.len(), 99_901);
}
