//! The two lists of Explore: the events, and the values of a field.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::line::{put, put_row};
use super::super::table::actor;
use crate::app::App;
use crate::app::explore::{Explore, Side, outcome};
use crate::app::format::{count, plural, span};
use crate::app::page::{Part, Role, part};
use crate::engine::{FoundEvent, GroupPlace, Groups, Values};
use crate::text::{fit_middle, pad, visible, width};

/// Columns in front of a row: the cursor.
const GUTTER: usize = 2;

/// Columns of the mark that holds the events of a sequence together.
const BRACKET: usize = 2;

/// Columns of that mark, where there are such events.
fn bracket_columns(events: &[FoundEvent]) -> usize {
    if events.iter().any(|event| event.group.is_some()) { BRACKET } else { 0 }
}

fn bracket(event: &FoundEvent) -> Option<Part> {
    let GroupPlace { first, last } = event.group?;
    let mark = match (first, last) {
        (true, true) => "─ ",
        (true, false) => "┌ ",
        (false, false) => "│ ",
        (false, true) => "└ ",
    };
    Some(part(Role::Accent, mark))
}

/// Rows of a list: which is under the cursor, and whether the list has the keys.
struct Rows {
    top: usize,
    cursor: usize,
    focused: bool,
}

impl Rows {
    fn draw(&self, at: usize, mut parts: Vec<Part>, row: Rect, buffer: &mut Buffer) {
        let selected = at == self.cursor;
        parts.insert(0, part(Role::Strong, if selected { "▸ " } else { "  " }));
        put_row(buffer, row, &parts, selected, self.focused);
    }
}

fn heading(text: String, focused: bool, area: Rect, buffer: &mut Buffer) {
    let role = if focused { Role::Strong } else { Role::Quiet };
    put(buffer, area.x, area.y, area.width, &[part(role, text)], Style::new());
}

const HEADINGS: [&str; 6] = ["TIME", "ACTION", "OUTCOME", "ACTOR", "SOURCE", "REGION"];

/// Widths of the events' columns, in the order of [`HEADINGS`]; 0 where there is no room.
struct Columns([usize; 6]);

impl Columns {
    fn of(app: &App, explore: &Explore, columns: usize) -> Self {
        let events = &explore.answer.events;
        let needed = explore.widths;
        let time = match (events.first(), events.last()) {
            (Some(newest), Some(oldest)) => app.shared().clock.cell_width(oldest.time, newest.time),
            _ => 8,
        };
        let needed = [time, needed.action, needed.outcome, needed.actor, needed.source, needed.region];
        let mut given = [0; 6];
        let mut room = columns.saturating_sub(GUTTER + bracket_columns(events));
        // Columns that tell events apart come first; then the room that is left widens those that are cut.
        for (column, least, most) in [(0, 8, 17), (1, 6, 18), (3, 5, 14), (4, 6, 15), (2, 7, 8), (5, 6, 14)] {
            let wide = needed[column].clamp(least, most);
            if room > wide {
                given[column] = wide;
                room -= wide + 1;
            }
        }
        let more = [(1, 26), (2, 14), (3, 24), (4, 30), (2, 28), (1, usize::MAX), (3, usize::MAX), (2, usize::MAX)];
        for (column, most) in more.into_iter().filter(|(column, _)| given[*column] > 0).collect::<Vec<_>>() {
            let wider = needed[column].min(most).saturating_sub(given[column]).min(room);
            given[column] += wider;
            room -= wider;
        }
        Self(given)
    }

    fn heading(&self, app: &App) -> String {
        let time = format!("TIME {}", app.shared().clock.zone());
        let names = HEADINGS.iter().enumerate().map(|(at, name)| if at == 0 { time.as_str() } else { name });
        names.zip(self.0).filter(|(_, w)| *w > 0).map(|(name, w)| format!("{} ", pad(name, w, "…"))).collect()
    }

