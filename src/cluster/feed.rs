//! What is new in a cluster, shard by shard.
//!
//! Shards that were read to their end are asked together, one question for all that have a shard of that number: in the
//! usual case, one index of one shard, a poll with nothing new is one small request. Whoever has more than such an answer
//! holds is read by itself, page by page, and whoever does not answer is asked by itself until it does, so that it holds
//! up nobody else.
//!
//! Shards that are behind take turns, one request at a time. The next page is fetched while the last is evaluated, which takes
//! as long; several at once would hold as many pages in memory, and ask more of a cluster that others search too.

mod listed;
mod opening;
mod together;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::answer::Answer;
use super::ask::{self, Asker, Search};
use super::asked::Asked;
use super::indices;
use super::question::Ask;
use super::shard::{Shard, State};
use super::trouble::{self, Large, Trouble};
use super::{Client, Cursor, Failure, FailureKind, Hit, Narrowing};

/// How far reading is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Documents that are there and not read yet, as far as that is known.
    pub ahead: u64,
    /// Whether every shard that answers was read to its end.
    pub caught_up: bool,
    /// Whether the server left something out of this page.
    pub narrowed: bool,
}

/// What one step of reading came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Documents that were not handed out before.
    pub hits: Vec<Hit>,
    /// How far the shards of this page are read once its hits are.
    pub cursors: Vec<Cursor>,
    pub progress: Progress,
    /// All that is wrong at this moment.
    pub troubles: Vec<Trouble>,
}

/// How long what stands behind the patterns is taken for known, where nothing says otherwise.
const KNOWN_FOR: Duration = Duration::from_secs(60);
/// How long it is said that all indices are others than before.
const SAID_FOR: Duration = Duration::from_secs(3600);
/// How often shards that were read to their end are asked while others are still being read.
const POLLED: Duration = Duration::from_secs(5);
/// Hits of a page: at first, at most; and the bytes that it should come to.
const HITS: (usize, usize) = (1000, 5000);
const BYTES: usize = 12 << 20;
/// How often a page is halved, at most: then it is one document.
const SMALLEST: u32 = 13;

/// Reads one cluster.
#[derive(Debug)]
pub struct Feed {
    client: Client,
    /// Of shards not seen yet.
    cursors: HashMap<(String, u32), Cursor>,
    /// Whether only what is there now is read.
    once: bool,
    began: Instant,
    shards: Vec<Shard>,
    listed: Option<Duration>,
    /// What is wrong with what stands behind the patterns.
    standing: Vec<Trouble>,
    /// Average bytes of a document so far.
    weight: usize,
    /// Whose turn it is.
    turn: usize,
    polled: Option<Duration>,
    narrowed: bool,
    asked: Option<Asked>,
    /// Documents that were passed over as too large, by index.
    large: BTreeMap<Arc<str>, Large>,
    /// Indices that were deleted before they were read to their end.
    gone: BTreeMap<Arc<str>, Instant>,
    /// When not one index that was read before was there any more, and others were.
    others: Option<Instant>,
    /// Whether every one of the names may be asked for.
    by_pattern: bool,
}

impl Feed {
    /// Goes on at these cursors.
    #[must_use]
    pub fn new(client: Client, cursors: Vec<Cursor>) -> Self {
        Self {
            client,
            cursors: cursors.into_iter().map(|cursor| ((cursor.uuid.clone(), cursor.shard), cursor)).collect(),
            once: false,
            began: Instant::now(),
            shards: Vec::new(),
            listed: None,
            standing: Vec::new(),
            weight: BYTES / HITS.0,
            turn: 0,
            polled: None,
            narrowed: false,
            asked: None,
            large: BTreeMap::new(),
            gone: BTreeMap::new(),
            others: None,
            by_pattern: true,
        }
    }

    /// Reads what is there now, from the beginning, and is then caught up for good.
    #[must_use]
    pub fn once(client: Client) -> Self {
        Self { once: true, ..Self::new(client, Vec::new()) }
    }

