//! Everything about one alert, looked up when its detail pane opens, on a thread of its own. Answers come as they are
//! known: first what the event itself says, then the calls around it, then what took the longest to look for.

mod around;
mod subject;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, Sender, unbounded};

use self::subject::Subject;
use super::archive::Archive;
use super::keeper::Desk;
use super::{Detail, Outlet, Update};
use crate::detect::{Alert, AlertId};
use crate::event::{self, Event};
use crate::kql::{Json, Query};
use crate::rule::Rule;
use crate::rule::playbook::{self, Facts, Surroundings};
use crate::triage::{SeenKind, Store};

/// What the thread needs to know.
#[derive(Clone)]
pub(super) struct Sources {
    /// Where events lie.
    pub archive: Archive,
    /// The way to the store.
    pub desk: Desk,
    /// The rules, for their checklists.
    pub rules: Vec<Arc<Rule>>,
    /// Whom to ask about an account.
    pub contacts: BTreeMap<String, String>,
    /// Threads for a search.
    pub threads: usize,
    /// On a replay: events after this have not happened yet.
    pub now: Option<Arc<RwLock<DateTime<Utc>>>>,
}

/// A question to the thread.
#[derive(Debug)]
pub(super) enum Question {
    /// Everything about one alert.
    Detail(AlertId),
    /// The alerts whose event matches.
    Match(String),
}

/// Starts the thread. It ends when the sender is dropped.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(sources: Sources, outlet: Outlet) -> std::io::Result<(Sender<Question>, JoinHandle<()>)> {
    let (questions, inbox) = unbounded();
    let thread = std::thread::Builder::new().name("context".into()).spawn(move || run(&sources, &outlet, &inbox))?;
    Ok((questions, thread))
}

fn run(sources: &Sources, outlet: &Outlet, inbox: &Receiver<Question>) {
    for question in inbox {
        let going = match question {
            // An analyst who moves on through the list leaves questions behind: only the newest is worth the search.
            Question::Detail(id) => sources.detail(&id, outlet, || !inbox.is_empty()),
            Question::Match(query) => sources.matching(query, outlet),
        };
        if going.is_none() {
            break;
        }
    }
}

impl Sources {
    /// `None` when nobody listens any more.
    fn detail(&self, id: &AlertId, outlet: &Outlet, overtaken: impl Fn() -> bool) -> Option<()> {
        let wanted = id.clone();
        let Ok(Some(alert)) = self.desk.ask(move |store| store.alert(&wanted))? else {
            outlet(Update::Notice(format!("alert {} is not in the state", id.short())));
            return Some(());
        };
        let bytes = alert.raw.as_bytes();
        let Ok(event) = Event::parse(bytes) else {
            outlet(Update::Notice(format!("the record of alert {} cannot be read", id.short())));
            return Some(());
        };
        let rule = self.rules.iter().find(|rule| rule.id == alert.rule_id);
        let facts = Facts::of(&event);
        let subject = Subject::of(&event, alert.time);
        let mut around = self.remembered(&alert, &subject)?;
        let mut detail = compose(&alert, rule, &event, &facts, &around);
        let send = |detail: &Detail| outlet(Update::Detail(Box::new(detail.clone()))).then_some(());
        send(&detail)?;
        if overtaken() {
            return Some(());
        }
        let (related, gaps) = self.related(&subject);
        detail.related = Some(related);
        detail.related_gaps = gaps;
        send(&detail)?;
        if overtaken() {
            return Some(());
        }
        self.look_around(&subject, &facts, &mut around);
        let related = (detail.related.take(), detail.related_gaps.take());
        detail = compose(&alert, rule, &event, &facts, &around);
        (detail.related, detail.related_gaps) = related;
        send(&detail)
    }

    /// What the state remembers, which costs nothing to look up.
    fn remembered(&self, alert: &Alert, subject: &Subject) -> Option<Surroundings> {
        let keys = [
            (SeenKind::Actor, subject.actor.clone()),
            (SeenKind::Address, subject.address.clone()),
            (SeenKind::Agent, subject.agent.clone()),
        ];
        let time = alert.time;
        let [actor_seen, address_seen, agent_seen] =
            self.desk.ask(move |store| keys.map(|(kind, value)| seen(store, kind, value.as_deref(), time)))?;
        let account = alert.summary.account.as_ref();
        let owner = account.and_then(|a| Some(format!("{a}: {}", self.contacts.get(a)?))).into_iter().collect();
        Some(Surroundings {
            log_begins: self.archive.begins(),
            actor_seen,
            address_seen,
            agent_seen,
            owner,
            ..Surroundings::default()
        })
    }

    fn matching(&self, query: String, outlet: &Outlet) -> Option<()> {
        let Ok(compiled) = Query::compile(&query, event::schema()) else { return Some(()) };
        let ids = self.desk.ask(move |store| {
            let mut ids = std::collections::HashSet::new();
            let result = store.each_alert(|alert| {
                if compiled.matches(&Json(&alert.ecs)) {
                    ids.insert(alert.id);
                }
                ControlFlow::Continue(())
            });
            result.map(|()| ids)
        })?;
        let update = match ids {
            Ok(ids) => Update::Matched { query, ids },
            Err(error) => Update::Notice(error.to_string()),
        };
        outlet(update).then_some(())
    }

    /// The present, on a replay.
    fn until(&self, limit: DateTime<Utc>) -> DateTime<Utc> {
        match self.now.as_ref().and_then(|now| now.read().ok().map(|now| *now)) {
            Some(now) => limit.min(now + chrono::Duration::milliseconds(1)),
            None => limit,
        }
    }
}

fn seen(store: &Store, kind: SeenKind, value: Option<&str>, time: DateTime<Utc>) -> playbook::Seen {
    let Some(value) = value else { return playbook::Seen::Unknown };
    match store.first_seen(kind, value) {
        Ok(Some(first)) if first < time => playbook::Seen::Since(first),
        Ok(Some(_)) => playbook::Seen::Never,
        _ => playbook::Seen::Unknown,
    }
}

fn compose(alert: &Alert, rule: Option<&Arc<Rule>>, event: &Event<'_>, facts: &Facts, around: &Surroundings) -> Detail {
    Detail {
        alert: alert.id.clone(),
        overview: rule.map(|rule| playbook::overview(rule, event, facts, around)).unwrap_or_default(),
        findings: playbook::findings(facts, around),
        evidence: rule.map(|rule| playbook::evidence(rule, facts, around, Utc::now())).unwrap_or_default(),
        related: None,
        related_gaps: None,
        record: event.record(),
        ecs: alert.ecs.clone(),
        location: format!("{} at byte {}", alert.source.path.display(), alert.source.offset),
    }
}
