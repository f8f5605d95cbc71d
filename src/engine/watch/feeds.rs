//! The sources that are asked for their events: whose turn it is, how far each was read, and what is to be said of it.
//!
//! - A source is asked again as soon as there is room when its last page was not the end; else after a pause, which grows
//!   while nothing new comes, and at once when an analyst asks for it.
//! - One that does not answer is asked again after longer and longer pauses. It holds nothing else up: it counts as caught
//!   up as soon as it has failed, and what it has is read when it answers.

mod kept;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Sender, bounded};

use self::kept::Kept;
use super::super::archive::Arrivals;
use super::super::window::Window;
use super::super::{SourceHealth, SourceTrouble, narrow};
use super::done::{Done, PageRead, Share};
use super::feed::{Source, Task, Turn, Worker};
use crate::cluster::{Cursor, Failure, Narrowing, Traffic};
use crate::detect::RuleSet;

/// How far back a cluster is read once more for a rule that is new to the state, beside what the rule looks back.
const AGAIN: chrono::Duration = chrono::Duration::days(1);
/// While nothing new comes, the pause is this share of how long that lasts, up to the longest.
const SHARE: u32 = 60;
const LONGEST: Duration = Duration::from_secs(30);
/// The longest pause after failures.
const LONGEST_AFTER_FAILURES: Duration = Duration::from_secs(60);

/// All sources of a run.
#[derive(Default)]
pub(super) struct Feeds {
    feeds: Vec<Feed>,
    /// The pause between two questions while something comes.
    pause: Duration,
    stop: Arc<AtomicBool>,
    arrivals: Arc<Arrivals>,
    changed: bool,
}

/// A source.
struct Feed {
    turns: Sender<Turn>,
    window: Window,
    /// What is asked for, and for which rules.
    narrowing: Option<(Arc<RuleSet>, Arc<Narrowing>)>,
    kept: Kept,
    /// It has a turn.
    busy: bool,
    /// When it has the next.
    due: Instant,
    /// It is to be asked once more as soon as it has answered.
    hurry: bool,
    /// It was read to its end, or has failed.
    ready: bool,
    failures: u32,
    news: Instant,
    /// What is read once more waits for this; whether it is waiting.
    go: Option<(Sender<()>, bool)>,
    again_due: Instant,
    health: SourceHealth,
    /// What stays wrong: a document that is no event.
    lasting: Option<SourceTrouble>,
}

/// A source to be read.
pub(super) struct Opened {
    pub source: Box<dyn Source>,
    /// What the state holds of it.
    pub cursors: Vec<Cursor>,
    /// Event times that count.
    pub window: Window,
}