    /// Reads on: at most one page. An empty page with `caught_up` when there is nothing new. `stop` is asked while it waits.
    /// A page that is not taken (the caller drops it on a failure of its own) is lost to this feed: make a new one.
    ///
    /// # Errors
    /// When nothing can be read at all; what fails for one shard is a [`Trouble`] of the page.
    pub fn next(&mut self, narrowing: &Narrowing, stop: &(dyn Fn() -> bool + Sync)) -> Result<Page, Failure> {
        let client = self.client.clone();
        let asker = Asker { client: &client, stop };
        let now = self.began.elapsed();
        self.narrowed = false;
        self.look(asker, narrowing, now)?;
        let mut page = Page::default();
        for shard in &mut self.shards {
            if shard.is_awake(now) && shard.state == State::Quiet && (shard.busy || !shard.may_join()) && !self.once {
                shard.begin();
            }
        }
        // What was read before a failure is not read again: it goes first, and the failure is met the next time.
        if let Err(failure) = self.read_on(asker, narrowing, now, &mut page)
            && page.hits.is_empty()
        {
            return Err(failure);
        }
        // Of an index that keeps none, or too large: their troubles say so.
        page.hits.retain(|hit| !hit.source.is_empty());
        page.progress = Progress {
            ahead: self.shards.iter().map(|shard| shard.ahead).sum(),
            caught_up: !self.shards.iter().any(|shard| shard.is_behind(now)),
            narrowed: self.narrowed,
        };
        page.troubles = trouble::all(&self.standing, &self.large, &self.shards, self.asked.as_ref());
        page.troubles.extend(self.others.filter(|since| since.elapsed() < SAID_FOR).map(Trouble::others));
        page.troubles.extend(self.gone.iter().map(|(name, since)| Trouble::gone(name, *since, self.once)));
        Ok(page)
    }

    /// Asks what is new, and a shard that is behind where nothing is.
    fn read_on(
        &mut self,
        asker: Asker<'_>,
        narrowing: &Narrowing,
        now: Duration,
        page: &mut Page,
    ) -> Result<(), Failure> {
        let due = self.polled.is_none_or(|polled| polled + POLLED <= now);
        if !self.once && (due || self.shards.iter().all(|shard| !shard.is_behind(now))) {
            self.poll(asker, now, page)?;
            if self.listed.is_none() {
                self.look(asker, narrowing, now)?;
            }
        }
        while page.hits.is_empty() {
            let Some(at) = self.whose_turn(now) else { break };
            self.read(asker, at, narrowing, now, page)?;
        }
        Ok(())
    }

    fn whose_turn(&mut self, now: Duration) -> Option<usize> {
        let count = self.shards.len();
        let at = (0..count).map(|step| (self.turn + step) % count).find(|&at| self.shards[at].is_behind(now))?;
        self.turn = at + 1;
        Some(at)
    }

    /// Puts one question to one shard.
    fn read(
        &mut self,
        asker: Asker<'_>,
        at: usize,
        narrowing: &Narrowing,
        now: Duration,
        page: &mut Page,
    ) -> Result<(), Failure> {
        let size = self.size(&self.shards[at]);
        let leaves_out = leaves_out(narrowing);
        let Some(mut ask) = self.shards[at].next(leaves_out, self.once) else { return Ok(()) };
        let mut filters = Vec::new();
        if leaves_out && ask.leaves_out() {
            filters = self.asked(asker, narrowing)?.filters(narrowing.time().as_ref());
            if filters.is_empty() {
                ask = self.shards[at].next(false, self.once).unwrap_or(ask);
            }
        }
        match self.ask(asker, at, &ask, &filters, size) {
            Ok(answers) => {
                let counted = matches!(ask, Ask::Counted { .. }) && !filters.is_empty();
                if counted && self.asked(asker, narrowing)?.learn(&asker, narrowing)? {
                    // A field got a type meanwhile, so that this may have asked for too little: nothing is left out this once.
                    ask = self.shards[at].next(false, false).unwrap_or(ask);
                    match self.ask(asker, at, &ask, &[], size) {
                        Ok(answers) => self.take(at, &ask, answers, (size, now), page),
                        Err(failure) => self.failed(at, failure, size, now)?,
                    }
                    return Ok(());
                }
                self.take(at, &ask, answers, (size, now), page);
                self.narrowed |= !filters.is_empty() && self.asked.as_ref().is_some_and(Asked::narrows);
                Ok(())
            }
            Err(failure) => {
                let narrows = !filters.is_empty() && self.asked.as_ref().is_some_and(Asked::narrows);
                let name = indices::encoded(&self.shards[at].index.name);
                if narrows
                    && ask::concerns_question(&failure)
                    && self.asked(asker, narrowing)?.mend(&asker, &name, narrowing)?
                {
                    return Ok(());
                }
                self.failed(at, failure, size, now)
            }
        }
    }

