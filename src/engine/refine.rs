//! Looks at the log around every alert, in the background, the most important alerts first, and keeps what it finds with
//! them: which of them matter is known from the event alone at once, and better soon after.
//!
//! - Begins when the log has been read: what was never seen before, and who else was there, is not known until then. Only
//!   an alert of an older state, of which nothing is known, is looked at by itself before that.
//! - Goes through the log once for a batch of alerts; the first batches are small, so that what stands at the top is known
//!   first.
//! - Asks a cluster for what shares something with the alerts, for as many alerts at once as fit into one question, those
//!   that lie close together in time. What is around several of them (all calls that issue credentials, everybody at an
//!   address that many share) is sent once for each question: in 30 days of 200,000 events the questions for 5,562 alerts
//!   come to 0.4 million documents, where one for every 64 alerts came to 1.1.
//! - Gives way: on Linux its thread comes after all others, and the store is never held for more than
//!   [`CHUNK`] alerts. Files that are gone are no failure: it says what there was.

mod sights;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};

use self::sights::{Sights, opener};
use super::alert_queue::{Others, SharedQueue, Told};
use super::archive::Search;
use super::context::{self, Around, Context, Gathered};
use super::extent::Extent;
use super::sought::Sought;
use super::sources::{LogBegins, Sources};
use super::store_thread::Order;
use super::{Outlet, Phase, Update};
use crate::detect::AlertId;
use crate::event::Event;
use crate::investigate::{self, Assessment, Facts, Surroundings, Trace};
use crate::triage::{AlertRecords, AlertRow, Assessed, StoreQuery};

/// Alerts that the store hands out, and takes, at a time.
const CHUNK: usize = 250;
/// Alerts of the first batch, and how many times as many the next one has. The third holds all; where clusters are asked,
/// the second does.
const FIRST: usize = 64;
const FURTHER: usize = 16;
/// Alerts that are added to a question for a cluster before it is looked whether there is room for more.
const PART: usize = 25;
/// How long alerts are gathered while the log goes on.
const GATHER: Duration = Duration::from_millis(500);
/// Documents of a cluster that one look reads at most, the newest.
const DOCUMENTS: u64 = 1_000_000;
/// A look that takes long is followed by a rest this many times longer.
const SHARE: u32 = 2;
/// While there are alerts younger than this, the log is looked at again when it has grown: nearly all of it is delivered
/// within the hour, most within minutes.
const YOUNG: chrono::Duration = chrono::Duration::hours(1);
/// The rest before that, at least, and how many times longer than the look: it must cost next to nothing.
const REST: Duration = Duration::from_secs(2);
const RESTS: u32 = 20;
/// How long it rests where the state cannot be written.
const AGAIN: Duration = Duration::from_secs(2);
/// What the system is asked for: the thread comes after all others, and still gets on where a machine is never idle.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// What the thread is told, by the store thread and by the one that reads.
#[derive(Clone)]
pub(super) struct Ear {
    queue: SharedQueue,
    /// Whether what was there at the start has been read.
    is_read: Arc<AtomicBool>,
    wake: Sender<()>,
}

impl Ear {
    /// Hears what is told through this outlet, on its way to the other.
    pub(super) fn listen(&self, outlet: Outlet) -> Outlet {
        let Self { queue, is_read, wake } = self.clone();
        Arc::new(move |update| {
            let is_news = match &update {
                Update::Alerts(rows) => {
                    let told: Vec<Told> = rows.iter().map(Told::of).collect();
                    let mut queue = queue.lock();
                    told.into_iter().for_each(|told| queue.take(told));
                    true
                }
                Update::Health(health) => health.phase != Phase::Backlog && !is_read.swap(true, Ordering::Relaxed),
                _ => false,
            };
            if is_news {
                // Where it has been woken already, it will see this too.
                let _ = wake.try_send(());
            }
            outlet(update)
        })
    }

    pub(super) fn queue(&self) -> SharedQueue {
        self.queue.clone()
    }
}

/// The other end of an [`Ear`].
pub(super) struct Heard {
    queue: SharedQueue,
    is_read: Arc<AtomicBool>,
    woken: Receiver<()>,
}

pub(super) fn ear() -> (Ear, Heard) {
    let (wake, woken) = bounded(1);
    let ear = Ear { queue: SharedQueue::default(), is_read: Arc::default(), wake };
    let heard = Heard { queue: ear.queue.clone(), is_read: Arc::clone(&ear.is_read), woken };
    (ear, heard)
}

