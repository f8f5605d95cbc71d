//! The Story tab: every event that belongs to the incident, in order, alerts among them marked, runs of like calls folded.

use std::collections::HashMap;
use std::ops::Range;

use super::super::AlertsView;
use crate::app::alerts::AlertEntry;
use crate::app::format::{Clock, plural, progress};
use crate::app::page::{Item, Page, Part, Role, part};
use crate::app::shared::Shared;
use crate::investigate::{Belongs, Deed, Passage, Scene, fold, run_words};
use crate::text::{fit_middle, pad, visible, width};

/// From this width on, the place that a call came from has a column of its own, and so has the region.
const WIDE: usize = 110;

pub(super) fn fill(page: &mut Page, view: &AlertsView, shared: &Shared, entry: &AlertEntry) {
    let story = &view.story;
    let Some(told) = story.told() else {
        page.line(vec![part(Role::Quiet, format!("searching the logs, {} …", story.reach()))]);
        return;
    };
    let mut alerts: HashMap<&str, Vec<&AlertEntry>> = HashMap::new();
    for member in view.incident(shared) {
        alerts.entry(member.row.event_id.as_str()).or_default().push(member);
    }
    let sequence: HashMap<&str, usize> =
        view.sequence().iter().zip(1..).map(|(event, number)| (event.scene.event_id.as_str(), number)).collect();
    let of_sequence = |scene: &Scene| sequence.get(scene.event_id.as_str()).copied();
    let is_alert = |scene: &Scene| alerts.contains_key(scene.event_id.as_str()) || of_sequence(scene).is_some();
    let shown: Vec<&Scene> =
        told.scenes.iter().filter(|s| !story.reads_hidden || s.deed != Deed::Read || is_alert(s)).collect();
    let mut words = vec![part(Role::Strong, plural(told.total, "event"))];
    if let Some(first) = shown.first().filter(|_| is_one_day(&shared.clock, &shown)) {
        words.push(part(Role::Quiet, shared.clock.date(first.time)));
    }
    words.extend([part(Role::Quiet, story.reach()), part(Role::Quiet, belongs(story.belongs))]);
    let hidden = told.scenes.len() - shown.len();
    words.extend((hidden > 0).then(|| part(Role::Warn, format!("{} hidden", plural(hidden, "read")))));
    if story.is_searching() {
        let progress = format!("searching: {}", progress(told.read, told.of));
        words.push(part(Role::Warn, if told.done { "searching …".to_owned() } else { progress }));
    }
    page.flow(Vec::new(), words);
    if let Some(gaps) = &told.gaps {
        page.wrapped(Vec::new(), Role::Warn, gaps);
    }
    let shared_addresses: Vec<&str> = story.left_out().collect();
    if !shared_addresses.is_empty() {
        let text = format!("left out, as more than two use it: {}", shared_addresses.join(", "));
        page.wrapped(Vec::new(), Role::Quiet, &text);
    }
    if shown.is_empty() {
        page.line(vec![part(Role::Quiet, "the logs that were read hold no such event: > looks further around")]);
        return;
    }
    let passages = fold(&shown, is_alert);
    let is_open = |range: &Range<usize>| story.unfolded.contains(&shown[range.start].distinct);
    let told_apart = passages.iter().flat_map(|passage| match passage {
        Passage::Call(at) => &shown[*at..=*at],
        Passage::Run(range) if is_open(range) => &shown[range.clone()],
        Passage::Run(_) => &[],
    });
    let told_apart: Vec<&Scene> = told_apart.copied().collect();
    let clock = &shared.clock;
    let columns = Columns::of(clock, page.width(), &shown, &told_apart, story.belongs);
    page.line(vec![part(Role::Quiet, columns.heading(clock))]);
    let tell = |page: &mut Page, scene: &Scene, inside: bool| {
        page.begin(Item::Scene(scene.distinct.clone()));
        call(page, clock, scene, &columns, is_alert(scene), inside);
        let this_alert = |number: usize| format!("event {number} of {} of this alert", sequence.len());
        if let Some(number) = of_sequence(scene).filter(|number| *number < sequence.len()) {
            page.wrapped(columns.indent(), Role::Accent, &format!("{}: {}", this_alert(number), entry.row.rule_name));
        }
        for alert in alerts.get(scene.event_id.as_str()).into_iter().flatten() {
            let (row, this) = (&alert.row, alert.row.id == entry.row.id);
            let which = match this {
                // Its own event is the last of a sequence.
                true if !sequence.is_empty() => this_alert(sequence.len()),
                true => "this alert".to_owned(),
                false => "alert".to_owned(),
            };
            let text = format!("{which}: {} · priority {}", row.rule_name, row.assessment.priority);
            page.wrapped(columns.indent(), if this { Role::Accent } else { Role::Bad }, &text);
        }
        if let Some(key) = &scene.issued {
            page.wrapped(columns.indent(), Role::Quiet, &format!("hands out {}", visible(key)));
        }
        page.end();
    };
    for passage in &passages {
        match passage {
            Passage::Call(at) => tell(page, shown[*at], false),
            Passage::Run(range) => {
                let (run, open) = (&shown[range.clone()], is_open(range));
                page.begin(Item::Run(run[0].distinct.clone()));
                run_line(page, clock, run, &columns, open);
                page.end();
                if open {
                    run.iter().for_each(|scene| tell(page, scene, true));
                }
            }
        }
    }
}

