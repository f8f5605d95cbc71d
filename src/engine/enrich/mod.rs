//! Everything about one alert, looked up when its detail pane opens, on a thread of its own. Answers come as they are
//! known: first what the event itself says, then who was behind its credentials, then what took the longest to look for.
//! While the pane stays open and the log goes on, what has changed is told.

mod around;
mod lineage;
mod sequence;
mod sighted;
mod subject;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use self::subject::Subject;
use super::sources::{self, LogBegins, Sources};
use super::store_thread::Order;
use super::{Detail, Outlet, ReadRecord, RecordRef, SequenceEvent, Update};
use crate::detect::{Aggregate, Alert, AlertId, SequenceRecord};
use crate::event::Event;
use crate::investigate::{self, Assessment, Facts, Row, Scene, Seen, SessionOpened, Surroundings, Why};
use crate::query::kql::Node;
use crate::rule::Rule;
use crate::triage::{Assessed, FirstSeenKind, StoreQuery};

/// How long the log may go on before the alert that is open is looked at again.
const REST: Duration = Duration::from_secs(2);
/// A look that takes long is followed by a rest this many times longer: looking must cost next to nothing.
const SHARE: u32 = 20;
/// The longest rest.
const LONGEST: Duration = Duration::from_secs(600);
/// Alerts whose answers are kept.
const REMEMBERED: usize = 64;

/// What the thread is told.
#[derive(Debug)]
pub(super) enum EnrichRequest {
    Detail(AlertId),
    Record(RecordRef),
    /// Break off what is being looked for, and end.
    End,
}

/// Starts the thread. It ends at [`EnrichRequest::End`].
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(sources: Sources, outlet: Outlet) -> std::io::Result<Sender<EnrichRequest>> {
    let (requests, inbox) = unbounded();
    std::thread::Builder::new().name("enrich".into()).spawn(move || run(&sources, &outlet, &inbox))?;
    Ok(requests)
}

fn run(sources: &Sources, outlet: &Outlet, inbox: &Receiver<EnrichRequest>) {
    let mut memory = Memory::default();
    let mut rest = REST;
    // An analyst who moves on through the list leaves questions behind: only the newest is worth the search. One that was
    // broken off for a question of another kind is taken up again after the rest.
    let overtaken = || !inbox.is_empty();
    loop {
        let request = inbox.recv_timeout(rest);
        let begun = Instant::now();
        let going = match request {
            Ok(EnrichRequest::Detail(id)) => sources.open(&id, outlet, &mut memory, &overtaken),
            Ok(EnrichRequest::Record(at)) => sources.record(at, outlet),
            Err(RecvTimeoutError::Timeout) => sources.renew(outlet, &mut memory, &overtaken),
            Ok(EnrichRequest::End) | Err(RecvTimeoutError::Disconnected) => break,
        };
        rest = if memory.broken_off() { REST } else { (begun.elapsed() * SHARE).clamp(REST, LONGEST) };
        if going.is_none() {
            break;
        }
    }
}

/// What was told of alerts, to tell it again at once, and to tell what has changed.
#[derive(Default)]
struct Memory {
    /// The alert that was opened last.
    open: Option<AlertId>,
    told: HashMap<AlertId, Told>,
}

impl Memory {
    /// Whether the alert that is open has not been told of wholly.
    fn broken_off(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !self.told.contains_key(open))
    }
}

struct Told {
    detail: Detail,
    time: DateTime<Utc>,
    log: Stand,
}

/// How far the log had come: as long as it stands there, nothing new can be said of an alert.
type Stand = (u64, Option<DateTime<Utc>>);

/// An alert, and what every answer about it begins from.
struct Opened<'a> {
    alert: &'a Alert,
    rule: Option<&'a Arc<Rule>>,
    event: &'a Event<'a>,
    facts: Facts,
    subject: Subject,
    sequence: Vec<SequenceEvent>,
    /// What the other events of a sequence say, in order.
    earlier: Vec<Facts>,
}

impl Opened<'_> {
    fn detail(&self, around: &Surroundings, now: DateTime<Utc>) -> Detail {
        let Self { alert, rule, event, facts, .. } = self;
        Detail {
            alert: alert.id.clone(),
            assessment: alert.assessment.clone(),
            overview: rule
                .map(|rule| investigate::overview(rule, event, facts, around))
                .into_iter()
                .flatten()
                .chain(alert.aggregate.as_ref().and_then(events))
                .collect(),
            findings: alert
                .aggregate
                .iter()
                .flat_map(sequence::beyond)
                .chain(investigate::findings(facts, around))
                .collect(),
            evidence: rule.map(|rule| sequence::evidence(rule, facts, &self.earlier, around, now)).unwrap_or_default(),
            lineage: around.lineage.clone(),
            record: event.record(),
            ecs: alert.document(),
            location: alert.origin.to_string(),
            joined: match &alert.aggregate {
                Some(aggregate) if !self.sequence.is_empty() => aggregate.group.clone(),
                _ => Vec::new(),
            },
            sequence: self.sequence.clone(),
        }
    }
}

