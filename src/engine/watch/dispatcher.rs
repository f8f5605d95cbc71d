//! The thread that hands out the work and keeps the figures. New files go before the backlog, wherever something waits,
//! and of one file only one reading is under way at a time. What the readers find is written in batches, small enough
//! for an alert not to wait long behind one, and as soon as the store is free when an alert is among it.

mod names;
mod pages;
mod results;
mod sighted;
mod upkeep;

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time;

use chrono::Duration;
use crossbeam_channel::{Receiver, SendError, Sender, bounded, never, select_biased, tick};

use super::super::checkpoints::Checkpoints;
use super::super::closings::Closings;
use super::super::first_seen::FirstSeenFilter;
use super::super::metrics::Metrics;
use super::super::store_thread::{Findings, StoreHandle};
use super::super::window::Window;
use super::super::{Clock, Outlet, Phase, RuleBook, Update};
use super::done::Done;
use super::feeds::Feeds;
use super::memory::Memory;
use super::reader::{Job, NewFile, Readers, Task};
use crate::trail::FileId;
use crate::trail::watch::{Known, SeenFile, Sighting, Watch};

/// How often figures are told and batches written.
const BEAT: time::Duration = time::Duration::from_millis(100);
/// Marks that make a batch worth writing before the next beat.
const BATCH: usize = 256;
/// First sights that make one: they take the store some milliseconds.
const SIGHTS: usize = 2048;
/// Batches that wait for the store before the backlog pauses; new files are read until there are twice as many.
const WAITING: usize = 4;
/// New files that wait here at most; the others wait where they are found, each only once.
const QUEUE: usize = 256;
/// How long the end waits for the store to take what was found last.
const PATIENCE: time::Duration = time::Duration::from_secs(2);

/// Hands out the work and keeps the figures.
pub(super) struct Dispatcher {
    /// Told once what was read before: the watch waits for that, so it goes first.
    knows: Option<Sender<Known>>,
    /// None where no folder is watched.
    watch: Option<Watch>,
    window: Window,
    book: Arc<RuleBook>,
    /// The rules that are being read by, as a number of the book's.
    generation: u64,
    memory: Memory,
    readers: Readers,
    feeds: Feeds,
    store: StoreHandle,
    closings: Closings,
    clock: Clock,
    outlet: Outlet,
    checkpoints: Checkpoints,
    tally: Metrics,
    fresh: VecDeque<SeenFile>,
    backlog: VecDeque<SeenFile>,
    /// Files being read, each with what was sighted of it since.
    under_way: HashMap<PathBuf, UnderWay>,
    findings: Findings,
    /// Whether they are to be handed over as soon as the store is free.
    due: bool,
    sights: FirstSeenFilter,
    /// How far back from the window files are read, for rules that remember.
    back: Duration,
    /// Older files, which are read when what is remembered turns out to hang on them.
    left_out: Vec<SeenFile>,
    /// Files that have arrived since and are not read: each is seen more than once while it is written, and counts once.
    passed_by: HashSet<PathBuf>,
    is_sure: bool,
    /// Whether the first listing is there.
    listed: bool,
    /// How many files of it are being read.
    first_under_way: usize,
    /// Whether a sweep has ended.
    swept: bool,
}

/// What a dispatcher is told.
pub(super) struct Inbox {
    pub sightings: Receiver<Sighting>,
    pub done: Receiver<Done>,
    /// An analyst wants to see what is new now.
    pub hurry: Receiver<()>,
    /// Disconnected at the end.
    pub stopped: Receiver<()>,
}

/// A file that is being read.
struct UnderWay {
    id: FileId,
    /// What was sighted of it since, under its name or another.
    later: Vec<SeenFile>,
    /// Whether its name was said to be gone since.
    gone: bool,
}

impl UnderWay {
    fn then(&mut self, file: SeenFile) {
        self.later.retain(|later| later.path != file.path);
        self.later.push(file);
    }
}