/// Starts the thread. It ends when the sender that this answers is dropped.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(sources: Sources, heard: Heard) -> std::io::Result<Sender<Infallible>> {
    let (end, ended) = bounded(0);
    let refiner = Refiner { sources, queue: heard.queue, is_read: heard.is_read, ended };
    std::thread::Builder::new().name("refine".into()).spawn(move || {
        // Where the system refuses, it is one thread among the others.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, NICE);
        refiner.run(&heard.woken)
    })?;
    Ok(end)
}

struct Refiner {
    sources: Sources,
    queue: SharedQueue,
    is_read: Arc<AtomicBool>,
    ended: Receiver<Infallible>,
}

impl Refiner {
    /// Ends with `None`, when the engine does.
    fn run(&self, woken: &Receiver<()>) -> Option<Infallible> {
        let (mut due, mut size) = (Instant::now(), FIRST);
        let (mut again, mut looked_at) = (Instant::now() + REST, 0);
        loop {
            let woken = match (self.has_work(), self.young().is_empty()) {
                (true, _) => woken.recv_deadline(due),
                (false, false) => woken.recv_deadline(again),
                (false, true) => woken.recv().map_err(Into::into),
            };
            if self.has_ended() || woken == Err(RecvTimeoutError::Disconnected) {
                return None;
            }
            self.first_look()?;
            let begun = Instant::now();
            if self.is_read.load(Ordering::Relaxed) && !self.queue.lock().is_empty() && due <= begun {
                let batch = self.queue.lock().next(size);
                self.refine(&batch, false)?;
                if self.queue.lock().is_empty() {
                    (due, size) = (Instant::now() + GATHER.max(begun.elapsed() * SHARE), FIRST);
                } else {
                    size = match size {
                        FIRST if !self.sources.archive.has_clusters() => FIRST * FURTHER,
                        _ => usize::MAX,
                    };
                }
            } else if again <= begun {
                let log = self.sources.archive.changes();
                if log != std::mem::replace(&mut looked_at, log) {
                    self.refine(&self.young(), true)?;
                }
                again = Instant::now() + REST.max(begun.elapsed() * RESTS);
            }
        }
    }

    /// Alerts of which the log may soon say more: what happened before them is delivered after them now and then. A replay
    /// has it all from the beginning.
    fn young(&self) -> Vec<AlertId> {
        let Sources { now, clock, .. } = &self.sources;
        if now.is_some() { Vec::new() } else { self.queue.lock().since(clock() - YOUNG) }
    }

    fn has_work(&self) -> bool {
        let queue = self.queue.lock();
        queue.has_bare() || (self.is_read.load(Ordering::Relaxed) && !queue.is_empty())
    }

    fn has_ended(&self) -> bool {
        self.ended.try_recv() == Err(TryRecvError::Disconnected)
    }

    /// Works out from their events what nothing is known of.
    fn first_look(&self) -> Option<()> {
        loop {
            let ids = self.queue.lock().next_bare(CHUNK);
            if ids.is_empty() {
                return Some(());
            }
            let mut assessed = Vec::new();
            for AlertRecords { row, raw, sequence } in self.records(&ids)? {
                let Ok(event) = Event::parse_with(raw.as_bytes(), &self.sources.geoip) else { continue };
                let facts = Facts::brief(&event);
                let around = Surroundings { late: row.late, ..Surroundings::default() };
                let found = investigate::findings(&facts, &around);
                let assessment = Assessment::new(row.risk_score, &found, Trace::of(&event, &facts));
                let records = sequence.iter().map(String::as_str);
                let assessment = assessment.with_events(row.risk_score, records, &self.sources.geoip);
                assessed.push(Assessed { alert: row.id, event_id: row.event_id, assessment });
            }
            self.put(assessed)?;
        }
    }

    /// Looks at the log around these alerts; `again`: at those too of which it is known what it said.
    fn refine(&self, mut ids: &[AlertId], again: bool) -> Option<()> {
        while !ids.is_empty() {
            let asks = self.sources.archive.has_clusters();
            let (mut context, mut times, mut count) = (Context::new(false), Vec::new(), 0);
            for part in ids.chunks(if asks { PART } else { CHUNK }) {
                if asks && context.is_full() {
                    break;
                }
                for AlertRecords { row, raw, .. } in self.records(part)? {
                    if let Ok(event) = Event::parse_with(raw.as_bytes(), &self.sources.geoip) {
                        context.want(&event);
                        times.push(row.time);
                    }
                }
                count += part.len();
            }
            let (these, rest) = ids.split_at(count);
            self.look(these, &context, times, again)?;
            ids = rest;
        }
        Some(())
    }

