use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::cluster::answer::Answer;
use crate::cluster::indices::Keeps;

/// A shard as a server has it: by number, the term and whether the filter lets it through; and what is visible.
#[derive(Default)]
struct Server {
    documents: BTreeMap<i64, (u64, bool)>,
    hidden: BTreeSet<i64>,
}

impl Server {
    fn visible(&self) -> impl DoubleEndedIterator<Item = (i64, u64, bool)> + '_ {
        self.documents.iter().filter(|(n, _)| !self.hidden.contains(n)).map(|(n, (term, wanted))| (*n, *term, *wanted))
    }

    fn answer(&self, shard: &Shard, ask: &Ask, size: usize) -> Answer {
        let runs = match ask {
            Ask::Newest => shard.to_read(),
            Ask::All(runs) | Ask::Counted { runs, .. } => runs.clone(),
            Ask::Settled(to) => vec![(shard.reach.floor() + 1, *to)],
        };
        let asked: Vec<_> =
            self.visible().filter(|(n, ..)| runs.iter().any(|run| (run.0..=run.1).contains(n))).collect();
        let narrowed = matches!(ask, Ask::Counted { .. } | Ask::Settled(_));
        let mut hits: Vec<_> = asked.iter().filter(|(.., wanted)| *wanted || !narrowed).collect();
        let total = Some(hits.len() as u64);
        if *ask == Ask::Newest {
            hits.reverse();
            hits.truncate(1);
        }
        hits.truncate(size);
        let mut aggregations = json!({});
        if let Ask::Counted { width, .. } = ask {
            let mut buckets = BTreeMap::new();
            let offset = shard.reach.floor() + 1;
            for (n, ..) in &asked {
                *buckets.entry(offset + (n - offset) / width * width).or_insert(0) += 1;
            }
            let buckets: Vec<_> =
                buckets.iter().map(|(key, count)| json!({"key": *key as f64, "doc_count": count})).collect();
            aggregations =
                json!({"numbers": {"buckets": buckets}, "newest": {"value": asked.last().map(|d| d.0 as f64)}});
        }
        let found = |&&(number, term, _): &&(i64, u64, bool)| Found {
            hit: Hit {
                index: "a".into(),
                id: format!("{number}.{term}").into(),
                source: b"{}".to_vec(),
                number: Some(number),
            },
            term,
            sort: Some(number),
        };
        Answer { hits: hits.iter().map(found).collect(), total, shards: 1, aggregations }
    }
}

fn shard(filter: bool) -> Shard {
    let index = Index {
        name: "a".into(),
        uuid: "u".into(),
        shards: 1,
        open: true,
        keeps: Keeps::All,
        filter: filter.then(|| json!({"term": {"k": 1}})),
        refresh: None,
        most: 10_000,
    };
    Shard::new(Arc::new(index), 0, None)
}

/// Reads to the end, as a feed does; answers ids.
fn read(shard: &mut Shard, server: &Server, narrow: bool, size: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let ids_of = |hits: Vec<Hit>| hits.into_iter().map(|hit| String::from(hit.id)).collect::<Vec<_>>();
    if shard.state == State::Quiet && !(narrow && shard.busy) && shard.may_join() {
        let answer = server.answer(shard, &Ask::All(shard.to_read()), size);
        let more = answer.hits.len() == size;
        ids.extend(ids_of(shard.take_polled(answer.hits, more)));
    } else if shard.state == State::Quiet {
        shard.begin();
    }
    let narrow = narrow || shard.index.filter.is_some();
    let mut steps = 0;
    while let Some(ask) = shard.next(narrow, false) {
        let answer = server.answer(shard, &ask, size);
        ids.extend(ids_of(shard.take(&ask, vec![answer], size)));
        steps += 1;
        assert!(steps < 10_000, "does not end: {ask:?} {shard:?}");
    }
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Writers get numbers in turn and become visible when they like, copies take over, gaps stay: each document that the
    /// filter lets through is handed out once.
    #[test]
    fn each_document_is_handed_out_once(
        rounds in prop::collection::vec((0_usize..60, prop::collection::vec(any::<prop::sample::Index>(), 0..12), any::<u8>()), 1..12),
        narrow: bool,
        filtered: bool,
        size in 1_usize..40,
        kept in prop::collection::vec(any::<bool>(), 12),
    ) {
        let (mut server, mut shard) = (Server::default(), shard(filtered));
        let (mut handed_out, mut next, mut term) = (Vec::new(), 0, 1);
        for (round, (count, late, event)) in rounds.iter().enumerate() {
            // Some of what was hidden comes to light, and some of what is new is hidden, or never was.
            let before: Vec<i64> = server.hidden.iter().copied().collect();
            before.iter().step_by(2).for_each(|n| { server.hidden.remove(n); });
            for _ in 0..*count {
                server.documents.insert(next, (term, next % 3 == 0));
                next += 1;
            }
            for at in late.iter().filter(|_| *count > 0) {
                let number = next - 1 - at.index(*count) as i64;
                if number % 7 == 0 { server.documents.remove(&number); } else { server.hidden.insert(number); }
            }
            handed_out.extend(read(&mut shard, &server, narrow, size));
            shard.pass(Duration::from_secs(round as u64 * 5));
            if *event < 30 {
                // Another copy takes over; the newest were not acknowledged, and others get their numbers.
                term += 1;
                for number in next - 5.min(next)..next {
                    server.documents.insert(number, (term, number % 3 == 0));
                }
            }
            if kept[round] {
                let cursor = shard.cursor("prod");
                let before = std::mem::take(&mut shard.before);
                shard = Shard::new(shard.index.clone(), 0, Some(&cursor));
                shard.before = before;
            }
        }
        server.hidden.clear();
        // What tells of a copy that took over is a document of its own.
        server.documents.insert(next, (term, true));
        handed_out.extend(read(&mut shard, &server, narrow, size));
        handed_out.extend(read(&mut shard, &server, narrow, size));
        let last: BTreeSet<String> = server.documents.iter()
            .filter(|(_, (_, wanted))| *wanted || !narrow && !filtered)
            .map(|(n, (term, _))| format!("{n}.{term}")).collect();
        let once: BTreeSet<String> = handed_out.iter().cloned().collect();
        prop_assert_eq!(once.len(), handed_out.len(), "twice");
        prop_assert!(last.is_subset(&once), "missing {:?}", last.difference(&once));
    }
}