/// The events that an alert stands for, to be looked up.
fn events(aggregate: &Aggregate) -> Option<Row> {
    let query = Node::any(aggregate.events.iter().map(|id| Node::is("event.id", id)).collect());
    (aggregate.count > 1).then(|| Row {
        label: "Events".to_owned(),
        value: match aggregate.count - aggregate.events.len() as u64 {
            0 => format!("{}: {}", aggregate.count, aggregate.events.join(", ")),
            more => format!("{}: {} and {more} more", aggregate.count, aggregate.events.join(", ")),
        },
        field: None,
        copy: query.map(|query| query.to_string()),
    })
}

impl Sources {
    /// The events of a sequence, in order.
    fn sequence(&self, aggregate: &Aggregate) -> Vec<SequenceEvent> {
        let of = |kept: &SequenceRecord| {
            let event = Event::parse_with(kept.raw.as_bytes(), &self.geoip).ok()?;
            let scene = Scene::of(&event, &kept.origin(), Why::default())?;
            Some(SequenceEvent { scene, record: event.record(), ecs: event.ecs() })
        };
        aggregate.sequence.iter().filter_map(of).collect()
    }

    /// What the events of a sequence say, in order, but for the one that is shown.
    fn earlier(&self, aggregate: &Aggregate, shown: &Event<'_>) -> Vec<Facts> {
        let of =
            |kept: &SequenceRecord| Event::parse_with(kept.raw.as_bytes(), &self.geoip).ok().map(|e| Facts::of(&e));
        let others = aggregate.sequence.iter().filter(|kept| kept.raw != shown.raw());
        others.filter_map(of).collect()
    }

    /// Tells everything about an alert, as it becomes known. `None` when nobody listens any more.
    fn open(
        &self,
        id: &AlertId,
        outlet: &Outlet,
        memory: &mut Memory,
        overtaken: &(dyn Fn() -> bool + Sync),
    ) -> Option<()> {
        memory.open = Some(id.clone());
        let known = memory.told.get(id).map(|told| (told.detail.clone(), told.time, told.log));
        let quiet = known.is_some();
        if let Some((detail, time, log)) = known {
            tell(outlet, detail)?;
            if log == self.stand(time) || overtaken() {
                return Some(());
            }
        }
        self.look_up(id, outlet, memory, quiet, overtaken)
    }

    /// Tells what has changed about the alert that is open.
    fn renew(&self, outlet: &Outlet, memory: &mut Memory, overtaken: &(dyn Fn() -> bool + Sync)) -> Option<()> {
        let Some(id) = memory.open.clone() else { return Some(()) };
        if memory.told.get(&id).is_some_and(|told| told.log == self.stand(told.time)) {
            return Some(());
        }
        self.look_up(&id, outlet, memory, true, overtaken)
    }

    /// Looks everything up. `quiet`: tells only the whole, and only when it is news.
    fn look_up(
        &self,
        id: &AlertId,
        outlet: &Outlet,
        memory: &mut Memory,
        quiet: bool,
        overtaken: &(dyn Fn() -> bool + Sync),
    ) -> Option<()> {
        let Ok(Some(alert)) = self.store.ask(|reply| StoreQuery::Alert(id.clone(), reply))? else {
            memory.open = None;
            outlet(Update::Notice(format!("alert {} is not in the state", id.short())));
            return Some(());
        };
        let Ok(event) = Event::parse_with(alert.raw.as_bytes(), &self.geoip) else {
            memory.open = None;
            outlet(Update::Notice(format!("the record of alert {} cannot be read", id.short())));
            return Some(());
        };
        let log = self.stand(alert.time);
        let rule = self.rules.rule(&alert.rule_id);
        let opened = Opened {
            alert: &alert,
            rule: rule.as_ref(),
            event: &event,
            facts: Facts::of(&event),
            subject: Subject::of(&event, alert.time),
            sequence: alert.aggregate.iter().flat_map(|aggregate| self.sequence(aggregate)).collect(),
            earlier: alert.aggregate.iter().flat_map(|aggregate| self.earlier(aggregate, &event)).collect(),
        };
        let mut around = self.remembered(&alert, &opened.subject)?;
        self.earlier_exports(&opened.subject, &opened.facts, &mut around)?;
        if !quiet {
            tell(outlet, opened.detail(&around, (self.clock)()))?;
        }
        let Some(lineage) = self.lineage(&opened, around.log_begins, overtaken) else { return Some(()) };
        around.session = lineage.as_ref().and_then(SessionOpened::of);
        self.look_up_opener(&mut around)?;
        around.lineage = lineage;
        if !quiet {
            tell(outlet, opened.detail(&around, (self.clock)()))?;
        }
        let Some(assessment) = self.look_around(&opened, &mut around, overtaken) else { return Some(()) };
        self.keep(&alert, &assessment);
        let detail = Detail { assessment, ..opened.detail(&around, (self.clock)()) };
        if memory.told.len() >= REMEMBERED {
            memory.told.retain(|known, _| known == id);
        }
        let told = Told { detail: detail.clone(), time: alert.time, log };
        let before = memory.told.insert(id.clone(), told);
        if before.is_some_and(|before| before.detail == detail) { Some(()) } else { tell(outlet, detail) }
    }

