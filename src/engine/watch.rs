//! The live pipeline: sightings of files → jobs for the readers → alerts and marks for the keeper.
//!
//! One thread hands out the work and keeps the figures. New files go before the backlog, and of one file only one
//! reading is under way at a time. What the readers find is written in batches, at once when an alert is among it.

mod reader;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select, tick};

use self::reader::{Done, Job};
use super::archive::Archive;
use super::context::{self, Sources};
use super::evaluate::Window;
use super::keeper::{self, Desk, Findings};
use super::ledger::Ledger;
use super::{Engine, Outlet, Phase, Tally, Update, Watching};
use crate::detect::{Alert, RuleSet};
use crate::trail::ReadError;
use crate::trail::live::{LiveRead, Progress};
use crate::trail::watch::{self as sightings, Missing, SeenFile, Sighting, Watch, WatchError};
use crate::triage::{Found, Seen, SeenKind, Store};

/// How often figures are told and batches written.
const BEAT: Duration = Duration::from_millis(100);
/// Marks that make a batch worth writing before the next beat.
const BATCH: usize = 256;
/// First sights kept in memory, to write only what is news.
const SIGHTS: usize = 300_000;

/// How to watch.
#[derive(Debug)]
pub struct WatchOptions {
    /// The folders.
    pub folders: Vec<PathBuf>,
    /// Least time between two sweeps.
    pub sweep: Duration,
    /// Event times that count.
    pub window: Window,
    /// Reader threads.
    pub threads: usize,
    /// Whom to ask about an account: account id → text.
    pub contacts: BTreeMap<String, String>,
}

/// Why the live pipeline cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A folder cannot be watched.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Starts to watch, with what is found going into `store`.
///
/// # Errors
/// When a folder is not there, or the system gives no thread.
pub fn watch(options: WatchOptions, rules: RuleSet, store: Store, outlet: Outlet) -> Result<Engine, StartError> {
    let (sighted, sightings) = bounded(256);
    let settings = sightings::Options { sweep: options.sweep, ..sightings::Options::default() };
    let watch = Watch::start(&options.folders, settings, sighted)?;
    let running = rules.rules();
    outlet(Update::Rules(running.clone()));
    let (desk, keeper) = keeper::start(store, &running, outlet.clone())?;
    let ledger = Ledger::default();
    let sources = Sources {
        archive: Archive::Files(ledger.clone()),
        desk: desk.clone(),
        rules: running,
        contacts: options.contacts,
        threads: options.threads,
        now: None,
    };
    let (questions, context) = context::start(sources, outlet.clone())?;
    let rules = Arc::new(rules);
    let (jobs, job_box) = bounded(1);
    let (done, done_box) = bounded(options.threads * 2);
    let mut threads = Vec::new();
    for _ in 0..options.threads.max(1) {
        threads.push(reader::start(Arc::clone(&rules), options.window, job_box.clone(), done.clone())?);
    }
    let (stop, stopped) = bounded(0);
    let foreman = Foreman {
        watch,
        rules,
        jobs,
        desk: desk.clone(),
        outlet,
        ledger,
        tally: Tally::new(Utc::now()),
        fresh: VecDeque::new(),
        backlog: VecDeque::new(),
        under_way: HashMap::new(),
        findings: Findings::default(),
        sights: HashMap::new(),
        listed: None,
        first: 0,
    };
    let foreman = std::thread::Builder::new()
        .name("foreman".into())
        .spawn(move || foreman.run(&sightings, &done_box, &stopped))?;
    threads.insert(0, foreman);
    threads.extend([context, keeper]);
    Ok(Engine { desk: Some(desk), questions: Some(questions), playback: None, stop: Some(stop), threads })
}

struct Foreman {
    watch: Watch,
    rules: Arc<RuleSet>,
    jobs: Sender<Job>,
    desk: Desk,
    outlet: Outlet,
    ledger: Ledger,
    tally: Tally,
    fresh: VecDeque<SeenFile>,
    backlog: VecDeque<SeenFile>,
    /// Files being read, each with what was sighted of it since.
    under_way: HashMap<PathBuf, Option<SeenFile>>,
    findings: Findings,
    /// First sights that were written.
    sights: HashMap<(SeenKind, String), i64>,
    /// Files of the first listing, and how many of them have been sighted.
    listed: Option<u64>,
    first: u64,
}

impl Foreman {
    fn run(mut self, sightings: &Receiver<Sighting>, done: &Receiver<Done>, stopped: &Receiver<()>) {
        self.recall();
        let beat = tick(BEAT);
        loop {
            select! {
                recv(stopped) -> _ => break,
                recv(sightings) -> sighting => match sighting {
                    Ok(sighting) => self.sighted(sighting),
                    Err(_) => break,
                },
                recv(done) -> done => match done {
                    Ok(done) => self.done(done),
                    Err(_) => break,
                },
                recv(beat) -> _ => {
                    self.flush();
                    if !self.report() {
                        break;
                    }
                }
            }
            self.hand_out();
            if !self.findings.alerts.is_empty() || self.findings.marks.len() >= BATCH {
                self.flush();
            }
        }
        self.flush();
    }

    /// Takes up what an earlier run has read.
    fn recall(&mut self) {
        match self.desk.ask(Store::marks) {
            Some(Ok(marks)) => {
                let now = Utc::now();
                for mark in marks {
                    self.tally.recall(&mark, now);
                    self.ledger.put(mark);
                }
            }
            Some(Err(error)) => {
                (self.outlet)(Update::Notice(format!("what was read before is not known, and is read again: {error}")));
            }
            None => {}
        }
    }

