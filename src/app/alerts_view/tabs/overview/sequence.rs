//! The events of a sequence, a line each: when, how long after the one before, who did what to what.

use crate::app::format::{plural, span};
use crate::app::page::{Item, Page, Part, Role, part};
use crate::app::shared::Shared;
use crate::detect::Term;
use crate::engine::SequenceEvent;
use crate::investigate::Scene;
use crate::text::{fit, fit_middle, pad, visible, width};

/// Of more events than this the middle is counted: the first and the last say what it is about.
const LISTED: usize = 8;

/// From this width on there is room for all that is known: where a call came from, even where it is the same for all; gaps
/// to the second; errors at the end of the line.
const WIDE: usize = 110;

pub(super) fn fill(page: &mut Page, shared: &Shared, events: &[SequenceEvent], joined: &[Term]) {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
    let columns = Columns::of(page.width(), shared, events);
    let whole = format!("{} in {}", plural(events.len(), "event"), span(last.scene.time - first.scene.time));
    let same = same(joined, columns.wide);
    let room = page.width().saturating_sub("Sequence  ".len());
    let told = match columns.words[0] {
        0 if !first.scene.actor.is_empty() => format!("{whole}, all by {}{same}", visible(&first.scene.actor)),
        _ => format!("{whole}{same}"),
    };
    // The headline names the actor, too.
    let told = if width(&told) > room { format!("{whole}{same}") } else { told };
    page.heading("Sequence", &fit(&told, room, "…"));
    let middle = if events.len() > LISTED { LISTED / 2..events.len() - LISTED / 2 } else { 0..0 };
    for (at, event) in events.iter().enumerate() {
        if at == middle.start && !middle.is_empty() {
            page.line(vec![part(Role::Quiet, format!("  … {} between them: 4 shows each", middle.len()))]);
        }
        if !middle.contains(&at) {
            let before = at.checked_sub(1).and_then(|at| events.get(at)).map(|event| &event.scene);
            page.begin(Item::OfSequence(at)).line(columns.line(shared, at, &event.scene, before)).end();
        }
    }
}

/// The join keys that all events share, for the heading; `wide` names their fields.
fn same(joined: &[Term], wide: bool) -> String {
    let one = |Term { field, value }: &Term| match value {
        Some(value) if wide => format!("{} {}", visible(field), visible(value)),
        Some(value) => visible(value).into_owned(),
        None => format!("lack of {}", visible(field)),
    };
    let all: Vec<String> = joined.iter().map(one).collect();
    if all.is_empty() { String::new() } else { format!(" · same {}", all.join(", ")) }
}

/// The width of each column; 0 hides it.
struct Columns {
    wide: bool,
    number: usize,
    time: usize,
    gap: usize,
    /// Actor, action, target and source.
    words: [usize; 4],
}

impl Columns {
    fn of(columns: usize, shared: &Shared, events: &[SequenceEvent]) -> Self {
        let scenes = || events.iter().map(|event| &event.scene);
        let widest = |text: fn(&Scene) -> &str| scenes().map(|scene| width(&visible(text(scene)))).max().unwrap_or(0);
        let differ = events.windows(2).any(|two| two[0].scene.source != two[1].scene.source);
        let days = events.iter().map(|event| shared.clock.date(event.scene.time));
        let one_day = days.clone().min() == days.max();
        let wide = columns >= WIDE;
        let gaps = events.windows(2).map(|two| width(&gap(&two[0].scene, &two[1].scene, wide)));
        let mut it = Self {
            wide,
            number: events.len().to_string().len(),
            time: if one_day { 8 } else { 14 },
            gap: gaps.max().unwrap_or(0),
            words: [
                widest(|scene| &scene.actor),
                widest(|scene| &scene.action),
                scenes().map(|scene| width(&visible(&object(scene, wide)))).max().unwrap_or(0),
                if differ || wide { widest(|scene| &scene.source) } else { 0 },
            ],
        };
        let error = if wide { widest(|scene| scene.error.as_deref().unwrap_or_default()) } else { 0 };
        let fixed = it.number + it.time + it.gap + 3 + error;
        let room = |words: [usize; 4]| columns.saturating_sub(fixed + words.iter().filter(|wide| **wide > 0).count());
        // Where it is tight, who is said once of all.
        let one_actor = events.windows(2).all(|two| two[0].scene.actor == two[1].scene.actor);
        if !wide && one_actor && it.words.iter().sum::<usize>() > room(it.words) {
            it.words[0] = 0;
        }
        let room = room(it.words);
        // What tells the events apart gives way last.
        for least in [[18, 24, 22, 15], [12, 16, 12, 15], [6, 10, 6, 9]] {
            for at in [2, 0, 1, 3] {
                let over = it.words.iter().sum::<usize>().saturating_sub(room);
                it.words[at] -= over.min(it.words[at].saturating_sub(least[at]));
            }
        }
        it
    }

    fn line(&self, shared: &Shared, at: usize, scene: &Scene, before: Option<&Scene>) -> Vec<Part> {
        let full = shared.clock.full(scene.time);
        let time = if self.time > 8 { full.get(5..19) } else { full.get(11..19) }.unwrap_or(&full);
        let after = before.map(|before| gap(before, scene, self.wide)).unwrap_or_default();
        let [actor, action, target, source] = self.words;
        // The tail tells long names apart; of an error the beginning counts.
        let word = |text: &str, wide: usize| match wide {
            0 => String::new(),
            _ => format!(" {}", pad(&fit_middle(&visible(text), wide, "…"), wide, "…")),
        };
        let about = object(scene, self.wide);
        let about = if scene.error.is_some() && !self.wide && target > 0 {
            part(Role::Bad, format!(" {}", pad(&visible(&about), target, "…")))
        } else {
            part(Role::Text, word(&about, target))
        };
        let mut parts = vec![
            part(Role::Quiet, format!("{:>1$} ", at + 1, self.number)),
            part(Role::Text, time),
            part(Role::Quiet, format!(" {after:>0$}", self.gap)),
            part(Role::Text, word(&scene.actor, actor)),
            part(Role::Strong, word(&scene.action, action)),
            about,
            part(Role::Text, word(&scene.source, source)),
        ];
        let failed = scene.error.as_deref().filter(|_| self.wide);
        parts.extend(failed.map(|error| part(Role::Bad, format!(" {}", visible(error)))));
        parts
    }
}

/// The target of the call, behind its error where errors have no column.
fn object(scene: &Scene, wide: bool) -> String {
    let object = scene.object.clone().unwrap_or_default();
    match &scene.error {
        Some(error) if !wide => format!("{error} {object}").trim_end().to_owned(),
        _ => object,
    }
}

/// The gap since the previous event: `+2m 10s`, or `+2m` in a narrow column.
fn gap(before: &Scene, scene: &Scene, wide: bool) -> String {
    let span = span(scene.time - before.time);
    format!("+{}", if wide { &span } else { span.split(' ').next().unwrap_or(&span) })
}