    /// The cells of `event`, which comes after `before` in a sequence: how long after says more than when.
    fn row(&self, app: &App, event: &FoundEvent, before: Option<&FoundEvent>) -> Vec<Part> {
        let failed = event.outcome == "failure" || event.error.is_some();
        let time = match before {
            Some(before) => format!("{:>1$}", format!("+{}", span(event.time - before.time)), self.0[0]),
            None => app.shared().clock.cell(event.time),
        };
        let cells = [&time, &event.action, outcome(event), &event.actor, &event.source, &event.region];
        let mut parts: Vec<Part> = bracket(event).into_iter().collect();
        for (at, (text, width)) in cells.into_iter().zip(self.0).enumerate().filter(|(_, (_, width))| *width > 0) {
            let role = match at {
                0 if before.is_some() => Role::Quiet,
                2 if failed => Role::Bad,
                _ => Role::Text,
            };
            let text = visible(if text.is_empty() { "–" } else { text });
            let cell = match at {
                2 => text,
                3 => actor(&text, width).into(),
                _ => fit_middle(&text, width, "…"),
            };
            parts.push(part(role, pad(&cell, width, "…")));
            parts.push(part(Role::Text, " "));
        }
        parts
    }
}

pub(super) fn events(app: &App, explore: &Explore, area: Rect, buffer: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let list = &explore.answer.events;
    let place = explore.events;
    let rows = Rows { top: place.top, cursor: place.cursor, focused: explore.side == Side::Events };
    if list.is_empty() {
        let text = match (explore.asked, explore.answer.done, explore.answer.groups) {
            (false, _, _) => "",
            (true, true, Groups::None) => "  no event matches",
            (true, false, Groups::None) => "  no event so far",
            (true, true, Groups::Sequences(_)) => "  no sequence matches",
            (true, true, Groups::Samples(_)) => "  no sample matches",
            (true, false, _) => "  what events are together is known once all are read",
        };
        return heading(text.to_owned(), false, area, buffer);
    }
    let columns = Columns::of(app, explore, usize::from(area.width));
    let is_sequence = matches!(explore.answer.groups, Groups::Sequences(_));
    let indent = " ".repeat(GUTTER + bracket_columns(list));
    heading(format!("{indent}{}", columns.heading(app)), rows.focused, area, buffer);
    for (at, y) in (rows.top..list.len()).zip(area.y + 1..area.bottom()) {
        let event = &list[at];
        let follows = is_sequence && event.group.is_some_and(|place| !place.first);
        let before = at.checked_sub(1).and_then(|at| list.get(at)).filter(|_| follows);
        rows.draw(at, columns.row(app, event, before), Rect { y, height: 1, ..area }, buffer);
    }
}

pub(super) fn values(explore: &Explore, area: Rect, buffer: &mut Buffer) {
    let Some(counted) = explore.counted().filter(|_| area.height > 0) else { return };
    let place = explore.values;
    let rows = Rows { top: place.top, cursor: place.cursor, focused: explore.side == Side::Values };
    heading(values_heading(counted, usize::from(area.width)), rows.focused, area, buffer);
    let most = counted.most.iter().map(|(_, n)| *n).max().unwrap_or(0).max(counted.missing).max(1);
    let digits = width(&count(most));
    let bar = usize::from(area.width / 4);
    let name = usize::from(area.width).saturating_sub(GUTTER + digits + bar + 3);
    for (at, y) in (rows.top..explore.value_rows()).zip(area.y + 1..area.bottom()) {
        let (role, text, n) = match counted.most.get(at) {
            Some((value, n)) => (Role::Text, visible(value), *n),
            None => (Role::Quiet, "no value".into(), counted.missing),
        };
        let length = (u128::from(n) * bar as u128).div_ceil(u128::from(most));
        let parts = vec![
            part(role, pad(&fit_middle(&text, name, "…"), name, "…")),
            part(role, format!(" {:>digits$} ", count(n))),
            part(Role::Quiet, "▇".repeat(usize::try_from(length).unwrap_or(bar).min(bar))),
        ];
        rows.draw(at, parts, Rect { y, height: 1, ..area }, buffer);
    }
}

/// The field and the number of its values, in the longest wording that fits.
fn values_heading(counted: &Values, columns: usize) -> String {
    let told = count(counted.most.len() as u64);
    let different = plural(usize::try_from(counted.different).unwrap_or(usize::MAX), "value");
    let some = (counted.most.len() as u64) < counted.different;
    let ways = match (counted.off_by > 0, some) {
        (true, _) => [
            format!("the {told} most frequent of more than {different}, roughly counted"),
            format!("{told} of over {different}"),
        ],
        (false, true) => [format!("the {told} most frequent of {different}"), format!("{told} of {different}")],
        (false, false) => [different.clone(), different],
    };
    let mut headings = ways.map(|way| format!("  VALUES of {} · {way}", visible(&counted.field)));
    let fits = headings.iter().position(|heading| width(heading) <= columns).unwrap_or(headings.len() - 1);
    std::mem::take(&mut headings[fits])
}