fn belongs(belongs: Belongs) -> &'static str {
    match belongs {
        Belongs::Lineage => "same credentials",
        Belongs::Address => "same credentials, address",
        Belongs::Target => "same credentials (A), address (I), target (T)",
    }
}

/// What each column takes.
struct Columns {
    /// All on one day: the day stands in the heading.
    one_day: bool,
    time: usize,
    action: usize,
    object: usize,
    outcome: usize,
    /// 0 where there is no room, and the heading says enough.
    why: usize,
    who: usize,
    /// 0 where there is no room: then it stands behind who.
    source: usize,
    region: usize,
}

impl Columns {
    /// For all that is `shown`, of which `apart` have a line of their own.
    fn of(clock: &Clock, columns: usize, shown: &[&Scene], apart: &[&Scene], belongs: Belongs) -> Self {
        let longest = |f: &dyn Fn(&Scene) -> String| apart.iter().map(|s| width(&visible(&f(s)))).max().unwrap_or(0);
        let wide = columns >= WIDE;
        let one_day = is_one_day(clock, shown);
        let mut c = Self {
            one_day,
            time: if one_day { 8 } else { 14 },
            action: longest(&|s| s.action.clone()).max(6),
            object: longest(&|s| s.object.clone().unwrap_or_default()).max(6),
            outcome: longest(&|s| outcome(s).to_owned()).max(7),
            why: if wide || belongs == Belongs::Target { 3 } else { 0 },
            who: longest(&|s| if wide { s.actor.clone() } else { who_from(s) }).max(9),
            source: if wide { longest(&|s| s.source.clone()).max(4) } else { 0 },
            region: if wide { longest(&|s| s.region.clone()).max(6) } else { 0 },
        };
        // A blank stands between them, and the mark of alerts takes three columns.
        let fixed = c.time + 6 + [c.why, c.source, c.region].iter().filter(|w| **w > 0).map(|w| w + 1).sum::<usize>();
        let room = columns.saturating_sub(fixed);
        // Who and from where gives way first: it changes least from line to line.
        for (who, outcome, action, object) in [(12, 9, 19, 21), (8, 7, 12, 12)] {
            c.who -= c.over(room).min(c.who.saturating_sub(who));
            c.outcome -= c.over(room).min(c.outcome.saturating_sub(outcome));
            c.action -= c.over(room).min(c.action.saturating_sub(action));
            c.object -= c.over(room).min(c.object.saturating_sub(object));
        }
        c
    }

    /// How many columns more than `room` are taken by what can give way.
    fn over(&self, room: usize) -> usize {
        (self.action + self.object + self.outcome + self.who).saturating_sub(room)
    }

