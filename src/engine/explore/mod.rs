//! Any question to the log: the events that match a query, counts over time, and the values of fields that come most
//! often. On a thread of its own, by reading the files again, the newest first; what is known so far is told a few
//! times a second, and a newer question, or nobody waiting any more, breaks a search off.
//!
//! Memory is bounded whatever the log holds: so many events are kept and the others counted ([`Explored::matched`]),
//! values past a bound are counted roughly and say so ([`Values::off_by`]). An event that was delivered twice counts
//! once. One without a time lies in no window and is not found.

mod gather;

use crate::query::kql;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, Sender, unbounded};

use self::gather::{Delivered, Gathered, Oldest};
use super::archive::{Archive, Search};
use super::extent::Extent;
use super::window::Window;
use super::{Explored, Outlet, Question, Update};
use crate::detect::Prefilter;
use crate::event::{self, GeoIp};

/// How often is told what is known so far.
const BEAT: Duration = Duration::from_millis(250);

/// What the thread is told.
pub(super) enum ExploreRequest {
    Ask(Question),
    /// Nobody waits for the answer any more.
    Stop,
    End,
}

/// What the thread needs to know.
pub(super) struct Explorer {
    pub archive: Archive,
    /// The databases with which events are read.
    pub geoip: GeoIp,
    /// Event times that the run looks at.
    pub window: Window,
    pub threads: usize,
    /// On a replay: events after this have not happened yet.
    pub now: Option<Arc<RwLock<DateTime<Utc>>>>,
}

/// Starts the thread. It ends at [`ExploreRequest::End`].
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(explorer: Explorer, outlet: Outlet) -> std::io::Result<Sender<ExploreRequest>> {
    let (requests, inbox) = unbounded();
    std::thread::Builder::new().name("explore".into()).spawn(move || explorer.run(&outlet, &inbox))?;
    Ok(requests)
}

impl Explorer {
    fn run(&self, outlet: &Outlet, inbox: &Receiver<ExploreRequest>) {
        let overtaken = || !inbox.is_empty();
        while let Ok(mut request) = inbox.recv() {
            // Only the newest question is waited for.
            while let Ok(newer) = inbox.try_recv() {
                request = newer;
            }
            match request {
                ExploreRequest::Ask(question) => {
                    if !self.answer(&question, outlet, &overtaken) {
                        break;
                    }
                }
                ExploreRequest::Stop => {}
                ExploreRequest::End => break,
            }
        }
    }

    /// Searches, and tells what is found. Whether anybody listens.
    fn answer(&self, question: &Question, outlet: &Outlet, overtaken: &(dyn Fn() -> bool + Sync)) -> bool {
        let query = match kql::compile_at(&question.query, event::schema(), question.now) {
            Ok(query) => query,
            Err(error) => return outlet(Update::Notice(error.to_diagnostic().to_string())),
        };
        let prefilter = Prefilter::for_query(&query);
        let (from, to, mut gaps) = self.window(question);
        let of = Mutex::new(Extent::default());
        let all = || *of.lock().unwrap_or_else(PoisonError::into_inner);
        let search = Search {
            from,
            to,
            geoip: &self.geoip,
            threads: self.spare_threads(),
            most: Extent::ALL,
            begin: &|more| *of.lock().unwrap_or_else(PoisonError::into_inner) = more,
            narrow: kql::parse(&question.query).ok(),
            // One large file must not hold up whoever asked something else meanwhile.
            may_matter: &|bytes| prefilter.skip(bytes).is_none(),
            overtaken,
        };
        let (delivered, fields) = (Delivered::default(), question.fields.as_slice());
        let (mut gathered, oldest) = (Gathered::default(), Oldest::default());
        let (mut read, mut told, mut listening) = (Extent::default(), Instant::now(), true);
        let covered = self.archive.search(
            &search,
            |made: &mut Gathered, event, origin| {
                if query.matches(event) && delivered.is_new(&event.distinct_id()) {
                    made.add(event, origin, fields, &oldest);
                }
            },
            |made, portion| {
                gathered.merge(made, &oldest);
                read += portion;
                if told.elapsed() >= BEAT {
                    told = Instant::now();
                    let so_far = Explored { read, of: all(), ..gathered.told(fields) };
                    listening &= outlet(Update::Explored(Box::new(Explored { ticket: question.ticket, ..so_far })));
                }
            },
        );
        let Some(uncovered) = covered else { return listening };
        gaps.extend(uncovered);
        gaps.extend(delivered.gap());
        let whole = Explored {
            ticket: question.ticket,
            read,
            of: all(),
            done: true,
            gaps: (!gaps.is_empty()).then(|| gaps.join("; ")),
            ..gathered.told(fields)
        };
        listening && outlet(Update::Explored(Box::new(whole)))
    }

    /// From when to when is searched, and what of the question that leaves out.
    fn window(&self, question: &Question) -> (DateTime<Utc>, DateTime<Utc>, Vec<String>) {
        let (mut from, mut to, mut gaps) = (question.since, question.until, Vec::new());
        let time = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M:%SZ").to_string();
        if let Some(since) = self.window.since
            && from.is_none_or(|from| from < since)
        {
            from = Some(since);
            gaps.push(format!("only events since {} are looked at in this run", time(since)));
        }
        if let Some(until) = self.window.until
            && to.is_none_or(|to| to > until)
        {
            to = Some(until);
            gaps.push(format!("only events before {} are looked at in this run", time(until)));
        }
        let present = self.now.as_ref().and_then(|now| now.read().ok().map(|now| *now));
        let present = present.map(|now| now.checked_add_signed(chrono::Duration::milliseconds(1)).unwrap_or(now));
        let to = [to, present].into_iter().flatten().min().unwrap_or(DateTime::<Utc>::MAX_UTC);
        (from.unwrap_or(DateTime::<Utc>::MIN_UTC), to, gaps)
    }

    /// One core stays free for the analyst.
    fn spare_threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.min(cores.saturating_sub(1)).max(1)
    }
}
