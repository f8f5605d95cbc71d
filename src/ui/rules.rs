//! The Rules view: the list, and everything about the rule under the cursor.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::input::typed;
use super::line::{put, put_row, rect};
use super::{detail, pane};
use crate::app::format::{count, plural};
use crate::app::layout::Layout;
use crate::app::page::{Part, Role, columns, part};
use crate::app::rule_line::{RuleColumn, RuleLine, in_a_word};
use crate::app::{App, Overlay, Pane};
use crate::engine::RuleState;
use crate::rule::Standing;
use crate::text::{fit, pad, visible, width};

/// Columns in front of the first: the cursor.
const GUTTER: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    Severity,
    Type,
    State,
    Hits,
    LastHit,
    Share,
    PerEvent,
}

impl Field {
    fn heading(self, app: &App) -> String {
        let (name, column) = match self {
            Self::Name => ("RULE".to_owned(), RuleColumn::Name),
            Self::Severity => ("SEV".to_owned(), RuleColumn::Severity),
            Self::Type => ("TYPE".to_owned(), RuleColumn::Type),
            Self::State => ("STATE".to_owned(), RuleColumn::State),
            Self::Hits => ("HITS".to_owned(), RuleColumn::Hits),
            Self::LastHit => (format!("LAST {}", app.shared().clock.zone()), RuleColumn::LastHit),
            Self::Share => ("COST%".to_owned(), RuleColumn::Cost),
            Self::PerEvent => ("µs/EV".to_owned(), RuleColumn::PerEvent),
        };
        let (sorted, descending) = (app.rules().sort, app.rules().descending);
        match (sorted == column && (sorted, descending) != (RuleColumn::State, false), descending) {
            (true, true) => format!("{name}↓"),
            (true, false) => format!("{name}↑"),
            (false, _) => name,
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Hits | Self::Share | Self::PerEvent)
    }
}

pub(super) fn draw(app: &App, layout: &Layout, frame: &mut Frame<'_>) {
    words(app, layout, frame);
    list(app, layout, frame.buffer_mut());
    let area = rect(layout.detail);
    if area.height == 0 {
        return;
    }
    let buffer = frame.buffer_mut();
    let (page, scroll) = (&app.rules().page, app.rules().scroll);
    let focused = app.rules().pane == Pane::Detail;
    detail::surround(layout, focused, buffer);
    title(app, Rect { height: 1, ..area }, buffer);
    detail::page(page, scroll, focused, Rect { y: area.y + 1, height: area.height - 1, ..area }, buffer);
}

fn title(app: &App, area: Rect, buffer: &mut Buffer) {
    let focused = app.rules().pane == Pane::Detail;
    detail::rule(area, focused, buffer);
    let rules = app.rules();
    let shown = rules.shown().len();
    let said = match shown {
        0 => "Rules ".to_owned(),
        _ => format!("Rule {} of {} ", count(rules.position as u64 + 1), count(shown as u64)),
    };
    let role = if focused { Role::Accent } else { Role::Text };
    let taken = put(buffer, area.x, area.y, area.width, &[part(role, said)], Style::new());
    let (page, scroll) = (&rules.page, rules.scroll);
    let rows = app.shared().layout.map_or(0, |layout| layout.detail_rows());
    let below = page.lines.len().saturating_sub(scroll.top + rows);
    detail::more(below, Rect { x: area.x + taken, width: area.width - taken, ..area }, buffer);
}

fn list(app: &App, layout: &Layout, buffer: &mut Buffer) {
    let area = rect(layout.table);
    let rules = app.rules();
    let title = [part(Role::Strong, format!(" Rules · {} ", count(rules.shown().len() as u64)))];
    pane::draw(layout.frames.0, &title, rules.pane == Pane::Table, buffer);
    if rules.shown().len() == 0 {
        let text = match rules.lines.len() {
            0 => "No rule has been read yet.".to_owned(),
            all => format!("No rule has these words: they hide {}. Esc takes them away.", plural(all, "line")),
        };
        let y = area.y + u16::from(area.height > 2);
        put(buffer, area.x + 2, y, area.width.saturating_sub(2), &[part(Role::Strong, text)], Style::new());
        return;
    }
    let fields = fields(app, usize::from(area.width));
    let mut heading = vec![part(Role::Text, " ".repeat(GUTTER))];
    for &(field, width) in &fields {
        heading.push(part(Role::Quiet, format!("{} ", aligned(field, &field.heading(app), width))));
    }
    put(buffer, area.x, area.y, area.width, &heading, Style::new());
    let shown = rules.shown().enumerate().skip(rules.top).take(layout.table_rows());
    for ((at, line), y) in shown.zip(area.y + 1..area.bottom()) {
        row(app, line, &fields, at == rules.position, Rect { y, height: 1, ..area }, buffer);
    }
}