    /// Has what the alert is worth kept and told to the table.
    fn keep(&self, alert: &Alert, assessment: &Assessment) {
        if alert.assessment == *assessment {
            return;
        }
        let (alert, event_id) = (alert.id.clone(), alert.event_id.clone());
        let assessed = vec![Assessed { alert, event_id, assessment: assessment.clone() }];
        // Nobody waits for that; where the state cannot be written, it is found out again.
        let _ = self.store.orders.send(Order::Assess { assessed, done: bounded(1).0 });
    }

    fn stand(&self, alert: DateTime<Utc>) -> Stand {
        let reach = alert + around::REACH;
        let now = self.now.as_ref().and_then(|now| now.read().ok().map(|now| (*now).min(reach)));
        (self.archive.changes(), now)
    }

    /// What the state remembers, which costs nothing to look up.
    fn remembered(&self, alert: &Alert, subject: &Subject) -> Option<Surroundings> {
        let account = alert.summary.account.as_ref();
        let owner = account.and_then(|a| Some(format!("{a}: {}", self.contacts.get(a)?))).into_iter().collect();
        let log = LogBegins::of(self)?;
        let seen = |kind, value, time| self.seen(log.begins, kind, value, time);
        let region_seen = match &alert.summary.region {
            Some(_) if !log.knows_regions => Seen::Unknown,
            region => seen(FirstSeenKind::Region, region.as_ref(), alert.time)?,
        };
        Some(Surroundings {
            log_begins: log.begins,
            actor_seen: seen(FirstSeenKind::Actor, subject.actor.as_ref(), alert.time)?,
            address_seen: seen(FirstSeenKind::Address, subject.address.as_ref(), alert.time)?,
            agent_seen: seen(FirstSeenKind::Agent, subject.agent.as_ref(), alert.time)?,
            region_seen,
            rule_spread: self.alerts.spread(&alert.rule_id),
            owner,
            ..alert.assessment.surroundings()
        })
    }

    /// Since when the log knows the user who opened the session.
    fn look_up_opener(&self, around: &mut Surroundings) -> Option<()> {
        let begins = around.log_begins;
        if let Some(session) = around.session.as_mut().filter(|session| session.by_user) {
            session.by_seen = self.seen(begins, FirstSeenKind::Actor, Some(&session.by), session.time)?;
        }
        Some(())
    }

    fn seen(
        &self,
        begins: Option<DateTime<Utc>>,
        kind: FirstSeenKind,
        value: Option<&String>,
        time: DateTime<Utc>,
    ) -> Option<Seen> {
        let Some(value) = value else { return Some(Seen::Unknown) };
        let first = self.store.ask(|reply| StoreQuery::FirstSeen(vec![(kind, value.clone())], reply))?;
        let first = first.ok().and_then(|first| first.into_iter().next().flatten());
        Some(sources::seen(begins, first, time))
    }

    fn record(&self, at: RecordRef, outlet: &Outlet) -> Option<()> {
        let raw = self.archive.record(&at.origin);
        let event = raw.as_deref().and_then(|raw| Event::parse_with(raw.as_bytes(), &self.geoip).ok());
        let event = event.filter(|event| event.id() == at.event_id);
        let found = event.map(|event| (event.record(), event.ecs()));
        outlet(Update::Record(Box::new(ReadRecord { at, found }))).then_some(())
    }
}

fn tell(outlet: &Outlet, detail: Detail) -> Option<()> {
    outlet(Update::Detail(Box::new(detail))).then_some(())
}
