//! Any question to the log: the events that match a query, counts over time, and the values of fields that come most
//! often. On a thread of its own, by reading the files again, the newest first; what is known so far is told a few
//! times a second, and a newer question, or nobody waiting any more, breaks a search off.
//!
//! Memory is bounded whatever the log holds: so many events are kept and the others counted ([`Explored::matched`]),
//! values past a bound are counted roughly and say so ([`Values::off_by`]). An event that was delivered twice counts
//! once. One without a time lies in no window and is not found.

mod counts;
mod gather;
mod values;

use crate::query::kql;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, Sender, unbounded};

pub use counts::{Bars, Counts};
pub use values::Values;

use self::gather::{Delivered, Gathered, Oldest};
use super::archive::{Archive, Search};
use super::window::Window;
use super::{Outlet, Update};
use crate::detect::Prefilter;
use crate::event::{self, GeoIp};
use crate::trail::Envelope;

/// Events that are kept, the newest.
pub const LISTED: usize = 1_000;

/// How often is told what is known so far.
const BEAT: Duration = Duration::from_millis(250);

/// A question to the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Comes back in [`Explored::ticket`].
    pub ticket: u64,
    /// KQL.
    pub query: String,
    /// At or after this.
    pub since: Option<DateTime<Utc>>,
    /// Before this.
    pub until: Option<DateTime<Utc>>,
    /// What the query calls `now`.
    pub now: DateTime<Utc>,
    /// The fields whose values are counted.
    pub fields: Vec<String>,
}

/// What is known of an answer so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explored {
    /// The question's ticket.
    pub ticket: u64,
    /// Files that were searched.
    pub files: u64,
    /// Files that are searched in all.
    pub of: u64,
    /// Whether the search has come to its end.
    pub done: bool,
    /// Events that match.
    pub matched: u64,
    /// The newest of them, the newest first; at most [`LISTED`].
    pub events: Vec<FoundEvent>,
    /// How many there were when.
    pub counts: Counts,
    /// The values of the fields that were asked for, in that order.
    pub values: Vec<Values>,
    /// What the search could not cover, as a sentence.
    pub gaps: Option<String>,
}

/// An event that matches. Text is as the log gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundEvent {
    /// Where it lies.
    pub spot: RecordSpot,
    /// Its time.
    pub time: DateTime<Utc>,
    /// What was called.
    pub action: String,
    /// Of which service, `event.provider`.
    pub provider: String,
    /// `success`, `failure` …
    pub outcome: String,
    /// The error code, where there is one.
    pub error: Option<String>,
    /// Who, as the table of alerts shows it.
    pub actor: String,
    /// A field and its value that find the actor's other events.
    pub actor_field: Option<(&'static str, String)>,
    /// From where.
    pub source: String,
    /// In which region.
    pub region: String,
}

/// Where a record lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSpot {
    /// The file.
    pub path: Arc<Path>,
    /// Offset in its content, after decompression.
    pub offset: u64,
    /// What it lay in, where it did not stand there by itself.
    pub envelope: Option<Envelope>,
    /// The event's id.
    pub event_id: String,
}

/// One record, read again.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadRecord {
    /// Where it lies.
    pub spot: RecordSpot,
    /// The raw record and its ECS document; `None` where it is no longer there.
    pub found: Option<(serde_json::Value, serde_json::Value)>,
}

/// What reaches the thread.
pub(super) enum Asked {
    Question(Question),
    /// Nobody waits for the answer any more.
    Stop,
    /// Break off, and end.
    End,
}

/// What the thread needs to know.
pub(super) struct Explorer {
    /// Where events lie.
    pub archive: Archive,
    /// The databases with which events are read.
    pub geoip: GeoIp,
    /// Event times that the run looks at.
    pub window: Window,
    /// Threads for a search.
    pub threads: usize,
    /// On a replay: events after this have not happened yet.
    pub now: Option<Arc<RwLock<DateTime<Utc>>>>,
}

/// Starts the thread. It ends at [`Asked::End`].
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(explorer: Explorer, outlet: Outlet) -> std::io::Result<Sender<Asked>> {
    let (asks, inbox) = unbounded();
    std::thread::Builder::new().name("explore".into()).spawn(move || explorer.run(&outlet, &inbox))?;
    Ok(asks)
}

impl Explorer {
    fn run(&self, outlet: &Outlet, inbox: &Receiver<Asked>) {
        let overtaken = || !inbox.is_empty();
        while let Ok(mut asked) = inbox.recv() {
            // Only the newest question is waited for.
            while let Ok(newer) = inbox.try_recv() {
                asked = newer;
            }
            match asked {
                Asked::Question(question) => {
                    if !self.answer(&question, outlet, &overtaken) {
                        break;
                    }
                }
                Asked::Stop => {}
                Asked::End => break,
            }
        }
    }

    /// Searches, and tells what is found. Whether anybody listens.
    fn answer(&self, question: &Question, outlet: &Outlet, overtaken: &(dyn Fn() -> bool + Sync)) -> bool {
        let query = match kql::compile_at(&question.query, event::schema(), question.now) {
            Ok(query) => query,
            Err(error) => return outlet(Update::Notice(error.to_diagnostic().to_string())),
        };
        let prefilter = Prefilter::new([&query]);
        let (from, to, mut gaps) = self.window(question);
        let files = AtomicU64::new(0);
        let search = Search {
            from,
            to,
            geoip: &self.geoip,
            threads: self.spare_threads(),
            most: usize::MAX,
            begin: &|of| files.store(of, Ordering::Relaxed),
            // One large file must not hold up whoever asked something else meanwhile.
            may_matter: &|bytes| prefilter.as_ref().is_none_or(|prefilter| prefilter.may_match(bytes)),
            overtaken,
        };
        let (delivered, fields) = (Delivered::default(), question.fields.as_slice());
        let (mut gathered, oldest) = (Gathered::default(), Oldest::default());
        let (mut done, mut told, mut listening) = (0, Instant::now(), true);
        let covered = self.archive.search(
            &search,
            |made: &mut Gathered, event, spot| {
                if query.matches(event) && delivered.is_new(&event.distinct_id()) {
                    made.add(event, spot, fields, &oldest);
                }
            },
            |made| {
                gathered.merge(made, &oldest);
                done += 1;
                if told.elapsed() >= BEAT {
                    told = Instant::now();
                    let so_far = Explored { files: done, of: files.load(Ordering::Relaxed), ..gathered.told(fields) };
                    listening &= outlet(Update::Explored(Box::new(Explored { ticket: question.ticket, ..so_far })));
                }
            },
        );
        let Some(uncovered) = covered else { return listening };
        gaps.extend(uncovered);
        gaps.extend(delivered.gap());
        let whole = Explored {
            ticket: question.ticket,
            files: done,
            of: files.load(Ordering::Relaxed),
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
