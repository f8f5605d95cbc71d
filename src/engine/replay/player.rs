//! Reads a log from end to end, then hands out what has happened by the replay clock.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, never, select, tick};

use super::super::checkpoints::Checkpoints;
use super::super::clock::ReplayClock;
use super::super::collect::Collector;
use super::super::evaluate::Reading;
use super::super::first_seen::FirstSeenFilter;
use super::super::metrics::Metrics;
use super::super::store_thread::{Findings, StoreHandle};
use super::super::{Input, Outlet, Phase, PlaybackRequest, RuleBook, Selection, Update, read_all};
use super::{Clock, ReplayOf, ReplayOptions};
use crate::detect::Alert;
use crate::event::Event;
use crate::trail::{self, Buffers, RawRecord};
use crate::triage::{NewAlert, StoreQuery};

/// How often the clock hands out what has happened.
const BEAT: Duration = Duration::from_millis(50);
/// Beats between two reports of where the clock stands.
const REPORT: u32 = 5;
/// A stretch without events longer than this is passed over.
const QUIET: chrono::Duration = chrono::Duration::minutes(10);

/// What was read: the time of each event, in microseconds, and the alerts, both by time.
#[derive(Default)]
struct Timeline {
    times: Vec<i64>,
    alerts: Vec<Due>,
}

/// An alert to come, with the times of its events, in microseconds, where it stands for more than one.
struct Due {
    alert: Alert,
    times: Vec<i64>,
}

impl Due {
    /// The alert as it stands at `now`, in microseconds: what has not happened yet does not count.
    fn at(&self, now: i64) -> Alert {
        let mut alert = self.alert.clone();
        let happened = self.times.partition_point(|time| *time <= now);
        if happened < self.times.len() {
            alert.cut(happened, self.times.get(happened.saturating_sub(1)).copied().unwrap_or(now));
        }
        alert
    }

    /// How many of its events happened after `before` and by `now`.
    fn grew(&self, before: i64, now: i64) -> bool {
        self.times.partition_point(|time| *time <= before) < self.times.partition_point(|time| *time <= now)
    }
}

impl Timeline {
    fn sort(&mut self) {
        self.times.sort_unstable();
        self.alerts.sort_by(|Due { alert: a, .. }, Due { alert: b, .. }| {
            (a.time, &a.event_id, &a.id).cmp(&(b.time, &b.event_id, &b.id))
        });
        let mut known = HashSet::new();
        self.alerts.retain(|due| known.insert(due.alert.id.clone()));
    }
}

/// Reads a log and plays it.
pub(super) struct Player {
    tally: Metrics,
    store: StoreHandle,
    book: Arc<RuleBook>,
    outlet: Outlet,
    now: Arc<RwLock<DateTime<Utc>>>,
    clock: Clock,
    timeline: Timeline,
    sights: FirstSeenFilter,
    next_event: usize,
    next_alert: usize,
    /// How far the clock was when alerts were handed out last, in microseconds.
    handed_out: i64,
}

impl Player {
    pub(super) fn new(
        store: StoreHandle,
        book: Arc<RuleBook>,
        outlet: Outlet,
        now: Arc<RwLock<DateTime<Utc>>>,
        clock: Clock,
    ) -> Self {
        Self {
            tally: Metrics::new(clock()),
            clock,
            store,
            book,
            outlet,
            now,
            timeline: Timeline::default(),
            sights: FirstSeenFilter::default(),
            next_event: 0,
            next_alert: 0,
            handed_out: i64::MIN,
        }
    }