    /// What the narrowing comes to on the indices of now.
    fn asked(&mut self, asker: Asker<'_>, narrowing: &Narrowing) -> Result<&mut Asked, Failure> {
        let asked = match self.asked.take().filter(|asked| asked.is_of(narrowing)) {
            Some(asked) => asked,
            None => Asked::new(&asker, narrowing)?,
        };
        Ok(self.asked.insert(asked))
    }

    /// One answer for each filter, or one.
    fn ask(
        &self,
        asker: Asker<'_>,
        at: usize,
        ask: &Ask,
        filters: &[Value],
        size: usize,
    ) -> Result<Vec<Answer>, Failure> {
        let shard = &self.shards[at];
        let names = indices::encoded(&shard.index.name);
        let filters: Vec<Option<&Value>> =
            if filters.is_empty() { vec![None] } else { filters.iter().map(Some).collect() };
        let asked = filters.into_iter().map(|filter| {
            let filters: Vec<&Value> = shard.index.filter.iter().chain(filter).collect();
            let mut body = ask.body(&shard.to_read(), &filters, size, shard.ahead == 0);
            let search = |body: &Value| {
                asker.search(&Search { names: &names, shard: Some(shard.number), body, any_size: size == 1 })
            };
            let answer = match search(&body) {
                // One document is that large: it is passed over and named, so that those behind it are read.
                Err(failure) if size == 1 && failure.is_long_answer() => {
                    body["_source"] = false.into();
                    search(&body)?
                }
                answer => answer?,
            };
            if answer.shards == 0 {
                return Err(asker.failure(FailureKind::NoSuchIndex, "it is not there any more, or closed".to_owned()));
            }
            asker.check(&answer.hits, body.get("_source").is_none())?;
            let sent = answer.hits.len() as u64;
            match answer.total.filter(|total| matches!(ask, Ask::Settled(_)) && sent < (size as u64).min(*total)) {
                Some(total) => {
                    let what = format!("it has counted {total} documents and sent only {sent} of {size}");
                    Err(asker.failure(FailureKind::Incomplete, what))
                }
                None => Ok(answer),
            }
        });
        asked.collect()
    }

    /// Takes in what was asked for so many hits at this time.
    fn take(&mut self, at: usize, ask: &Ask, answers: Vec<Answer>, (size, now): (usize, Duration), page: &mut Page) {
        let shard = &mut self.shards[at];
        shard.trouble = None;
        shard.halved = shard.halved.saturating_sub(1);
        let hits = shard.take(ask, answers, size);
        if shard.state == State::Quiet {
            shard.pass(now);
        }
        for hit in hits.iter().filter(|hit| hit.source.is_empty()) {
            self.large.entry(hit.index.clone()).or_insert_with(|| Large::first(&hit.id)).count += 1;
        }
        page.cursors.push(shard.cursor(self.client.name()));
        self.weigh(&hits);
        page.hits.extend(hits);
    }

    /// How many hits to ask a shard for.
    fn size(&self, shard: &Shard) -> usize {
        let hits = (BYTES / self.weight.max(1)).clamp(1, HITS.1);
        (hits >> shard.halved).clamp(1, shard.index.most)
    }

    fn weigh(&mut self, hits: &[Hit]) {
        if !hits.is_empty() {
            let weight = hits.iter().map(|hit| hit.source.len() + 200).sum::<usize>() / hits.len();
            self.weight = weight.max(self.weight - self.weight / 4);
        }
    }