fn row(app: &App, line: &RuleLine, fields: &[(Field, usize)], selected: bool, area: Rect, buffer: &mut Buffer) {
    let mut parts = vec![part(Role::Strong, if selected { "▸ " } else { "  " })];
    for &(field, width) in fields {
        parts.push(cell(app, line, field, width));
        parts.push(part(Role::Text, " "));
    }
    put_row(buffer, area, &parts, selected, app.rules().pane == Pane::Table);
}

fn cell(app: &App, line: &RuleLine, field: Field, width: usize) -> Part {
    let plain = if line.entry.running().is_some() { Role::Text } else { Role::Quiet };
    let (role, text) = match field {
        Field::Name => (plain, line.name.clone()),
        Field::Severity => match line.severity() {
            Some(severity) => (Role::Severity(severity), severity.as_str().to_owned()),
            None => (plain, "–".to_owned()),
        },
        Field::Type => (plain, short_type(line.kind()).to_owned()),
        Field::State => state(app, line, width),
        Field::Hits => (plain, count(line.hits.all as u64)),
        Field::LastHit => {
            let last = line.hits.last.map(|last| app.shared().clock.cell(last));
            (plain, last.unwrap_or_else(|| "–".to_owned()))
        }
        Field::Share => (plain, app.rules().share(line).map_or_else(|| "–".to_owned(), |share| format!("{share:.1}"))),
        Field::PerEvent => {
            let each = line.per_event().map(|each| format!("{each:.1}"));
            (plain, each.unwrap_or_else(|| "–".to_owned()))
        }
    };
    part(role, aligned(field, &text, width))
}

fn aligned(field: Field, text: &str, width: usize) -> String {
    if field.is_number() { format!("{:>width$}", fit(text, width, "…")) } else { pad(text, width, "…") }
}

/// A type in six columns.
fn short_type(kind: &str) -> &str {
    match kind {
        "new_terms" => "terms",
        "threshold" => "thresh",
        "machine_learning" => "ml",
        "threat_match" => "threat",
        "" => "–",
        other => other,
    }
}

/// The state of a rule, with as much of who, when and why as there is room for.
fn state(app: &App, line: &RuleLine, room: usize) -> (Role, String) {
    match app.rules().switching(line) {
        Some(true) => return (Role::Warn, "on …".to_owned()),
        Some(false) => return (Role::Warn, "off …".to_owned()),
        None => {}
    }
    let near = |time| app.shared().clock.near(time);
    let off = |switch: &crate::triage::Switch| format!("off: {}, {}", visible(&switch.analyst), near(switch.at));
    let (role, word, whole) = match (line.state, &line.entry.entry.standing) {
        (RuleState::Error, Standing::Error { kept, error }) => {
            let whole = match (kept, &line.entry.switch) {
                (Some(_), Some(switch)) if !switch.enabled => format!("error; {}", off(switch)),
                (Some(read), _) => format!("error; that of {} runs", near(*read)),
                (None, _) => format!("error: {}", visible(&error.message)),
            };
            // The sign of what is live: the version before.
            (Role::Bad, if kept.is_some() && !line.entry.is_off() { "error ●" } else { "error" }, whole)
        }
        (RuleState::Off, _) => (Role::Warn, "off", line.entry.switch.as_ref().map_or_else(String::new, off)),
        (RuleState::Unsupported, Standing::Unsupported(why)) => {
            (Role::Quiet, "unsupp.", format!("unsupported: {}", visible(why)))
        }
        (RuleState::NoRule, Standing::NoRule(what)) => (Role::Quiet, "no rule", format!("no rule: {}", visible(what))),
        (RuleState::Runs, _) if line.entry.never().is_some() => {
            let why = line.entry.never().map_or_else(String::new, |lacking| lacking.message());
            (Role::Bad, "runs !", format!("runs, {}", visible(&why)))
        }
        (state, _) => (Role::Good, in_a_word(state), in_a_word(state).to_owned()),
    };
    let fits = width(&whole) <= room || room > 20;
    (role, if fits && !whole.is_empty() { whole } else { word.to_owned() })
}

