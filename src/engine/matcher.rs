//! Finds the alerts whose whole event matches a filter, on a thread of its own: the store only hands the events out, some
//! at a time, so that decisions and new alerts are not kept waiting. What is found is told as it is found. Events that
//! cannot match by their bytes are not parsed.

use crate::query::kql;
use std::cell::LazyCell;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};

use super::store_thread::StoreHandle;
use super::{Clock, Outlet, Update};
use crate::detect::{AlertId, Prefilter};
use crate::event::{self, EcsDocument};
use crate::query::Query;
use crate::triage::{Documented, StoreError, StoreQuery};

/// Events that the store hands out at a time.
const SLICE: usize = 500;
/// How long what was found is kept before it is told, after the first slice.
const TELL: Duration = Duration::from_millis(100);

/// What the thread is told.
#[derive(Debug)]
pub(super) enum MatchRequest {
    /// Put these queries to the events of these alerts, or of all: that overtakes what was asked of all before.
    Match {
        queries: Vec<String>,
        alerts: Option<Vec<AlertId>>,
    },
    End,
}

/// Starts the thread. It ends at [`MatchRequest::End`].
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(store: StoreHandle, outlet: Outlet, clock: Clock) -> std::io::Result<Sender<MatchRequest>> {
    let (requests, inbox) = unbounded();
    let matcher = Matcher { store, outlet, clock };
    std::thread::Builder::new().name("matcher".into()).spawn(move || matcher.run(&inbox))?;
    Ok(requests)
}

struct Matcher {
    store: StoreHandle,
    outlet: Outlet,
    clock: Clock,
}

/// Queries on their way through the events.
struct Search {
    queries: Vec<Answer>,
    coming: Receiver<Result<Vec<Documented>, StoreError>>,
    told: Option<Instant>,
}

/// A query and what is to be told of it.
struct Answer {
    text: String,
    query: Query,
    prefilter: Prefilter,
    found: Vec<(AlertId, bool)>,
}

impl Matcher {
    fn run(&self, inbox: &Receiver<MatchRequest>) {
        let mut search: Option<Search> = None;
        loop {
            let request = match &search {
                None => inbox.recv().map_err(|_| TryRecvError::Disconnected),
                Some(_) => inbox.try_recv(),
            };
            let going = match request {
                Ok(MatchRequest::Match { queries, alerts: None }) => {
                    search = self.begin(prepared(queries, (self.clock)()));
                    Some(())
                }
                Ok(MatchRequest::Match { queries, alerts: Some(alerts) }) => self.some(queries, alerts),
                Ok(MatchRequest::End) | Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) => self.go_on(&mut search),
            };
            if going.is_none() {
                break;
            }
        }
    }

    fn begin(&self, queries: Vec<Answer>) -> Option<Search> {
        if queries.is_empty() {
            return None;
        }
        Some(Search { queries, coming: self.documents(None)?, told: None })
    }

    /// Asks for the events of the alerts that arrived before this number, or of the last.
    fn documents(&self, before: Option<i64>) -> Option<Receiver<Result<Vec<Documented>, StoreError>>> {
        self.store.ask_for(|reply| StoreQuery::Documents { before, limit: SLICE, reply })
    }

    /// Looks at the next events. `None` when nobody listens any more.
    fn go_on(&self, search: &mut Option<Search>) -> Option<()> {
        let Some(Search { queries, coming, told }) = search else { return Some(()) };
        let part = match coming.recv().ok()? {
            Ok(part) => part,
            Err(error) => {
                *search = None;
                return self.fail(&error);
            }
        };
        let whole = part.len() < SLICE;
        if let Some(last) = part.last().filter(|_| !whole) {
            *coming = self.documents(Some(last.number))?;
        }
        look_at(queries, &part);
        if whole || told.is_none_or(|told| told.elapsed() >= TELL) {
            *told = Some(Instant::now());
            self.tell(queries, whole)?;
        }
        if whole {
            *search = None;
        }
        Some(())
    }

    fn some(&self, queries: Vec<String>, alerts: Vec<AlertId>) -> Option<()> {
        let documents = self.store.ask(|reply| StoreQuery::DocumentsOf(alerts, reply))?;
        let mut queries = prepared(queries, (self.clock)());
        match documents {
            Ok(documents) => look_at(&mut queries, &documents),
            Err(error) => return self.fail(&error),
        }
        self.tell(&mut queries, false)
    }

    fn tell(&self, queries: &mut [Answer], whole: bool) -> Option<()> {
        for answer in queries {
            let (query, found) = (answer.text.clone(), std::mem::take(&mut answer.found));
            if whole || !found.is_empty() {
                (self.outlet)(Update::Matched { query, found, whole }).then_some(())?;
            }
        }
        Some(())
    }

    fn fail(&self, error: &StoreError) -> Option<()> {
        (self.outlet)(Update::Notice(error.to_string())).then_some(())
    }
}

/// The queries, ready to be asked. The console has read them before: none is in error.
fn prepared(queries: Vec<String>, now: DateTime<Utc>) -> Vec<Answer> {
    let answer = |text: String| {
        let query = kql::compile_at(&text, event::schema(), now).ok()?;
        Some(Answer { text, prefilter: Prefilter::for_documents(&query), query, found: Vec::new() })
    };
    queries.into_iter().filter_map(answer).collect()
}

fn look_at(queries: &mut [Answer], documents: &[Documented]) {
    for Documented { id, ecs, .. } in documents {
        let document = LazyCell::new(|| EcsDocument::read(ecs));
        for answer in &mut *queries {
            let matches = answer.prefilter.skip(ecs.as_bytes()).is_none() && answer.query.matches(&*document);
            answer.found.push((id.clone(), matches));
        }
    }
}