    fn heading(&self, clock: &Clock) -> String {
        let who = if self.source > 0 { "WHO" } else { "WHO, FROM" };
        [
            pad(&format!("TIME {}", clock.zone()), self.time, "…"),
            "   ".to_owned(),
            pad("ACTION", self.action, "…"),
            behind("OBJECT", self.object),
            behind("OUTCOME", self.outcome),
            behind("AIT", self.why),
            behind(who, self.who),
            behind("FROM", self.source),
            behind("REGION", self.region),
        ]
        .concat()
    }

    /// Below the action.
    fn indent(&self) -> Vec<Part> {
        vec![part(Role::Text, " ".repeat(self.time + 3))]
    }

    fn time(&self, clock: &Clock, scene: &Scene) -> String {
        let full = clock.full(scene.time);
        // The date is said once where it is the same for all; the zone, in the heading.
        let shown = if self.one_day { full.get(11..19) } else { full.get(5..19) };
        pad(shown.unwrap_or(&full), self.time, "…")
    }
}

/// A cell behind another; nothing where it has no columns.
fn behind(text: &str, columns: usize) -> String {
    if columns == 0 { String::new() } else { format!(" {}", pad(&visible(text), columns, "…")) }
}

/// Whether all, which are in order, are of one day.
fn is_one_day(clock: &Clock, shown: &[&Scene]) -> bool {
    let day = |scene: Option<&&Scene>| scene.map(|scene| clock.date(scene.time));
    day(shown.first()) == day(shown.last())
}

fn outcome(scene: &Scene) -> &str {
    scene.error.as_deref().unwrap_or("ok")
}

fn who_from(scene: &Scene) -> String {
    format!("{} {}", scene.actor, scene.source)
}

fn call(page: &mut Page, clock: &Clock, scene: &Scene, columns: &Columns, is_alert: bool, inside: bool) {
    let failed = if scene.error.is_some() { Role::Bad } else { Role::Quiet };
    let role = match (is_alert, scene.deed) {
        (true, _) => Role::Strong,
        (false, Deed::Read) => Role::Quiet,
        (false, _) => Role::Text,
    };
    let mark = match (is_alert, inside) {
        (true, _) => part(Role::Bad, " ‼ "),
        (false, true) => part(Role::Quiet, " │ "),
        (false, false) => part(Role::Text, "   "),
    };
    let object = visible(scene.object.as_deref().unwrap_or_default()).into_owned();
    let who = if columns.source > 0 { scene.actor.clone() } else { who_from(scene) };
    page.line(vec![
        part(role, columns.time(clock, scene)),
        mark,
        part(role, pad(&visible(&scene.action), columns.action, "…")),
        // The tail tells long names apart.
        part(role, behind(&fit_middle(&object, columns.object, "…"), columns.object)),
        part(failed, behind(outcome(scene), columns.outcome)),
        part(Role::Quiet, behind(&scene.why.letters(), columns.why)),
        part(role, behind(&who, columns.who)),
        part(role, behind(&scene.source, columns.source)),
        part(Role::Quiet, behind(&scene.region, columns.region)),
    ]);
}

/// `▸ 14 Describe* calls, rds, to 10:28:11`.
fn run_line(page: &mut Page, clock: &Clock, run: &[&Scene], columns: &Columns, open: bool) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    let failed = if first.error.is_some() { Role::Bad } else { Role::Quiet };
    let mut parts = vec![
        part(Role::Quiet, columns.time(clock, first)),
        part(Role::Accent, if open { " ▾ " } else { " ▸ " }),
        part(Role::Text, visible(&run_words(run)).into_owned()),
        part(Role::Quiet, format!(", to {}", columns.time(clock, last).trim_end())),
    ];
    parts.extend(first.error.as_ref().map(|error| part(failed, format!(" {}", visible(error)))));
    parts.push(part(Role::Quiet, format!(" · {}", visible(&who_from(first)))));
    page.line(parts);
}
