//! Questions about a stretch of time, newest first, window by window: each is read whole in one request. Where one holds more
//! than fits, what is newer than the last hit is a whole window, and the next one begins at that hit's time; where all hits
//! have one time, they are told apart by their numbers, and read one by one where those are equal too. So no page has an edge
//! to lose equals at.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::answer::Found;
use super::ask::{Asker, Search};
use super::asked::Asked;
use super::narrowing::kept;
use super::question::by_number;
use super::{Client, Failure, FailureKind, Hit, Narrowing, indices};

/// One window that was read whole.
#[derive(Debug)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub hits: Vec<Hit>,
    /// Documents of the whole question that are still to be read, as far as that is known.
    pub ahead: u64,
}

/// What was not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rest {
    /// The oldest, as more was found than was asked for.
    pub older: u64,
    /// Documents of more bytes than [`super::LARGEST_ANSWER`].
    pub too_large: u64,
}

/// Hits of a page: at first, at most.
const PAGE: (usize, usize) = (500, 3000);
/// So many are asked for at least, of a server that does not answer in time.
const SLOW: usize = 50;
/// The most hits that servers give at once.
const MOST: usize = 10_000;
/// Bytes that a page should come to.
const BYTES: usize = 8 << 20;
const TIME: &str = "@timestamp";

/// Hands every document between the narrowing's times to `each`, window by window, the newest first; last, in windows
/// without bounds, those that lack a time or that only this program can read, whose time the server does not know. Stops
/// when `each` breaks, and when `stop` says that nobody waits for a request that is under way.
/// At most `most` documents are read; answers what was left out.
///
/// # Errors
/// When the cluster does not answer wholly.
pub fn search(
    client: &Client,
    narrowing: &Narrowing,
    most: u64,
    stop: &(dyn Fn() -> bool + Sync),
    each: &mut dyn FnMut(Window) -> ControlFlow<()>,
) -> Result<Rest, Failure> {
    let asker = Asker { client, stop };
    let asked = Asked::new(&asker, narrowing)?;
    let (names, clauses) = (indices::addresses(&client.profile().index), asked.filters(None));
    let mut reading = Reading { asker, names, clauses, size: PAGE.0, left: most, ahead: 0, too_large: 0, each };
    let (since, until) = narrowing.span();
    let missing = |field: &str| json!({"bool": {"must_not": [{"exists": {"field": field}}]}});
    if !asked.dated {
        let all = json!({"match_all": {}});
        reading.ahead = reading.count(&all)?;
        let _ = reading.by_number(&all, unbounded())?;
        return Ok(reading.rest());
    }
    let range =
        |bound: &str, time| json!({"range": {TIME: {bound: stamp(time), "format": "strict_date_optional_time"}}});
    let (first, last) = kept();
    let from = since.unwrap_or(first).clamp(first, last);
    let mut inside = range("gte", from);
    inside["range"][TIME]["lte"] = stamp(until.unwrap_or(last).clamp(from, last)).into();
    // What no server can sort with the rest: by a clock that is wrong.
    let early = json!({"bool": {"must_not": [range("gte", first), missing(TIME)]}});
    let beyond =
        [(since.is_none_or(|since| since < first), early), (until.is_none_or(|until| until > last), range("gt", last))];
    let mut others = vec![
        missing(TIME),
        json!({"bool": {"must_not": [inside], "should": narrowing.unread(), "minimum_should_match": 1}}),
    ];
    others.extend(beyond.into_iter().filter(|(asked, _)| *asked).map(|(_, clause)| clause));
    let others = json!({"bool": {"should": others}});
    reading.ahead = reading.count(&inside)? + reading.count(&others)?;
    if reading
        .by_time(&inside, since.unwrap_or(DateTime::<Utc>::MIN_UTC), until.unwrap_or(DateTime::<Utc>::MAX_UTC))?
        .is_continue()
    {
        let _ = reading.by_number(&others, unbounded())?;
    }
    Ok(reading.rest())
}

/// The document with this id, where it is still there.
///
/// # Errors
/// When the cluster does not answer.
pub fn document(client: &Client, index: &str, id: &str) -> Result<Option<Hit>, Failure> {
    let asker = Asker { client, stop: &|| false };
    let body = json!({"size": 1, "query": {"ids": {"values": [id]}}, "seq_no_primary_term": true});
    let search = Search { names: &indices::encoded(index), shard: None, body: &body, any_size: true };
    let found = match asker.search(&search) {
        Err(failure) if failure.kind == FailureKind::NoSuchIndex => return Ok(None),
        answer => answer?.hits.into_iter().next(),
    };
    Ok(found.map(|found| found.hit).filter(|hit| !hit.source.is_empty()))
}

