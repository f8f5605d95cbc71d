//! The thread behind a watch: one loop that waits for hints, requests, room in the channel, and the time of the next
//! sweep.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, Sender, TryRecvError, TrySendError};

use super::hints::{Hint, Hints};
use super::outbox::Outbox;
use super::seen::Seen;
use super::{Known, Missing, Options, SeenFile, Sighting, Sweep};
use crate::trail::find::{FindProblem, Found, Names, is_unfinished, visit};
use crate::trail::stamp::FileStamp;

/// Files listed at most before it is known which of them were read.
const AHEAD: usize = 8192;

/// How long hints of files that are being written, and of folders, are gathered, so that each is seen once.
const GATHER: Duration = Duration::from_millis(10);

/// How soon after the first listing the first sweep comes, for what neither it nor the system has noticed: when a receiver
/// that knows most of what is listed has gone through it.
const FIRST_SWEEP: Duration = Duration::from_millis(250);

/// Least time from one regular sweep to the next, in times of the processor time it took: with what the system's own
/// notifications of a sweep cost, still less than a hundredth of a core.
const REST: u32 = 150;

/// The same in times of how long it took, which is more where files are far away or others use the machine.
const REST_WHEN_SLOW: u32 = 10;

/// Rest before a sweep that comes early because hints were lost, in times of the last sweep.
const REST_WHEN_LOST: u32 = 4;

/// Time between two attempts to be notified again.
const RETRY: Duration = Duration::from_secs(60);

/// What the owner of a watch asks for. That the owner is gone shows by its end of the channel.
#[derive(Debug)]
pub(super) enum Control {
    Waiting(PathBuf, Missing),
    Sweep,
}

/// A file that is waited for.
struct Waited {
    missing: Missing,
    stamp: FileStamp,
    due: Instant,
}

/// What the worker was woken by.
enum Happened {
    Nothing,
    Asked(Control),
    Hinted(Hint),
}

/// The owner, or the receiver of sightings, is gone.
struct Gone;

pub(super) struct Worker {
    roots: Vec<PathBuf>,
    options: Options,
    tx: Sender<Sighting>,
    control: Receiver<Control>,
    stop: Arc<AtomicBool>,
    hints: Hints,
    /// Notified, or when that was last tried.
    notified: Result<bool, Instant>,
    seen: Seen,
    outbox: Outbox,
    waited: HashMap<PathBuf, Waited>,
    gathered: BTreeSet<PathBuf>,
    gathered_until: Option<Instant>,
    next_sweep: Instant,
    /// When the last sweep ended, and how long it took.
    last_sweep: (Instant, Duration),
    /// Until then no sweep comes early again.
    hurried_until: Instant,
}

impl Worker {
    pub(super) fn new(
        roots: Vec<PathBuf>,
        options: Options,
        tx: Sender<Sighting>,
        control: Receiver<Control>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let now = Instant::now();
        Self {
            roots,
            options,
            tx,
            control,
            stop,
            hints: Hints::new(),
            notified: Ok(false),
            seen: Seen::default(),
            outbox: Outbox::default(),
            waited: HashMap::new(),
            gathered: BTreeSet::new(),
            gathered_until: None,
            next_sweep: now,
            last_sweep: (now, Duration::ZERO),
            hurried_until: now,
        }
    }

    pub(super) fn run(mut self, known: &Receiver<Known>) {
        // Beside the listing, as the system takes as long for one as for the other: what arrives from now on is noticed
        // by one of them, and waits for no sweep.
        let asking = self.begin_to_ask();
        if self.list(known).is_err() {
            return;
        }
        if let Some(Ok((hints, answer))) = asking.map(JoinHandle::join) {
            self.hints = hints;
            self.heed(answer);
        }
        self.next_sweep = Instant::now() + FIRST_SWEEP;
        while self.step().is_ok() {}
    }

    fn step(&mut self) -> Result<(), Gone> {
        match self.next()? {
            Happened::Nothing => {}
            Happened::Asked(Control::Waiting(path, missing)) => self.wait_for(path, missing),
            Happened::Asked(Control::Sweep) => self.next_sweep = Instant::now(),
            Happened::Hinted(hint) => self.take(hint),
        }
        let now = Instant::now();
        if self.gathered_until.is_some_and(|until| until <= now) {
            self.look_at_gathered();
        }
        self.look_at_waited(now);
        if self.next_sweep <= now {
            self.sweep()?;
        }
        Ok(())
    }