impl Dispatcher {
    pub(super) fn new(
        watched: Option<(Sender<Known>, Watch)>,
        (window, clock): (Window, Clock),
        book: Arc<RuleBook>,
        readers: Readers,
        store: StoreHandle,
        checkpoints: Checkpoints,
        outlet: Outlet,
    ) -> Self {
        // The number first: rules that change in between are taken up once more.
        let generation = book.changed();
        let memory = Memory::new(book.current(), &window);
        let (knows, watch) = watched.unzip();
        Self {
            listed: watch.is_none(),
            knows,
            watch,
            window,
            back: memory.rules().look_back(),
            left_out: Vec::new(),
            passed_by: HashSet::new(),
            is_sure: false,
            memory,
            book,
            generation,
            readers,
            feeds: Feeds::default(),
            store,
            closings: Closings::default(),
            outlet,
            checkpoints,
            tally: Metrics::new(clock()),
            clock,
            fresh: VecDeque::new(),
            backlog: VecDeque::new(),
            under_way: HashMap::new(),
            findings: Findings::default(),
            due: false,
            sights: FirstSeenFilter::default(),
            first_under_way: 0,
            swept: false,
        }
    }

    /// Heeds what is noted here of alerts that are closed.
    pub(super) fn heeding(self, closings: Closings) -> Self {
        Self { closings, ..self }
    }

    /// Reads these sources, too.
    pub(super) fn feeding(self, feeds: Feeds) -> Self {
        Self { feeds, ..self }
    }

    pub(super) fn run(mut self, inbox: &Inbox) {
        let Inbox { sightings, done, hurry, stopped } = inbox;
        self.recall();
        let (beat, nothing_new) = (tick(BEAT), never());
        let store = self.store.findings.clone();
        let (not_yet, _kept_open) = bounded(0);
        loop {
            let sightings = if self.takes_more() { sightings } else { &nothing_new };
            let store = if self.due { &store } else { &not_yet };
            select_biased! {
                recv(stopped) -> _ => break,
                recv(hurry) -> hurry => match hurry {
                    Ok(()) => self.hurry(),
                    Err(_) => break,
                },
                recv(beat) -> _ => {
                    self.heed_closings();
                    self.due = !self.findings.is_empty();
                    if !self.report() {
                        break;
                    }
                },
                send(store, std::mem::take(&mut self.findings)) -> sent => {
                    self.due = false;
                    if let Err(SendError(findings)) = sent {
                        self.findings = findings;
                        break;
                    }
                },
                recv(sightings) -> sighting => match sighting {
                    Ok(sighting) => self.sighted(sighting),
                    Err(_) => break,
                },
                recv(done) -> done => match done {
                    Ok(done) => self.done(done),
                    Err(_) => break,
                },
            }
            self.reach_back();
            self.hand_out();
            self.memory.settle(self.is_ready(), false, &mut self.findings);
            let news = !self.findings.alerts.is_empty() || !self.findings.turned.is_empty();
            self.due |= news || self.batches() > 0;
        }
        // Waits for a store that is busy, and not for one that cannot be written.
        let _ = self.store.findings.send_timeout(self.findings, PATIENCE);
    }

    /// Whether the first listing has been read.
    pub(super) fn is_ready(&self) -> bool {
        self.listed && self.backlog.is_empty() && self.first_under_way == 0 && self.feeds.are_ready()
    }

    /// Turns to older files, when all others have been read, where what is remembered hangs on them.
    fn reach_back(&mut self) {
        while !self.is_sure && self.is_ready() {
            let needed = self.memory.rules().look_back();
            let from = self.window.reaching(self.back).since;
            let hangs = from.is_some_and(|from| needed > self.back || !self.memory.is_sure(from));
            if !hangs || self.left_out.is_empty() {
                self.is_sure = true;
                return;
            }
            self.back = needed.max(self.back.checked_mul(2).unwrap_or(Duration::MAX));
            let files = std::mem::take(&mut self.left_out);
            self.tally.set(|h| h.unopened -= files.len() as u64);
            for file in files {
                self.passed_by.remove(&file.path);
                self.seen(file);
            }
        }
    }