/// The columns that fit, and how wide each is.
fn fields(app: &App, width: usize) -> Vec<(Field, usize)> {
    let rules = app.rules();
    let last = rules.shown().filter_map(|line| line.hits.last).min();
    let last = last.map_or(8, |oldest| app.shared().clock.cell_width(oldest, app.shared().as_of));
    let severity = rules.shown().filter_map(|line| line.severity()).map(|s| s.as_str().len()).max().unwrap_or(3);
    let hits = rules.shown().map(|line| count(line.hits.all as u64).len()).max().unwrap_or(1).max(5);
    let mut fields = vec![(Field::Name, 12), (Field::State, 7)];
    let mut room = width.saturating_sub(GUTTER + fields.iter().map(|(_, w)| w + 1).sum::<usize>());
    // In this order they come in while there is room; then the room that is left widens name and state.
    let wanted = [
        (Field::Severity, severity.max(4)),
        (Field::Hits, hits),
        (Field::Type, 6),
        (Field::LastHit, last),
        (Field::Share, 6),
        (Field::PerEvent, 6),
    ];
    // The time of an event tells less than the name: it waits until that is readable.
    for (field, w) in wanted {
        let spare = if field == Field::PerEvent { 24 } else { 0 };
        if room > w + spare {
            fields.push((field, w));
            room -= w + 1;
        }
    }
    let longest = rules.shown().map(|line| crate::text::width(&line.name)).max().unwrap_or(0);
    for (field, most) in [(Field::Name, longest.min(44)), (Field::State, 44), (Field::Name, longest)] {
        if let Some((_, w)) = fields.iter_mut().find(|(f, _)| *f == field) {
            let more = most.saturating_sub(*w).min(room);
            *w += more;
            room -= more;
        }
    }
    let order = |f: Field| match f {
        Field::Name => 0,
        Field::Severity => 1,
        Field::Type => 2,
        Field::State => 3,
        Field::Hits => 4,
        Field::LastHit => 5,
        Field::Share => 6,
        Field::PerEvent => 7,
    };
    fields.sort_by_key(|(f, _)| order(*f));
    fields
}

/// The words that rules are found by, while they are typed and after.
fn words(app: &App, layout: &Layout, frame: &mut Frame<'_>) {
    let area = rect(layout.filter);
    if area.height == 0 {
        return;
    }
    let rules = app.rules();
    let found = format!("{} of {}", count(rules.shown().len() as u64), plural(rules.lines.len(), "line"));
    let row = Rect { height: 1, ..area };
    let lead = "find ";
    if let Some(Overlay::FindRules { editor, .. }) = app.shared().overlay.as_ref() {
        typed(part(Role::Strong, lead), editor, row, frame);
        let hint = " · names, states, types, severities, tags, tactics, files";
        let parts = [part(Role::Text, " ".repeat(lead.len())), part(Role::Strong, found), part(Role::Quiet, hint)];
        put(frame.buffer_mut(), area.x, area.y + 1, area.width, &parts, Style::new());
        return;
    }
    let right = [part(Role::Text, found), part(Role::Quiet, " · Esc shows all")];
    let width = u16::try_from(columns(&right)).unwrap_or(0).min(row.width);
    let left = [part(Role::Quiet, lead), part(Role::Strong, rules.words.as_str())];
    put(frame.buffer_mut(), row.x, row.y, row.width.saturating_sub(width + 2), &left, Style::new());
    put(frame.buffer_mut(), row.right() - width, row.y, width, &right, Style::new());
}