    fn look(&self, ids: &[AlertId], context: &Context, times: Vec<DateTime<Utc>>, again: bool) -> Option<()> {
        let mut gathered = Gathered::default();
        for (from, to) in spans(times) {
            self.gather(context, from, to, &mut gathered)?;
        }
        let known = Known { again, log: LogBegins::of(&self.sources)?, others: self.queue.lock().others() };
        ids.chunks(CHUNK).try_for_each(|part| self.put(self.assess(part, context, &gathered, &known)?))
    }

    fn gather(&self, context: &Context, from: DateTime<Utc>, to: DateTime<Utc>, gathered: &mut Gathered) -> Option<()> {
        let hint = context.hint();
        let search = Search {
            from,
            to: self.sources.until(to),
            geoip: &self.sources.geoip,
            threads: 1,
            most: Extent { documents: DOCUMENTS, ..Extent::ALL },
            begin: &|_| {},
            narrow: context.sought(Sought::default()).node(),
            may_matter: &|record| hint.may_matter(record),
            overtaken: &|| self.has_ended(),
        };
        let _gaps = self.sources.archive.search(
            &search,
            |made: &mut Gathered, event, _| context.take(made, event),
            |made, _| gathered.merge(made),
        )?;
        Some(())
    }

    fn assess(&self, ids: &[AlertId], context: &Context, gathered: &Gathered, known: &Known) -> Option<Vec<Assessed>> {
        let records = self.records(ids)?;
        let geoip = &self.sources.geoip;
        let sequences: HashMap<&AlertId, &[String]> =
            records.iter().map(|found| (&found.row.id, &*found.sequence)).collect();
        let events =
            records.iter().filter_map(|found| Some((&found.row, Event::parse_with(found.raw.as_bytes(), geoip).ok()?)));
        let events: Vec<(&AlertRow, Event<'_>)> = events.collect();
        // Of the others another console on the state was faster.
        let due = |row: &AlertRow| known.again || !row.assessment.refined;
        let around: Vec<Option<Around>> =
            events.iter().map(|(row, event)| due(row).then(|| context.around(gathered, event))).collect();
        let openers = around.iter().flatten().filter_map(|around| opener(&around.known).cloned());
        let sights = Sights::of(&self.sources, &events, openers)?;
        let assessed = events.iter().zip(around).map(|((row, event), around)| {
            let assessment = around.map_or_else(
                || row.assessment.clone(),
                |mut around| {
                    (around.known.late, around.known.log_begins) = (row.late, known.log.begins);
                    sights.say(row, event, &known.log, &mut around.known);
                    known.others.say(row, &mut around.known);
                    let records = sequences.get(&row.id).into_iter().copied().flatten().map(String::as_str);
                    around.assess(row.risk_score).with_events(row.risk_score, records, geoip)
                },
            );
            let is_news = !known.again || row.assessment != assessment;
            is_news.then(|| Assessed { alert: row.id.clone(), event_id: row.event_id.clone(), assessment })
        });
        Some(assessed.flatten().collect())
    }

    /// Leaves what cannot be read to the next start: the store thread says what is wrong with the state.
    fn records(&self, ids: &[AlertId]) -> Option<Vec<AlertRecords>> {
        if self.has_ended() {
            return None;
        }
        Some(self.sources.store.ask(|reply| StoreQuery::Records(ids.to_vec(), reply))?.unwrap_or_default())
    }

    /// Has the store keep it, and tell of it; where the state cannot be written, until it can be. `None` at the end.
    fn put(&self, assessed: Vec<Assessed>) -> Option<()> {
        if assessed.is_empty() {
            return Some(());
        }
        loop {
            let (done, is_done) = bounded(1);
            self.sources.store.orders.send(Order::Assess { assessed: assessed.clone(), done }).ok()?;
            if is_done.recv().ok()? {
                return Some(());
            }
            if self.ended.recv_timeout(AGAIN) == Err(RecvTimeoutError::Disconnected) {
                return None;
            }
        }
    }
}

/// Stretches of log to search for alerts of these times; those that overlap are one.
fn spans(mut times: Vec<DateTime<Utc>>) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    times.sort_unstable();
    let mut spans: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    for time in times {
        let (from, to) = (time - context::HABITS, time + context::ON);
        match spans.last_mut() {
            Some((_, until)) if *until >= from => *until = to,
            _ => spans.push((from, to)),
        }
    }
    spans
}

/// Facts from elsewhere than the log around an alert.
struct Known {
    again: bool,
    log: LogBegins,
    others: Others,
}