    /// Gives the readers work while they take any.
    pub(super) fn hand_out(&mut self) {
        self.adopt();
        // What was found waits for the store: reading must not outrun the disk that remembers it.
        while let Some(file) = self.next() {
            let (path, id, first) = (file.path.clone(), file.stamp.id(), file.first);
            // Under another name too: what is read of it is not to be read again.
            let same = |(of, under_way): &(&PathBuf, &mut UnderWay)| **of == path || under_way.id == id;
            if let Some((_, under_way)) = self.under_way.iter_mut().find(same) {
                under_way.then(file);
                continue;
            }
            let prior = self.checkpoints.get(&path);
            // Another file may have its name now, and it the name of another.
            let mut elsewhere = self.checkpoints.of_id(id);
            elsewhere.retain(|known| known.path() != path);
            match self.try_read(Task::New(Box::new(NewFile { file, prior, elsewhere }))) {
                None => {
                    self.first_under_way += usize::from(first);
                    self.under_way.insert(path, UnderWay { id, later: Vec::new(), gone: false });
                }
                Some(Task::New(new)) => {
                    self.queue(first).push_front(new.file);
                    break;
                }
                Some(Task::Again { .. }) => break,
            }
        }
        while self.batches() < WAITING
            && self.fresh.is_empty()
            && self.backlog.is_empty()
            && let Some((path, only)) = self.memory.next(&self.checkpoints)
        {
            if let Some(Task::Again { path, .. }) = self.try_read(Task::Again { path, only }) {
                self.memory.put_back(path);
                break;
            }
        }
        if self.batches() < WAITING {
            self.feed();
        }
        let pending = (self.fresh.len() + self.backlog.len() + self.under_way.len()) as u64;
        self.tally.pending(pending + self.memory.pending());
        if pending == 0 && self.listed && self.feeds.are_ready() && self.tally.phase(Phase::Live) {
            // Whether anybody listens shows at the next beat.
            self.report();
        }
    }

    /// Where a file waits, and the first listing is not read before it.
    fn queue(&mut self, first: bool) -> &mut VecDeque<SeenFile> {
        if first { &mut self.backlog } else { &mut self.fresh }
    }

    /// The next file to read.
    fn next(&mut self) -> Option<SeenFile> {
        let batches = self.batches();
        let fresh = if batches < 2 * WAITING { self.fresh.pop_front() } else { None };
        fresh.or_else(|| if batches < WAITING { self.backlog.pop_front() } else { None })
    }

    /// What was found and waits, in batches.
    fn batches(&self) -> usize {
        self.findings.len() / BATCH + self.findings.seen.len() / SIGHTS
    }

    /// As many findings as make the backlog wait.
    #[cfg(test)]
    pub(super) fn wait_for_the_store(&mut self) {
        let seen = crate::triage::FirstSeen {
            kind: crate::triage::FirstSeenKind::Actor,
            value: String::new(),
            first: chrono::DateTime::UNIX_EPOCH,
        };
        self.findings.seen = vec![seen; WAITING * SIGHTS];
    }

    /// The figures as they are.
    #[cfg(test)]
    pub(super) fn figures(&mut self) -> crate::engine::Health {
        self.tally.set(|_| {});
        self.tally.take().unwrap()
    }

    /// What is on its way to the state.
    #[cfg(test)]
    pub(super) fn take_findings(&mut self) -> Findings {
        std::mem::take(&mut self.findings)
    }

    /// Gives a reader something to do, or the task back when enough are busy.
    fn try_read(&mut self, task: Task) -> Option<Task> {
        self.readers.give(Job { rules: Arc::clone(self.memory.rules()), task })
    }

    fn report(&mut self) -> bool {
        self.memory.count();
        if let Some(lost) = self.memory.lost() {
            self.tally.set(|h| h.warnings = lost);
        }
        if let Some(sources) = self.feeds.take_health() {
            self.tally.set(|h| h.sources = sources);
        }
        self.tally.take().is_none_or(|health| (self.outlet)(Update::Health(Box::new(health))))
    }
}