    /// Waits for the next thing to happen: a request, a hint, room in the channel (then something is sent), or a time.
    fn next(&mut self) -> Result<Happened, Gone> {
        let deadline = self.deadline();
        let mut select = Select::new();
        let control = select.recv(&self.control);
        let hint = select.recv(&self.hints.rx);
        let lost = select.recv(&self.hints.lost);
        if !self.outbox.is_empty() {
            select.send(&self.tx);
        }
        let Ok(ready) = select.ready_deadline(deadline) else { return Ok(Happened::Nothing) };
        if ready == control {
            match self.control.try_recv() {
                Ok(asked) => return Ok(Happened::Asked(asked)),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return Err(Gone),
            }
        } else if ready == hint {
            return Ok(self.hints.rx.try_recv().map_or(Happened::Nothing, Happened::Hinted));
        } else if ready == lost {
            return Ok(self.hints.lost.try_recv().map_or(Happened::Nothing, |()| Happened::Hinted(Hint::Lost)));
        } else {
            self.send_next()?;
        }
        Ok(Happened::Nothing)
    }

    fn send_next(&mut self) -> Result<(), Gone> {
        if let Some(sighting) = self.outbox.next() {
            match self.tx.try_send(sighting) {
                Ok(()) => {}
                Err(TrySendError::Full(sighting)) => self.outbox.first(sighting),
                Err(TrySendError::Disconnected(_)) => return Err(Gone),
            }
        }
        Ok(())
    }

    fn deadline(&self) -> Instant {
        let waited = self.waited.values().map(|waited| waited.due).min();
        [self.gathered_until, waited].into_iter().flatten().fold(self.next_sweep, Instant::min)
    }