    /// Reads everything. `None` when nobody listens any more.
    pub(super) fn load(&mut self, of: &ReplayOf, options: &ReplayOptions, checkpoints: &Checkpoints) -> Option<()> {
        // Those too that are switched off: they may be switched on before their alerts are due.
        let rules = &self.book.all();
        let each = |times: &mut Vec<i64>, reading: &mut Reading, event: &Event<'_>, record: RawRecord<'_>| {
            if let Some(time) = event.time() {
                if !reading.is_past() {
                    times.push(time.timestamp_micros());
                }
                reading.remember(event);
                reading.detect(event, rules, record);
            }
        };
        let closings = match self.store.ask(StoreQuery::Closings)? {
            Ok(closings) => closings,
            Err(error) => {
                (self.outlet)(Update::Notice(format!("which alerts stand closed is not known: {error}")));
                Vec::new()
            }
        };
        let mut collector = Collector::new(rules).within(&options.window).after(closings);
        match of {
            ReplayOf::Held(name, bytes) => {
                let (mut times, mut reading) = (Vec::new(), Reading::of(rules));
                trail::read_stream(Path::new(name), *bytes, &mut Buffers::new(), &mut |record| {
                    reading.take(record, &options.window, rules.geoip(), |reading, event, record| {
                        each(&mut times, reading, event, record);
                    });
                });
                self.add(times, &mut reading, &mut collector)?;
                self.tally.set(|h| h.files = 1);
            }
            ReplayOf::Log { paths, clusters } => {
                let mut input = Input::find_for(paths, &options.window, rules).with(clusters.clone());
                for (path, reason) in &input.problems {
                    self.tally.refused(path, reason, (self.clock)());
                }
                let mut told = Instant::now();
                let mut listening = true;
                loop {
                    let mut left = input.files.len() as u64;
                    self.tally.set(|h| h.unopened = input.unopened.total());
                    read_all::<Vec<i64>>(
                        &input,
                        options.threads,
                        rules.geoip(),
                        Selection::for_rules(rules, true),
                        &each,
                        |mut portion| {
                            left -= portion.extent.files;
                            self.tally.pending(left);
                            self.tally.portion(&portion, (self.clock)());
                            if portion.extent.files > 0 {
                                checkpoints.cover(portion.source, portion.reading.first, portion.reading.last);
                            }
                            listening = self.add(portion.made, &mut portion.reading, &mut collector).is_some();
                            if told.elapsed() > BEAT * 4 {
                                told = Instant::now();
                                listening &= self.report();
                            }
                            if listening { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                        },
                    );
                    if !listening || !input.reach_back(&mut collector) {
                        break;
                    }
                }
                listening.then_some(())?;
            }
        }
        let alerts = &mut self.timeline.alerts;
        let due = |alert, times: &[i64]| std::io::Result::Ok(Due { alert, times: times.to_owned() });
        let finished = collector.finish(options.threads, due, |due| {
            alerts.push(due);
            Ok(())
        });
        match finished {
            Ok(lost) => self.tally.set(|h| h.warnings.extend(lost)),
            Err(error) => self.set_apart(&error),
        }
        self.timeline.sort();
        (self.outlet)(Update::Costs(self.book.costs())).then_some(())
    }

    /// Rules that look at more than one event need a temporary file.
    fn set_apart(&self, error: &std::io::Error) {
        let text = format!("alerts of rules that look at more than one event are missing: the temporary file: {error}");
        (self.outlet)(Update::Notice(text));
    }

    /// Takes in what was read of a file. `None` when the store thread is gone.
    fn add(&mut self, times: Vec<i64>, reading: &mut Reading, collector: &mut Collector<'_>) -> Option<()> {
        self.timeline.times.extend(times);
        let alerts = std::mem::take(&mut reading.evaluation.alerts);
        self.timeline.alerts.extend(alerts.into_iter().map(|alert| Due { alert, times: Vec::new() }));
        if let Err(error) = collector.take(std::mem::take(&mut reading.evaluation.hits)) {
            self.set_apart(&error);
        }
        let seen = self.sights.news(reading.seen());
        if seen.is_empty() {
            return Some(());
        }
        self.store.findings.send(Findings { seen, ..Findings::default() }).ok()
    }

    pub(super) fn play(
        &mut self,
        options: &ReplayOptions,
        requests: &Receiver<PlaybackRequest>,
        stopped: &Receiver<()>,
    ) {
        let (Some(start), Some(end)) = (self.event_time(0), self.event_time(self.timeline.times.len().wrapping_sub(1)))
        else {
            self.tally.phase(Phase::Ended);
            self.report();
            let _ = stopped.recv();
            return;
        };
        let mut clock = ReplayClock::new(start, end, options.speed, options.paused);
        if let Some(time) = options.start_at {
            clock.jump(time);
        }
        self.tally.set(|h| h.since = Some(start));
        self.tally.phase(Phase::Replay);
        let (beat, mut last, mut beats) = (tick(BEAT), Instant::now(), 0);
        let mut asked = requests.clone();
        let mut report = true;
        loop {
            select! {
                recv(stopped) -> _ => return,
                recv(asked) -> request => match request {
                    Ok(request) => {
                        self.steer(&mut clock, request);
                        report = true;
                    }
                    Err(_) => asked = never(),
                },
                recv(beat) -> _ => {
                    clock.pass(last.elapsed().as_secs_f64());
                    last = Instant::now();
                    beats += 1;
                }
            }
            let still = clock.paused() || clock.ended();
            if !clock.paused() {
                self.skip_quiet(&mut clock);
            }
            let news = self.deliver(&clock);
            report |= !still && beats % REPORT == 0;
            if clock.ended() && self.next_event == self.timeline.times.len() && self.tally.phase(Phase::Ended) {
                report = true;
            }
            if (report || news) && !(self.report() && (self.outlet)(Update::Playback(clock.playback()))) {
                return;
            }
            report = false;
        }
    }

    fn steer(&self, clock: &mut ReplayClock, request: PlaybackRequest) {
        match request {
            PlaybackRequest::TogglePause => clock.toggle(),
            PlaybackRequest::Faster => clock.change_speed(true),
            PlaybackRequest::Slower => clock.change_speed(false),
            PlaybackRequest::Step => {
                if let Some(time) = self.event_time(self.next_event) {
                    clock.jump(time);
                }
            }
            PlaybackRequest::NextAlert => {
                if let Some(due) = self.timeline.alerts.get(self.next_alert) {
                    clock.jump(due.alert.time);
                }
            }
        }
    }

    fn skip_quiet(&self, clock: &mut ReplayClock) {
        if let Some(next) = self.event_time(self.next_event)
            && next - clock.now() > QUIET
        {
            clock.jump(next);
        }
    }

    /// Hands out what has happened by now. Whether an alert is among it.
    fn deliver(&mut self, clock: &ReplayClock) -> bool {
        if let Ok(mut now) = self.now.write() {
            *now = clock.now();
        }
        let now = clock.now().timestamp_micros();
        let happened = self.timeline.times.partition_point(|time| *time <= now);
        if happened > self.next_event {
            self.tally.count((happened - self.next_event) as u64, (self.clock)());
            self.next_event = happened;
            let newest = self.event_time(happened - 1);
            self.tally.set(|h| h.newest_event = newest);
        }
        let before = std::mem::replace(&mut self.handed_out, now);
        let (given, to_come) = self.timeline.alerts.split_at(self.next_alert);
        let due = to_come.partition_point(|due| due.alert.time <= clock.now());
        let grown = given.iter().filter(|due| before < now && due.grew(before, now));
        let alerts: Vec<NewAlert> = grown
            .chain(&to_come[..due])
            .filter(|due| !self.book.is_off(&due.alert.rule_id))
            .map(|due| NewAlert { alert: due.at(now), found: clock.now(), late: false, held: false })
            .collect();
        self.next_alert += due;
        if alerts.is_empty() {
            return false;
        }
        let _ = self.store.findings.send(Findings { alerts, ..Findings::default() });
        true
    }

    fn event_time(&self, at: usize) -> Option<DateTime<Utc>> {
        self.timeline.times.get(at).and_then(|micros| DateTime::from_timestamp_micros(*micros))
    }

    fn report(&mut self) -> bool {
        self.tally.take().is_none_or(|health| (self.outlet)(Update::Health(Box::new(health))))
    }
}