impl Feeds {
    /// Starts a thread for each source. They tell `done`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(
        sources: Vec<Opened>,
        pause: Duration,
        arrivals: Arc<Arrivals>,
        done: &Sender<Done>,
    ) -> std::io::Result<Self> {
        let (stop, changed) = (Arc::default(), true);
        let mut feeds = Self { feeds: Vec::new(), pause, stop, arrivals, changed };
        for (place, Opened { source, cursors, window }) in sources.into_iter().enumerate() {
            let (turns, inbox) = bounded(1);
            let kept = Kept::of(cursors);
            kept.narrowed().into_iter().for_each(|until| feeds.arrivals.leave_out(until));
            feeds.arrivals.add(0, kept.begins());
            let name = format!("cluster {}", source.name());
            let health = SourceHealth { name, events: kept.events(), ..SourceHealth::default() };
            let (done, stop) = (done.clone(), Arc::clone(&feeds.stop));
            Worker { place, source, window, stop, turns: inbox, done }.start()?;
            let now = Instant::now();
            feeds.feeds.push(Feed {
                turns,
                window,
                narrowing: None,
                kept,
                busy: false,
                due: now,
                hurry: false,
                ready: false,
                failures: 0,
                news: now,
                go: None,
                again_due: now,
                health,
                lasting: None,
            });
        }
        Ok(feeds)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.feeds.is_empty()
    }

    /// Whether each was read to its end once, or has failed.
    pub(super) fn are_ready(&self) -> bool {
        self.feeds.iter().all(|feed| feed.ready)
    }

    pub(super) fn is_ready(&self, place: usize) -> bool {
        self.feeds.get(place).is_some_and(|feed| feed.ready)
    }

    /// The places of those of which something was read.
    pub(super) fn begun(&self) -> Vec<usize> {
        let begun = self.feeds.iter().enumerate().filter(|(_, feed)| !feed.kept.is_empty());
        begun.map(|(place, _)| place).collect()
    }

    /// Events evaluated, of all that the state remembers.
    pub(super) fn events(&self) -> u64 {
        self.feeds.iter().map(|feed| feed.health.events).sum()
    }

    /// Time of the latest event of those.
    pub(super) fn ends(&self) -> Option<DateTime<Utc>> {
        self.feeds.iter().filter_map(|feed| feed.kept.ends()).max()
    }

    /// Has all asked at once.
    pub(super) fn hurry(&mut self) {
        let now = Instant::now();
        for feed in &mut self.feeds {
            (feed.due, feed.hurry) = (now, feed.busy);
            feed.again_due = now;
        }
    }

    /// Gives a turn to each that is due.
    pub(super) fn hand_out(&mut self, rules: &Arc<RuleSet>) {
        for feed in &mut self.feeds {
            if !feed.busy && feed.due <= Instant::now() {
                let (rules, narrowing) = (Arc::clone(rules), feed.narrowing(rules));
                feed.busy = feed.turns.try_send(Turn { rules, narrowing, task: Task::Next }).is_ok();
            }
            if let Some((go, waits)) = feed.go.as_mut().filter(|(_, waits)| *waits) {
                *waits = go.try_send(()).is_err();
            }
        }
    }

    /// Has what was there read once more for these of the rules. False when that cannot begin now.
    pub(super) fn again(&mut self, place: usize, rules: &Arc<RuleSet>, only: Arc<[bool]>, now: DateTime<Utc>) -> bool {
        let Some(feed) = self.feeds.get_mut(place) else { return false };
        if feed.go.is_some() || feed.busy || feed.again_due > Instant::now() {
            return false;
        }
        let all = rules.rules();
        let wanted: HashSet<&str> =
            all.iter().zip(&*only).filter(|(_, only)| **only).map(|(rule, _)| &*rule.id).collect();
        let some = rules.only(|rule| wanted.contains(&*rule.id));
        let back = Window { since: Some(now - AGAIN), until: None }.reaching(some.look_back());
        let until = feed.window.until.map_or(now, |until| until.min(now));
        let narrowing = narrow::to_rules(&some).between(back.since, Some(until));
        let (go, inbox) = bounded(1);
        let task = Task::Again { only, go: inbox };
        let begun =
            feed.turns.try_send(Turn { rules: Arc::clone(rules), narrowing: Arc::new(narrowing), task }).is_ok();
        feed.go = begun.then_some((go, false));
        begun
    }

    /// Takes in that a part of that was read. Whether that was all, or the source has failed, and then when.
    pub(super) fn read_again(
        &mut self,
        place: usize,
        ended: Option<Result<(), Failure>>,
        now: DateTime<Utc>,
    ) -> Option<Result<(), Failure>> {
        let feed = self.feeds.get_mut(place)?;
        match ended {
            None => {
                if let Some((_, waits)) = &mut feed.go {
                    *waits = true;
                }
                None
            }
            Some(ended) => {
                feed.go = None;
                if let Err(failure) = &ended {
                    feed.again_due = Instant::now() + LONGEST_AFTER_FAILURES;
                    feed.say([trouble_of(failure, now)].into_iter());
                    self.changed = true;
                }
                Some(ended)
            }
        }
    }

    /// Takes in that a turn has ended with a page, whose cursors are completed.
    pub(super) fn page(&mut self, place: usize, read: &mut PageRead, traffic: Traffic, now: DateTime<Utc>) {
        let pause = self.pause;
        let Some(feed) = self.feeds.get_mut(place) else { return };
        self.changed = true;
        let events = read.shares.values().map(|share| share.events).sum::<u64>();
        if !read.shares.is_empty() {
            self.arrivals.add(events, earliest(&read.shares));
            feed.news = Instant::now();
        }
        let narrowed = read.progress.narrowed.then(|| now.timestamp_micros());
        narrowed.into_iter().for_each(|until| self.arrivals.leave_out(until));
        let since = feed.window.since.map(|since| since.timestamp_micros());
        feed.kept.complete(&mut read.cursors, &read.shares, since, narrowed);
        if feed.window.until.is_some() {
            // A run without an end has to read what came after this one's.
            read.cursors.clear();
        }
        if let Some((index, why)) = read.unreadable.take() {
            let since = feed.lasting.as_ref().map_or(now, |known| known.since);
            feed.lasting = Some(SourceTrouble {
                about: index.to_string(),
                what: format!("{why}; it was passed over"),
                holds_up: false,
                since,
            });
        }
        let lag = read.arrived.filter(|_| feed.ready).map(|at| (now - at).num_milliseconds().max(0) as f64 / 1000.0);
        let health = &mut feed.health;
        health.events += events;
        health.lag = lag.or(health.lag);
        (health.ahead, health.narrowed, health.answered) = (read.progress.ahead, read.progress.narrowed, Some(now));
        health.caught_up |= read.progress.caught_up;
        let troubles = read.troubles.drain(..).map(|trouble| SourceTrouble {
            about: trouble.about,
            what: trouble.what,
            holds_up: trouble.holds_up,
            since: now - chrono::Duration::from_std(trouble.since.elapsed()).unwrap_or_default(),
        });
        feed.say(troubles.collect::<Vec<_>>().into_iter());
        feed.ready |= read.progress.caught_up;
        feed.failures = 0;
        feed.rest(traffic, if read.progress.caught_up { Some(feed.idle(pause)) } else { None });
    }

    /// Takes in that a turn has ended without one.
    pub(super) fn failed(&mut self, place: usize, failure: &Failure, traffic: Traffic, now: DateTime<Utc>) {
        let pause = self.pause;
        let Some(feed) = self.feeds.get_mut(place) else { return };
        self.changed = true;
        feed.say([trouble_of(failure, now)].into_iter());
        feed.ready = true;
        feed.failures = feed.failures.saturating_add(1);
        let patient = if failure.kind.may_pass() {
            pause.saturating_mul(1 << feed.failures.min(10).saturating_sub(1)).min(LONGEST_AFTER_FAILURES)
        } else {
            LONGEST_AFTER_FAILURES
        };
        feed.rest(traffic, Some(patient.max(pause).max(failure.retry_after.unwrap_or_default())));
    }

    /// How the sources do, when that has changed.
    pub(super) fn take_health(&mut self) -> Option<Vec<SourceHealth>> {
        std::mem::take(&mut self.changed).then(|| self.feeds.iter().map(|feed| feed.health.clone()).collect())
    }
}