#[test]
fn what_is_settled_is_narrowed_without_counts() {
    let mut server = Server::default();
    let end = UNSETTLED + 5000;
    server.documents.extend((0..end).map(|n| (n, (1, n % 1000 == 0))));
    let mut shard = shard(false);
    assert_eq!(shard.next(true, false), Some(Ask::Newest));
    let answer = server.answer(&shard, &Ask::Newest, 1);
    shard.take(&Ask::Newest, vec![answer], 1);
    assert_eq!(shard.next(true, false), Some(Ask::Settled(4999)));
    assert_eq!(shard.ahead, end as u64);
    let ids = read(&mut shard, &server, true, 50);
    assert_eq!(ids.len(), end as usize / 1000);
    assert_eq!((shard.reach.floor(), shard.ahead), (end - 1, 0));
    // Many new ones at once: the next time it is asked first how many there are.
    assert!(shard.busy);
}

#[test]
fn reading_once_takes_one_question_a_page() {
    let mut server = Server::default();
    server.documents.extend((0..100).map(|n| (n, (1, n % 10 == 0))));
    let mut shard = shard(false);
    let mut asked = Vec::new();
    while let Some(ask) = shard.next(true, true) {
        let answer = server.answer(&shard, &ask, 8);
        shard.take(&ask, vec![answer], 8);
        asked.push(shard.ahead);
    }
    // Two of the ten are left after the first page.
    assert_eq!(asked, [2, 0]);
}

#[test]
fn what_another_copy_never_had_is_noticed_without_a_number_rising() {
    let mut server = Server::default();
    server.documents.extend((0..100).map(|n| (n, (1, true))));
    let mut shard = shard(false);
    assert_eq!(read(&mut shard, &server, false, 500).len(), 100);
    assert_eq!(shard.to_poll(true), [(99, i64::MAX)]);
    // It had no more than 90, and gave three of the numbers anew.
    server.documents.retain(|n, _| *n < 90);
    server.documents.extend((90..93).map(|n| (n, (2, true))));
    for _ in 0..MISSED {
        assert_eq!(read(&mut shard, &server, false, 500), Vec::<String>::new());
        shard.check(&server.answer(&shard, &Ask::All(shard.to_poll(true)), 500).hits);
    }
    assert_eq!(read(&mut shard, &server, false, 500), ["90.2", "91.2", "92.2"]);
    shard.check(&server.answer(&shard, &Ask::All(shard.to_poll(true)), 500).hits);
    assert!(!shard.doubts());
}

/// The newest document is missing, and so is all that came long before it: an empty copy took over, or an old one.
#[test]
fn numbers_that_are_given_anew_from_far_below_are_read_anew() {
    let mut server = Server::default();
    server.documents.extend((0..30_000).map(|n| (n, (1, true))));
    let mut shard = shard(false);
    assert_eq!(read(&mut shard, &server, false, 5000).len(), 30_000);
    server.documents = (0..100).map(|n| (n, (1, true))).chain((100..150).map(|n| (n, (2, true)))).collect();
    for _ in 0..MISSED {
        shard.check(&[]);
    }
    assert_eq!(read(&mut shard, &server, false, 5000).len(), 50);
    assert_eq!(shard.reach.top(), 149);
}
