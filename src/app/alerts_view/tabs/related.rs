//! The Related tab: events within half an hour that share the actor, the address or the target.

use super::super::AlertsView;
use crate::app::format::{Clock, count, plural};
use crate::app::page::{Item, Page, Role, part};
use crate::app::shared::Shared;
use crate::engine::{RelatedEvent, RelatedWhy};
use crate::text::{pad, visible, width};

/// Related events by the reason that relates them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::app::alerts_view) enum RelatedFilter {
    #[default]
    Any,
    /// Those of the same actor.
    Actor,
    /// Those from the same address.
    Address,
    /// Those on the same target.
    Target,
}

impl RelatedFilter {
    /// The next in turn.
    #[must_use]
    pub(in crate::app::alerts_view) fn next(self) -> Self {
        match self {
            Self::Any => Self::Actor,
            Self::Actor => Self::Address,
            Self::Address => Self::Target,
            Self::Target => Self::Any,
        }
    }

    fn shows(self, why: RelatedWhy) -> bool {
        match self {
            Self::Any => true,
            Self::Actor => why.actor,
            Self::Address => why.address,
            Self::Target => why.target,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Any => "same actor (A), address (I), target (T)",
            Self::Actor => "same actor",
            Self::Address => "same address",
            Self::Target => "same target",
        }
    }
}

pub(super) fn fill(page: &mut Page, view: &AlertsView, shared: &Shared) {
    let Some(detail) = view.detail() else {
        page.line(vec![part(Role::Quiet, "reading the record …")]);
        return;
    };
    let Some(related) = &detail.related else {
        page.line(vec![part(Role::Quiet, "searching the logs, 30 minutes before and after …")]);
        return;
    };
    let why = view.related;
    let shown: Vec<(usize, &RelatedEvent)> =
        related.iter().enumerate().filter(|(_, e)| e.this || why.shows(e.why)).collect();
    let others = shown.iter().filter(|(_, e)| !e.this).count();
    let all = related.iter().filter(|e| !e.this).count();
    let number = if others == all { plural(all, "event") } else { format!("{others} of {} events", count(all as u64)) };
    page.flow(
        Vec::new(),
        vec![
            part(Role::Strong, number),
            part(Role::Quiet, "30 minutes before and after"),
            part(Role::Quiet, why.name()),
        ],
    );
    if let Some(gaps) = &detail.related_gaps {
        page.wrapped(Vec::new(), Role::Warn, gaps);
    }
    if others == 0 {
        page.line(vec![part(Role::Quiet, "the logs that were read hold no other such event")]);
    }
    let clock = &shared.clock;
    let columns = Columns::of(page.width(), &shown, clock);
    page.line(vec![part(Role::Quiet, columns.heading(clock))]);
    for (index, event) in shown {
        page.begin(Item::Related(index));
        line(page, clock, event, &columns);
        page.end();
    }
}

struct Columns {
    time: usize,
    action: usize,
    actor: usize,
    source: usize,
}

impl Columns {
    fn of(columns: usize, events: &[(usize, &RelatedEvent)], clock: &Clock) -> Self {
        let longest =
            |f: fn(&RelatedEvent) -> &str| events.iter().map(|(_, e)| width(&visible(f(e)))).max().unwrap_or(0);
        let time = events.iter().map(|(_, e)| width(&clock.cell(e.time))).max().unwrap_or(8);
        // Between them stand the outcome, the letters and three blanks.
        let room = columns.saturating_sub(time + 3 + 1 + 4 + 1);
        let action = longest(|e| &e.action).clamp(6, (room * 45 / 100).max(6));
        let rest = room.saturating_sub(action + 1);
        let source = longest(|e| &e.source).clamp(6, (rest / 2).max(6));
        let actor = longest(|e| &e.actor).clamp(5, rest.saturating_sub(source).max(5));
        Self { time, action, actor, source }
    }

    fn heading(&self, clock: &Clock) -> String {
        let time = pad(&format!("TIME {}", clock.zone()), self.time, "…");
        let action = pad("ACTION", self.action, "…");
        let actor = pad("ACTOR", self.actor, "…");
        format!("{time}   {action} AIT  {actor} SOURCE")
    }
}

fn line(page: &mut Page, clock: &Clock, event: &RelatedEvent, columns: &Columns) {
    let cell = |text: &str, columns| pad(&visible(text), columns, "…");
    let failed = event.outcome != "success";
    let letter = |shared: bool, letter: char| if shared { letter } else { '·' };
    let w = event.why;
    let shared: String = [letter(w.actor, 'A'), letter(w.address, 'I'), letter(w.target, 'T')].into_iter().collect();
    let role = if event.this { Role::Strong } else { Role::Text };
    page.line(vec![
        part(role, pad(&clock.cell(event.time), columns.time, "…")),
        if failed { part(Role::Bad, " ✗ ") } else { part(Role::Text, "   ") },
        part(role, cell(&event.action, columns.action)),
        part(Role::Text, " "),
        part(role, if event.this { "this".to_owned() } else { format!("{shared} ") }),
        part(Role::Text, " "),
        part(role, cell(&event.actor, columns.actor)),
        part(Role::Text, " "),
        part(role, cell(&event.source, columns.source)),
    ]);
    if failed && event.outcome != "failure" {
        page.line(vec![part(Role::Text, " ".repeat(columns.time + 3)), part(Role::Quiet, event.outcome.clone())]);
    }
}