impl Drop for Feeds {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Feed {
    fn narrowing(&mut self, rules: &Arc<RuleSet>) -> Arc<Narrowing> {
        if let Some((of, narrowing)) = &self.narrowing
            && Arc::ptr_eq(of, rules)
        {
            return Arc::clone(narrowing);
        }
        let Window { since, until } = self.window.reaching(rules.look_back());
        let narrowing = Arc::new(narrow::to_rules(rules).between(since, until));
        self.narrowing = Some((Arc::clone(rules), Arc::clone(&narrowing)));
        narrowing
    }

    /// What is wrong now: what was wrong before is that since then.
    fn say(&mut self, troubles: impl Iterator<Item = SourceTrouble>) {
        let before = std::mem::take(&mut self.health.troubles);
        self.health.troubles = troubles
            .chain(self.lasting.clone())
            .map(|trouble| {
                let known =
                    before.iter().find(|known| known.about == trouble.about && known.holds_up == trouble.holds_up);
                SourceTrouble { since: known.map_or(trouble.since, |known| known.since), ..trouble }
            })
            .collect();
    }

    /// The turn is over; the next comes after `pause`, or at once.
    fn rest(&mut self, traffic: Traffic, pause: Option<Duration>) {
        let Traffic { requests, retries, sent, received } = traffic;
        let health = &mut self.health;
        (health.requests, health.retries, health.sent, health.received) = (requests, retries, sent, received);
        self.busy = false;
        let now = Instant::now();
        self.due = if std::mem::take(&mut self.hurry) { now } else { now + pause.unwrap_or_default() };
    }

    fn idle(&self, pause: Duration) -> Duration {
        (self.news.elapsed() / SHARE).clamp(pause, LONGEST.max(pause))
    }
}

fn earliest(shares: &HashMap<Arc<str>, Share>) -> Option<DateTime<Utc>> {
    let first = shares.values().filter_map(|share| share.span).map(|(first, _)| first).min();
    first.and_then(DateTime::from_timestamp_micros)
}

fn trouble_of(failure: &Failure, now: DateTime<Utc>) -> SourceTrouble {
    let advice = failure.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
    let (about, what) = (failure.place.clone(), format!("{}{advice}", failure.what));
    SourceTrouble { about, what, holds_up: true, since: now }
}