    fn sighted(&mut self, sighting: Sighting) {
        match sighting {
            Sighting::Listed { files } => self.listed = Some(files),
            Sighting::Notifying => self.tally.watching(Watching::Notify),
            Sighting::Degraded(why) => self.tally.watching(Watching::SweepOnly(why)),
            Sighting::Swept(sweep) => {
                self.tally.quietly(|h| h.swept = Some(sweep.at));
                for problem in sweep.problems {
                    self.tally.problem(&problem.path, &problem.reason, true, sweep.at);
                }
            }
            Sighting::File(file) => {
                self.first += u64::from(file.first);
                let known = self.ledger.is_read(&file.path, file.stamp.size, file.stamp.mtime_ns);
                if known && !file.settled {
                    return;
                }
                if let Some(later) = self.under_way.get_mut(&file.path) {
                    *later = Some(file);
                } else if file.first {
                    self.backlog.push_back(file);
                } else {
                    self.fresh.push_back(file);
                }
            }
        }
    }

    /// Gives the readers work while they take any.
    fn hand_out(&mut self) {
        while let Some(file) = self.fresh.pop_front().or_else(|| self.backlog.pop_front()) {
            let path = file.path.clone();
            if let Some(later) = self.under_way.get_mut(&path) {
                *later = Some(file);
                continue;
            }
            let job = Job { prior: self.ledger.mark(&path), file };
            match self.jobs.try_send(job) {
                Ok(()) => {
                    self.under_way.insert(path, None);
                }
                Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => {
                    let queue = if job.file.first { &mut self.backlog } else { &mut self.fresh };
                    queue.push_front(job.file);
                    break;
                }
            }
        }
        let listing = self.listed.unwrap_or(0).saturating_sub(self.first);
        let pending = (self.fresh.len() + self.backlog.len() + self.under_way.len()) as u64 + listing;
        self.tally.pending(pending);
        if pending == 0 && self.listed.is_some() {
            self.tally.phase(Phase::Live);
        }
    }

    fn done(&mut self, done: Done) {
        let Done { job, result, mut reading } = done;
        let path = &job.file.path;
        if let Some(Some(later)) = self.under_way.remove(path) {
            self.fresh.push_back(later);
        }
        let now = Utc::now();
        match result {
            Ok(LiveRead::Unchanged { waiting }) => {
                if waiting {
                    self.watch.waiting(path, Missing::Tail);
                }
            }
            Ok(LiveRead::Waiting(_)) => self.watch.waiting(path, Missing::Whole),
            Ok(LiveRead::Read(progress)) => {
                let Progress { mut mark, restarted, bad, bad_total, waiting, .. } = *progress;
                if waiting {
                    self.watch.waiting(path, Missing::Tail);
                }
                mark.records = mark.records.saturating_sub(reading.bad_count);
                mark.bad += reading.bad_count;
                mark.first_event = [mark.first_event, reading.first].into_iter().flatten().min();
                mark.last_event = [mark.last_event, reading.last].into_iter().flatten().max();
                self.tally.read(&mark, job.prior.as_ref(), restarted, reading.events, now);
                if let Some(first) = bad.iter().chain(&reading.bad).min_by_key(|b| b.offset) {
                    let count = bad_total + reading.bad_count;
                    let reason = format!("{count} bad records, the first at byte {}: {}", first.offset, first.reason);
                    if mark.problem.is_none() {
                        self.tally.problem(path, &reason, false, now);
                    }
                }
                if !job.file.first {
                    let lag = (now - job.file.seen_at).num_milliseconds() as f64 / 1000.0;
                    self.tally.set(|h| h.lag = Some(lag.max(0.0)));
                }
                let seen = reading.seen();
                self.sights(seen);
                let alerts = std::mem::take(&mut reading.alerts);
                for alert in alerts {
                    let found = self.found(alert, !job.file.first);
                    self.findings.alerts.push(found);
                }
                self.ledger.put(mark.clone());
                self.findings.marks.push(mark);
            }
            // A file that went away before it was read is no failure of reading.
            Err(ReadError::Missing { .. }) => {}
            Err(error) => self.tally.problem(path, &error.to_string(), true, now),
        }
    }

    fn found(&self, alert: Alert, live: bool) -> Found {
        let found = Utc::now();
        let look_back = self.rules.rule(&alert.rule_id).map(|rule| rule.look_back());
        let late = live && look_back.is_some_and(|look_back| found - alert.time > look_back);
        Found { alert, found, late, held: false }
    }

    /// Passes on first sights that are news.
    fn sights(&mut self, seen: Vec<Seen>) {
        for seen in seen {
            let first = seen.first.timestamp_micros();
            let key = (seen.kind, seen.value.clone());
            let room = self.sights.len() < SIGHTS;
            match self.sights.get_mut(&key) {
                Some(known) if *known <= first => continue,
                Some(known) => *known = first,
                None if room => {
                    self.sights.insert(key, first);
                }
                None => {}
            }
            self.findings.seen.push(seen);
        }
    }

    fn flush(&mut self) {
        if !self.findings.is_empty() {
            // Waits while the keeper is behind: reading must not outrun the disk that remembers it.
            let _ = self.desk.findings.send(std::mem::take(&mut self.findings));
        }
    }

    /// Whether anybody still listens.
    fn report(&mut self) -> bool {
        self.tally.take().is_none_or(|health| (self.outlet)(Update::Health(Box::new(health))))
    }
}