    /// A question to this shard alone failed.
    fn failed(&mut self, at: usize, failure: Failure, size: usize, now: Duration) -> Result<(), Failure> {
        if ask::concerns_all(&failure) {
            return Err(failure);
        }
        let shard = &mut self.shards[at];
        // On a slow line less arrives in time.
        if matches!(failure.kind, FailureKind::TooLarge | FailureKind::Busy | FailureKind::Timeout) {
            shard.halved = (shard.halved + 2).min(SMALLEST);
            if size > 1 && failure.kind == FailureKind::TooLarge {
                return Ok(());
            }
        }
        if failure.kind == FailureKind::NoSuchIndex {
            self.listed = None;
        }
        shard.hold(&failure, now);
        Ok(())
    }
}

/// Whether a server may be asked for less than everything.
fn leaves_out(narrowing: &Narrowing) -> bool {
    narrowing.queries().is_some() && narrowing.schema().is_some() || narrowing.time().is_some()
}

#[cfg(test)]
mod tests {
    use super::super::Profile;
    use super::super::client::tests::server::{Reply, Server};
    use super::*;

    #[test]
    fn what_does_not_arrive_in_time_is_asked_for_in_smaller_pages() {
        let profile = Profile { url: vec!["http://192.0.2.1".to_owned()], ..Profile::default() };
        let mut feed = Feed::new(Client::new("prod", profile).unwrap(), Vec::new());
        let listed = serde_json::json!({"settings": {"index": {"uuid": "u", "number_of_shards": "1"}}});
        let index = indices::index("logs", &listed, &["logs".to_owned()]).unwrap();
        feed.shards.push(Shard::new(Arc::new(index), 0, None));
        let now = Duration::ZERO;
        let before = feed.size(&feed.shards[0]);
        for (kind, smaller) in
            [(FailureKind::Timeout, true), (FailureKind::Busy, true), (FailureKind::Forbidden, false)]
        {
            let before = feed.size(&feed.shards[0]);
            feed.failed(0, Failure::new(kind, "", ""), before, now).unwrap();
            assert_eq!(feed.size(&feed.shards[0]) * 4 <= before, smaller, "{kind:?}");
            assert!(feed.shards[0].trouble.is_some());
        }
        assert!(before > 100);
        // One that says nothing of this shard is everybody's.
        assert!(feed.failed(0, Failure::new(FailureKind::Unauthorized, "", ""), before, now).is_err());
    }

    /// Two numbers are missing below others; nothing answers for longer than a gap is waited for; then they are there.
    #[test]
    fn a_gap_is_not_given_up_while_nobody_answers() {
        // Who answers and what is there are asked side by side: one answer to both.
        let there = r#"{"version":{"number":"9.2.0"},"tagline":"You Know, for Search",
            "logs":{"settings":{"index":{"uuid":"u","number_of_shards":"1"}}}}"#;
        let hits = |numbers: &[i64]| {
            let hit =
                |n: &i64| format!(r#"{{"_index":"logs","_id":"{n}","_seq_no":{n},"_primary_term":1,"_source":{{}}}}"#);
            format!(
                r#"{{"timed_out":false,"_shards":{{"total":1,"successful":1}},"hits":{{"total":{},"hits":[{}]}}}}"#,
                numbers.len(),
                numbers.iter().map(hit).collect::<Vec<_>>().join(",")
            )
        };
        let first = [there; 3].map(str::to_owned).into_iter().chain([hits(&[12]), hits(&[0, 1, 2, 12])]);
        let replies: Vec<_> =
            first.chain([there.to_owned(), hits(&[3, 11, 12])]).map(|r| Reply::json(200, &r)).collect();
        let server = Server::new(&replies);
        let profile = Profile { url: vec![server.url()], index: vec!["logs".to_owned()], ..Profile::default() };
        let mut feed = Feed::new(Client::new("prod", profile).unwrap(), Vec::new());
        let mut read = || feed.next(&Narrowing::default(), &|| false).unwrap().hits.len();
        assert_eq!(read(), 4);
        let Some(long_ago) = feed.began.checked_sub(Duration::from_secs(600)) else { return };
        feed.began = long_ago;
        let mut read = || feed.next(&Narrowing::default(), &|| false).unwrap().hits.len();
        assert_eq!((read(), server.asked().len()), (2, 7));
    }
}