    fn list(&mut self, known: &Receiver<Known>) -> Result<(), Gone> {
        let (mut found, mut news) = (Vec::new(), Vec::new());
        let mut seen = None;
        let mut tell = |found: &mut Vec<Found>| {
            let seen = seen.get_or_insert_with(|| {
                let mut seen = known.recv().map(Seen::from).unwrap_or_default();
                seen.begin_sweep();
                seen
            });
            news.extend(
                found.drain(..).filter(|file| seen.note(&file.path, file.stamp)).map(|file| (file.moment(), file)),
            );
        };
        // What could not be looked into is told with the first sweep.
        walk(&self.roots, &self.stop, &mut |file| {
            found.push(file);
            if found.len() >= AHEAD {
                tell(&mut found);
            }
        })?;
        tell(&mut found);
        self.seen = seen.unwrap_or_default();
        self.seen.end_sweep();
        news.sort_unstable_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.path.cmp(&other.path)));
        let files = news.into_iter().map(|(_, found)| SeenFile { first: true, ..self.sight(found) }).collect();
        self.outbox.news(Sighting::Listed(files));
        self.send_next()
    }

    fn sweep(&mut self) -> Result<(), Gone> {
        self.ask_for_hints();
        let (begun, worked) = (Instant::now(), processor_time());
        let mut found = Vec::new();
        let mut files = 0;
        self.seen.begin_sweep();
        let seen = &mut self.seen;
        let problems = walk(&self.roots, &self.stop, &mut |file| {
            files += 1;
            if seen.note(&file.path, file.stamp) {
                found.push(file);
            }
        })?;
        let some_gone = self.seen.end_sweep();
        for file in found {
            self.send(file);
        }
        let took = begun.elapsed();
        let worked = processor_time().saturating_sub(worked);
        let next = self.options.sweep.max(worked * REST).max(took * REST_WHEN_SLOW);
        self.last_sweep = (Instant::now(), took);
        self.next_sweep = self.last_sweep.0 + next;
        self.outbox.swept(Sweep { files, took, at: (self.options.clock)(), next, some_gone, problems });
        Ok(())
    }

    fn begin_to_ask(&self) -> Option<JoinHandle<(Hints, Result<(), String>)>> {
        if !self.options.notify {
            return None;
        }
        let roots = self.roots.clone();
        let ask = move || {
            let mut hints = Hints::new();
            let answer = hints.watch(&roots);
            (hints, answer)
        };
        // Without a thread the first sweep asks.
        thread::Builder::new().name("watch".to_owned()).spawn(ask).ok()
    }

    fn ask_for_hints(&mut self) {
        if self.options.notify && !self.notified.is_err_and(|tried| tried.elapsed() < RETRY) {
            let answer = self.hints.watch(&self.roots);
            self.heed(answer);
        }
    }

    fn heed(&mut self, answer: Result<(), String>) {
        match answer {
            Ok(()) if self.notified == Ok(true) => {}
            Ok(()) => {
                self.notified = Ok(true);
                self.outbox.news(Sighting::Notifying);
            }
            Err(why) => self.degrade(why),
        }
    }

    fn degrade(&mut self, why: String) {
        self.hints.stop();
        if self.notified.is_ok() {
            self.outbox.news(Sighting::Degraded(why));
        }
        self.notified = Err(Instant::now());
    }

    fn take(&mut self, hint: Hint) {
        match hint {
            Hint::Changed { path, ended } => {
                let patient = self.waited.get(&path).is_some_and(|waited| waited.missing == Missing::Whole);
                if ended && stat(&path).is_some() {
                    // Whole: there is nothing to gather.
                    self.gathered.remove(&path);
                    self.look_at(&path);
                } else if ended || !patient {
                    self.gathered.insert(path);
                    self.gathered_until.get_or_insert_with(|| Instant::now() + GATHER);
                }
            }
            Hint::Lost => self.sweep_soon(),
            Hint::Failed(why) => {
                self.degrade(why);
                self.sweep_soon();
            }
        }
    }

    /// Has the next sweep come early, but only one between two regular ones: a sweep over many folders can itself make
    /// the system lose hints.
    fn sweep_soon(&mut self) {
        if self.hurried_until <= Instant::now() {
            let (ended, took) = self.last_sweep;
            self.hurried_until = self.next_sweep;
            self.next_sweep = self.next_sweep.min(ended + took * REST_WHEN_LOST);
        }
    }

    fn look_at_gathered(&mut self) {
        self.gathered_until = None;
        for path in std::mem::take(&mut self.gathered) {
            self.look_at(&path);
        }
    }

    /// Looks at what a hint was about. Links are left to the sweep, which knows what they lead to.
    fn look_at(&mut self, path: &Path) {
        let under = self.roots.iter().find_map(|root| path.strip_prefix(root).ok());
        if under.is_none_or(|under| under.iter().any(is_unfinished)) {
            return;
        }
        match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() => self.check(Found::new(path.to_owned(), &metadata)),
            Ok(metadata) if metadata.is_dir() => {
                let mut found = Vec::new();
                // The owner going away shows in the next step; what cannot be looked into, in the next sweep.
                let _ = walk(&[path.to_owned()], &self.stop, &mut |file| found.push(file));
                for file in found {
                    self.check(file);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.waited.remove(path);
                self.outbox.gone(path.to_owned());
            }
            _ => {}
        }
    }

    fn check(&mut self, found: Found) {
        if self.seen.note(&found.path, found.stamp) {
            self.send(found);
        }
    }

    fn send(&mut self, found: Found) {
        self.waited.remove(&found.path);
        let file = self.sight(found);
        self.outbox.file(file);
    }

    /// How long ago a file changed last. Zero for one from the future.
    fn age(&self, found: &Found) -> Duration {
        let now = (self.options.clock)().timestamp_nanos_opt().unwrap_or(i64::MAX);
        Duration::from_nanos(u64::try_from(now.saturating_sub(found.changed_ns())).unwrap_or(0))
    }

    fn sight(&self, found: Found) -> SeenFile {
        let settled = self.age(&found) >= self.options.settle;
        SeenFile { path: found.path, stamp: found.stamp, seen_at: (self.options.clock)(), first: false, settled }
    }

    fn wait_for(&mut self, path: PathBuf, missing: Missing) {
        if let Some(found) = stat(&path) {
            let due = Instant::now() + self.options.settle.saturating_sub(self.age(&found));
            self.waited.insert(path, Waited { missing, stamp: found.stamp, due });
        }
    }

    fn look_at_waited(&mut self, now: Instant) {
        let due: Vec<PathBuf> =
            self.waited.iter().filter(|(_, waited)| waited.due <= now).map(|(path, _)| path.clone()).collect();
        for path in due {
            let Some(waited) = self.waited.remove(&path) else { continue };
            let Some(found) = stat(&path) else { continue };
            self.seen.note(&path, found.stamp);
            let settled = found.stamp == waited.stamp;
            let file = self.sight(found);
            self.outbox.file(SeenFile { settled: settled || file.settled, ..file });
        }
    }
}

fn stat(path: &Path) -> Option<Found> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|metadata| Found::new(path.to_owned(), &metadata))
}

/// Processor time this thread has used.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

/// Walks over the finished files, unless and until `stop` is set.
fn walk(roots: &[PathBuf], stop: &AtomicBool, each: &mut dyn FnMut(Found)) -> Result<Vec<FindProblem>, Gone> {
    let mut closed = Vec::new();
    let mut problems = visit(roots, Names::Finished, &mut |path, look| {
        match look() {
            Ok(metadata) => each(Found::new(path, &metadata)),
            // Gone between listing and looking.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => closed.push(FindProblem::of(path, &error)),
        }
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    problems.append(&mut closed);
    if stop.load(Ordering::Relaxed) { Err(Gone) } else { Ok(problems) }
}