fn unbounded() -> (DateTime<Utc>, DateTime<Utc>) {
    (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC)
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true)
}

struct Reading<'a> {
    asker: Asker<'a>,
    /// Lists of names, each for one address.
    names: Vec<String>,
    /// Of each question one; none where everything is asked for.
    clauses: Vec<Value>,
    size: usize,
    /// How many documents may still be handed out.
    left: u64,
    ahead: u64,
    too_large: u64,
    each: &'a mut dyn FnMut(Window) -> ControlFlow<()>,
}

/// The hits of all questions about one stretch, each with its sort value, and the value up to which they are whole.
struct Merged {
    found: Vec<(i64, Found)>,
    edge: Option<i64>,
}

impl Reading<'_> {
    fn rest(&self) -> Rest {
        Rest { older: self.ahead, too_large: self.too_large }
    }

    fn count(&self, filter: &Value) -> Result<u64, Failure> {
        let mut count = 0;
        for (names, query) in self.questions(filter) {
            let body = json!({"size": 0, "track_total_hits": true, "query": query});
            let answer = self.asker.search(&Search { names: &names, shard: None, body: &body, any_size: false })?;
            count += answer.total.unwrap_or(0);
        }
        Ok(count)
    }

    /// Names and query of each request that it takes.
    fn questions(&self, filter: &Value) -> Vec<(String, Value)> {
        let query = |clause: Option<&Value>| {
            let filters: Vec<&Value> = [filter].into_iter().chain(clause).collect();
            json!({"bool": {"filter": filters}})
        };
        let queries: Vec<Value> = match &*self.clauses {
            [] => vec![query(None)],
            clauses => clauses.iter().map(|clause| query(Some(clause))).collect(),
        };
        self.names.iter().flat_map(|names| queries.iter().map(|query| (names.clone(), query.clone()))).collect()
    }

    /// Reads one page of each question, as many hits as memory allows.
    fn page(&mut self, filter: &Value, sort: &Value, descending: bool) -> Result<Merged, Failure> {
        'smaller: loop {
            let (mut found, mut edge): (Vec<(i64, Found)>, Option<i64>) = (Vec::new(), None);
            for (names, query) in self.questions(filter) {
                let mut body = json!({"size": self.size, "query": query, "sort": sort, "seq_no_primary_term": true,
                    "track_total_hits": false});
                let search = Search { names: &names, shard: None, body: &body, any_size: self.size == 1 };
                let answer = match self.asker.search(&search) {
                    // On a slow line less arrives in time.
                    Err(failure)
                        if too_much(&failure) && self.size > 1
                            || failure.kind == FailureKind::Timeout && self.size > SLOW =>
                    {
                        self.size = (self.size / 4).max(1);
                        continue 'smaller;
                    }
                    // Where it stands, to be read by itself.
                    Err(failure) if failure.is_long_answer() => {
                        body["_source"] = false.into();
                        self.asker.search(&Search { names: &names, shard: None, body: &body, any_size: false })?
                    }
                    answer => answer?,
                };
                let full = answer.hits.len() >= self.size;
                let hits: Vec<_> = answer.hits.into_iter().filter_map(|found| Some((found.sort?, found))).collect();
                if let Some((last, _)) = hits.last().filter(|_| full) {
                    edge = Some(edge.map_or(*last, |edge| if descending { edge.max(*last) } else { edge.min(*last) }));
                }
                found.extend(hits);
            }
            found.sort_by(|(a, x), (b, y)| {
                let order = if descending { b.cmp(a) } else { a.cmp(b) };
                order.then_with(|| (&x.hit.index, &x.hit.id).cmp(&(&y.hit.index, &y.hit.id)))
            });
            found.dedup_by(|(_, a), (_, b)| a.hit.index == b.hit.index && a.hit.id == b.hit.id);
            if !found.is_empty() {
                let bytes = found.iter().map(|(_, found)| found.hit.source.len() + 200).sum::<usize>();
                self.size = (BYTES / (bytes / found.len())).clamp(1, PAGE.1.min(self.size * 2));
            }
            return Ok(Merged { found, edge });
        }
    }

    /// Everything in a stretch of time, the newest first.
    fn by_time(
        &mut self,
        filter: &Value,
        from: DateTime<Utc>,
        mut to: DateTime<Utc>,
    ) -> Result<ControlFlow<()>, Failure> {
        // A document with several times is found by its earliest, so that no page begins with it again.
        let sort =
            json!([{TIME: {"order": "desc", "mode": "min", "numeric_type": "date_nanos", "unmapped_type": "date"}}]);
        let mut before: Option<i64> = None;
        loop {
            let until = before.map(|nanos| {
                let stamp = stamp(DateTime::from_timestamp_nanos(nanos));
                json!({"range": {TIME: {"lte": stamp, "format": "strict_date_optional_time"}}})
            });
            let filters: Vec<&Value> = [filter].into_iter().chain(&until).collect();
            let filter = json!({"bool": {"filter": filters}});
            let Merged { mut found, edge } = self.page(&filter, &sort, true)?;
            let Some(edge) = edge else {
                let hits = found.into_iter().map(|(_, found)| found.hit).collect();
                return Ok(self.hand_out((from, to), hits));
            };
            found.retain(|(time, _)| *time > edge);
            let at = DateTime::from_timestamp_nanos(edge);
            if found.is_empty() {
                let next = at + TimeDelta::nanoseconds(1);
                let range = json!({"gte": stamp(at), "lte": stamp(at), "format": "strict_date_optional_time"});
                let equal = json!({"bool": {"filter": [filter, {"range": {TIME: range}}]}});
                if self.by_number(&equal, (at, next))?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                to = at;
                before = Some(edge - 1);
            } else {
                let hits = found.into_iter().map(|(_, found)| found.hit).collect();
                let next = at + TimeDelta::nanoseconds(1);
                if self.hand_out((next, to), hits).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                to = next;
                before = Some(edge);
            }
        }
    }

    /// Everything that the filter lets through, whatever its time, page by page.
    fn by_number(&mut self, filter: &Value, span: (DateTime<Utc>, DateTime<Utc>)) -> Result<ControlFlow<()>, Failure> {
        let mut next = 0;
        loop {
            let filter = json!({"bool": {"filter": [filter, {"range": {"_seq_no": {"gte": next}}}]}});
            let Merged { mut found, edge } = self.page(&filter, &by_number("asc"), false)?;
            if let Some(edge) = edge {
                found.retain(|(number, _)| *number < edge);
                if found.is_empty() {
                    if self.one_by_one(&filter, edge, span)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                    next = edge + 1;
                    continue;
                }
                next = edge;
            }
            if self.hand_out(span, found.into_iter().map(|(_, found)| found.hit).collect()).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if edge.is_none() {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    /// Documents of one number, of which each may fill a page: of every shard there is at most one.
    fn one_by_one(
        &mut self,
        filter: &Value,
        number: i64,
        span: (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<ControlFlow<()>, Failure> {
        let equal = json!({"range": {"_seq_no": {"gte": number, "lte": number}}});
        let filter = json!({"bool": {"filter": [filter, equal]}});
        let mut seen = BTreeSet::new();
        for (names, query) in self.questions(&filter) {
            let mut size = MOST;
            let answer = loop {
                let body = json!({"size": size, "query": query, "_source": false, "track_total_hits": false});
                match self.asker.search(&Search { names: &names, shard: None, body: &body, any_size: false }) {
                    Err(failure) if too_much(&failure) && size > 1 => size /= 4,
                    answer => break answer?,
                }
            };
            if answer.hits.len() >= size {
                let what = "it has more shards than can be searched at once".to_owned();
                return Err(self.asker.failure(FailureKind::TooLarge, what));
            }
            for Found { hit, .. } in answer.hits {
                if !seen.insert((Arc::clone(&hit.index), hit.id.clone())) {
                    continue;
                }
                let ids = json!({"ids": {"values": [hit.id]}});
                let body = json!({"query": {"bool": {"filter": [ids, equal]}}});
                let names = indices::encoded(&hit.index);
                let found = match self.asker.search(&Search { names: &names, shard: None, body: &body, any_size: true })
                {
                    Err(failure) if failure.is_long_answer() => {
                        self.too_large += 1;
                        vec![hit]
                    }
                    answer => answer?.hits.into_iter().map(|found| found.hit).collect(),
                };
                if self.hand_out(span, found).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn hand_out(&mut self, (from, to): (DateTime<Utc>, DateTime<Utc>), mut hits: Vec<Hit>) -> ControlFlow<()> {
        hits.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= hits.len() as u64;
        self.ahead = self.ahead.saturating_sub(hits.len() as u64);
        hits.retain(|hit| !hit.source.is_empty());
        let flow = (self.each)(Window { from, to, hits, ahead: self.ahead });
        if self.left == 0 && self.ahead > 0 { ControlFlow::Break(()) } else { flow }
    }
}

fn too_much(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::TooLarge => true,
        FailureKind::Busy => failure.error_type.as_deref() == Some("circuit_breaking_exception"),
        _ => false,
    }
}
