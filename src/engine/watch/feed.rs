//! The thread of a source that is asked for its events: it reads a page when it is given a turn, and puts the documents to
//! the rules as a reader does the records of a file. What is to be read once more, for rules that do not know it, is read
//! by a thread that lives for that: what arrives meanwhile does not wait behind it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::DateTime;
use crossbeam_channel::{Receiver, Sender};

use super::super::evaluate::Reading;
use super::super::window::Window;
use super::done::{Done, Of, PageDone, PageRead, Share};
use crate::cluster::{self, Client, Cursor, Failure, Hit, Narrowing, Page, Traffic};
use crate::detect::{Evaluation, RuleSet};
use crate::trail::RawRecord;

/// Reads a stretch of time, part by part, until it is told that this is enough.
pub(super) type Past =
    Box<dyn FnOnce(&Narrowing, Stop<'_>, &mut dyn FnMut(Vec<Hit>) -> ControlFlow<()>) -> Result<(), Failure> + Send>;

/// Whether nobody waits for the answer any more.
type Stop<'s> = &'s (dyn Fn() -> bool + Sync);

/// What is asked for events.
pub(super) trait Source: Send {
    /// The cluster's name in the configuration.
    fn name(&self) -> &str;
    /// The field that says when an event arrived.
    fn arrival(&self) -> &str;
    /// See [`cluster::Feed::next`].
    fn next(&mut self, narrowing: &Narrowing, stop: Stop<'_>) -> Result<Page, Failure>;
    /// Reads what was there before.
    fn past(&self) -> Past;
    fn traffic(&self) -> Traffic;
}

/// A cluster.
pub(super) struct Cluster {
    client: Client,
    feed: cluster::Feed,
}

impl Cluster {
    /// Goes on at these cursors.
    pub(super) fn new(client: Client, cursors: Vec<Cursor>) -> Self {
        Self { feed: cluster::Feed::new(client.clone(), cursors), client }
    }
}

impl Source for Cluster {
    fn name(&self) -> &str {
        self.client.name()
    }

    fn arrival(&self) -> &str {
        self.client.profile().timestamp.as_deref().unwrap_or("event.ingested")
    }

    fn next(&mut self, narrowing: &Narrowing, stop: Stop<'_>) -> Result<Page, Failure> {
        self.feed.next(narrowing, stop)
    }

    fn past(&self) -> Past {
        let client = self.client.clone();
        Box::new(move |narrowing, stop, each| {
            cluster::windows::search(&client, narrowing, u64::MAX, stop, &mut |window| each(window.hits)).map(drop)
        })
    }

    fn traffic(&self) -> Traffic {
        self.client.traffic()
    }
}

/// What is to be done next.
pub(super) struct Turn {
    pub rules: Arc<RuleSet>,
    pub narrowing: Arc<Narrowing>,
    pub task: Task,
}

pub(super) enum Task {
    /// Read on.
    Next,
    /// Read once more for those rules, by their places, that do not know what was there. Each part waits for its turn.
    Again { only: Arc<[bool]>, go: Receiver<()> },
}

/// A source, its place, and what its thread needs.
pub(super) struct Worker {
    pub place: usize,
    pub source: Box<dyn Source>,
    pub window: Window,
    pub stop: Arc<AtomicBool>,
    pub turns: Receiver<Turn>,
    pub done: Sender<Done>,
}

impl Worker {
    /// Starts the thread. It ends when there are no more turns; nothing waits for one that hangs in a request.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(self) -> std::io::Result<()> {
        std::thread::Builder::new().name("feed".into()).spawn(move || self.run()).map(drop)
    }

    fn run(mut self) {
        while let Ok(Turn { rules, narrowing, task }) = self.turns.recv() {
            let sent = match task {
                Task::Next => {
                    let (reading, page) = self.next(&rules, &narrowing);
                    self.done.send(Done { rules, reading, of: Of::Page(Box::new(page)) }).is_ok()
                }
                Task::Again { only, go } => self.again(rules, narrowing, only, go).is_ok(),
            };
            if !sent {
                break;
            }
        }
    }

    fn next(&mut self, rules: &RuleSet, narrowing: &Narrowing) -> (Reading, PageDone) {
        let mut reading = Reading::of(rules);
        let stop = Arc::clone(&self.stop);
        let page = self.source.next(narrowing, &|| stop.load(Ordering::Relaxed));
        let result = page.map(|page| {
            let Page { hits, cursors, progress, troubles } = page;
            let mut read = PageRead { cursors, progress, troubles, ..PageRead::default() };
            self.evaluate(&hits, rules, &mut reading, &mut read);
            read
        });
        (reading, PageDone { source: self.place, result, traffic: self.source.traffic() })
    }

    fn evaluate(&self, hits: &[Hit], rules: &RuleSet, reading: &mut Reading, read: &mut PageRead) {
        for (at, hit) in hits.iter().enumerate() {
            let bad = reading.bad_count;
            put(self.source.name(), hit, rules, &self.window, reading, |reading, event| {
                if !read.progress.narrowed {
                    reading.remember(event);
                }
                if at + 1 == hits.len() {
                    let arrived = event.get(self.source.arrival());
                    read.arrived = arrived.and_then(|text| Some(DateTime::parse_from_rfc3339(&text).ok()?.to_utc()));
                }
                let time = event.time().filter(|_| !reading.is_past());
                let Some(time) = time.map(|time| time.timestamp_micros()) else { return };
                if !read.shares.contains_key(&hit.index) {
                    read.shares.insert(Arc::clone(&hit.index), Share::default());
                }
                if let Some(share) = read.shares.get_mut(&hit.index) {
                    share.events += 1;
                    let (first, last) = share.span.unwrap_or((time, time));
                    share.span = Some((first.min(time), last.max(time)));
                }
            });
            if reading.bad_count > bad && read.unreadable.is_none() {
                let why = reading.bad.last().map_or("it cannot be read", |bad| bad.reason());
                read.unreadable = Some((Arc::clone(&hit.index), format!("document {}: {why}", hit.id)));
            }
        }
    }

    fn again(
        &self,
        rules: Arc<RuleSet>,
        narrowing: Arc<Narrowing>,
        only: Arc<[bool]>,
        go: Receiver<()>,
    ) -> std::io::Result<()> {
        let (source, name, window) = (self.place, self.source.name().to_owned(), self.window);
        let (past, done, stop) = (self.source.past(), self.done.clone(), Arc::clone(&self.stop));
        let thread = std::thread::Builder::new().name("feed again".into()).spawn(move || {
            let tell = |reading: Reading, ended| {
                done.send(Done { rules: Arc::clone(&rules), reading, of: Of::PageAgain { source, ended } }).is_ok()
            };
            let ended = past(&narrowing, &|| stop.load(Ordering::Relaxed), &mut |hits| {
                let mut reading = Reading::of(&rules);
                reading.evaluation = Evaluation::only(Arc::clone(&only));
                hits.iter().for_each(|hit| put(&name, hit, &rules, &window, &mut reading, |_, _| {}));
                if tell(reading, None) && go.recv().is_ok() {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
            // Fails only when nobody listens any more.
            let _ = tell(Reading::default(), Some(ended));
        });
        thread.map(drop)
    }
}

/// Puts a document to the rules, and shows its event to `look` before.
fn put(
    cluster: &str,
    hit: &Hit,
    rules: &RuleSet,
    window: &Window,
    reading: &mut Reading,
    mut look: impl FnMut(&mut Reading, &crate::event::Event<'_>),
) {
    let origin = hit.origin(cluster);
    let record = RawRecord { bytes: &hit.source, origin: &origin };
    reading.take(record, window, rules.geoip(), |reading, event, record| {
        look(reading, event);
        reading.detect(event, rules, record);
    });
}
