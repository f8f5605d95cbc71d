//! The table of alerts: only the rows that are on the screen.

mod columns;
mod empty;
mod group;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use self::columns::{Field, PRIORITY, fields};
use super::line::{put, put_row, rect};
use super::pane;
use crate::app::alerts::{AlertEntry, target_name};
use crate::app::format::count;
use crate::app::layout::Layout;
use crate::app::list::TableRow;
use crate::app::page::{Part, Role, columns, part};
use crate::app::{App, Pane};
use crate::investigate::band;
use crate::rule::Severity;
use crate::text::{self, fit_middle, pad};
use crate::triage::Status;

/// Columns in front of the first: the cursor and the mark.
const GUTTER: usize = 2;

pub(super) fn draw(app: &App, layout: &Layout, buffer: &mut Buffer) {
    let area = rect(layout.table);
    if area.height == 0 {
        return;
    }
    let list = &app.alerts().list;
    let title = [part(Role::Strong, format!(" Alerts · {} ", count(list.shown as u64)))];
    pane::draw(layout.frames.0, &title, app.alerts().pane == Pane::Table, buffer);
    if list.rows().is_empty() {
        return empty::draw(app, area, buffer);
    }
    let fields = fields(app, usize::from(area.width));
    let mut heading = vec![part(Role::Text, " ".repeat(GUTTER))];
    for &(field, width) in &fields {
        heading.push(part(Role::Quiet, format!("{} ", pad(&field.heading(app), width, "…"))));
    }
    put(buffer, area.x, area.y, area.width, &heading, Style::new());
    outside(list.unseen_outside(layout.table_rows()), area, buffer);
    let shown = list.rows().iter().enumerate().skip(list.top()).take(layout.table_rows());
    for ((at, row), y) in shown.zip(area.y + 1..area.bottom()) {
        let (mark, cells) = match *row {
            TableRow::Group(group) => {
                let Some(group) = list.groups().get(group) else { continue };
                let all = list.members(group);
                let marked = all.iter().filter(|&&i| app.shared().alerts.at(i).is_some_and(|e| e.marked)).count();
                let parts = group::parts(app, group, &fields, usize::from(area.width));
                (marks(marked, all.len(), group.folded && group.unseen > 0), parts)
            }
            TableRow::Alert(index) => {
                let Some(entry) = app.shared().alerts.at(index) else { continue };
                let plain = if list.is_inside(index) { "│" } else { " " };
                let mark = marks(usize::from(entry.marked), 1, list.is_unseen(index));
                (mark.or_else(|| Some(part(Role::Quiet, plain))), cells(app, entry, &fields))
            }
        };
        let selected = at == list.position();
        let cursor = part(Role::Strong, if selected { "▸" } else { " " });
        let mark = mark.unwrap_or_else(|| part(Role::Text, " "));
        let parts: Vec<Part> = [cursor, mark].into_iter().chain(cells).collect();
        let focused = app.alerts().pane == Pane::Table;
        put_row(buffer, Rect { y, height: 1, ..area }, &parts, selected, focused);
    }
}

/// Whether all of a row's alerts are marked, or some, or whether there is one that nobody has looked at.
fn marks(marked: usize, of: usize, unseen: bool) -> Option<Part> {
    match marked {
        0 => unseen.then(|| part(Role::Accent, "+")),
        all if all == of => Some(part(Role::Strong, "•")),
        _ => Some(part(Role::Strong, "·")),
    }
}

/// Says at the right end of the headings that there is something new that is not on the screen.
fn outside((above, below): (usize, usize), area: Rect, buffer: &mut Buffer) {
    let said = |sign, n: usize, place| (n > 0).then(|| format!(" {sign} {} new {place}", count(n as u64)));
    let said: Vec<String> = [said("▲", above, "above"), said("▼", below, "below")].into_iter().flatten().collect();
    let said = [part(Role::Accent, said.concat())];
    let width = u16::try_from(columns(&said)).unwrap_or(0);
    if width > 0 && width < area.width {
        put(buffer, area.right() - width, area.y, width, &said, Style::new());
    }
}

fn cells(app: &App, entry: &AlertEntry, fields: &[(Field, usize)]) -> Vec<Part> {
    let closed = matches!(entry.case().status, Status::Closed(_));
    let text = if closed { Role::Quiet } else { Role::Text };
    let cells = fields
        .iter()
        .flat_map(|&(field, width)| cell(app, entry, field, width, text).into_iter().chain([part(text, " ")]));
    cells.collect()
}

fn cell(app: &App, entry: &AlertEntry, field: Field, width: usize, plain: Role) -> Vec<Part> {
    let l = &entry.row;
    let value = |v: &Option<String>| {
        let v = v.as_deref().unwrap_or("–");
        vec![part(plain, pad(&fit_middle(v, width, "…"), width, "…"))]
    };
    let one = |role, v: &str| vec![part(role, pad(v, width, "…"))];
    match field {
        Field::Time => {
            let role = if app.shared().clock.is_ahead(l.time) { Role::Warn } else { plain };
            one(role, &app.shared().clock.cell(l.time))
        }
        Field::Severity => one(Role::Severity(l.severity), severity(l.severity, width)),
        Field::Priority => priority(l.assessment.priority, l.assessment.raising(), width),
        Field::Status => one(Role::Status(entry.case().status), word(entry.case().status)),
        Field::Actor => one(plain, &actor(l.summary.actor.as_deref().unwrap_or("–"), width)),
        Field::Source => value(&l.summary.source),
        Field::Target => {
            let name = l.summary.target.as_deref().map(|target| {
                let name = target_name(target);
                // Where it is too long, its kind gives way to its name.
                let kind_before = || if name == target { target.rsplit(['/', ':']).next() } else { None };
                match name.strip_suffix(" (cluster)").or_else(kind_before) {
                    Some(bare) if text::width(&name) > width => bare.to_owned(),
                    _ => name.into_owned(),
                }
            });
            value(&name)
        }
        Field::To => value(&l.summary.destination),
        // That it is about AWS goes without saying where there is little room.
        Field::Rule => one(plain, l.rule_name.strip_prefix("AWS ").unwrap_or(&l.rule_name)),
        Field::Steps => {
            let (done, all) = app.shared().progress(entry);
            let role = if all > 0 && done == all { Role::Good } else { plain };
            let shown = if all == 0 { "–".to_owned() } else { format!("{done}/{all}") };
            one(role, &format!("{shown:>5}"))
        }
        Field::Flags => flags(app, entry, width),
    }
}

fn word(status: Status) -> &'static str {
    if status == Status::Acknowledged { "ack" } else { status.as_str() }
}

/// A priority as a cell of the colour of its band and, where there is room, how many findings raise it.
fn priority(priority: u32, raising: usize, width: usize) -> Vec<Part> {
    let number = part(Role::Priority(band(priority)), format!("{priority:>PRIORITY$}"));
    let findings = if raising > 0 { format!(" ‼{raising:>2}") } else { String::new() };
    vec![number, part(Role::Bad, pad(&findings, width.saturating_sub(PRIORITY), "…"))]
}

/// A severity in `width` columns.
fn severity(severity: Severity, width: usize) -> &'static str {
    match severity {
        _ if severity.as_str().len() <= width => severity.as_str(),
        Severity::Medium => "med",
        Severity::Critical => "crit",
        Severity::Low | Severity::High => severity.as_str(),
    }
}

/// An actor in `width` columns. Of a role and its session the session tells people apart, so the role gives way first.
pub(super) fn actor(text: &str, width: usize) -> String {
    if text::width(text) > width
        && let Some((role, session)) = text.rsplit_once('/')
    {
        let room = width.saturating_sub(text::width(session) + 1);
        return match room {
            0 => fit_middle(session, width, "…").into_owned(),
            room => format!("{}/{session}", text::fit(role, room, "…")),
        };
    }
    fit_middle(text, width, "…").into_owned()
}

/// Everything else worth knowing about an alert, one letter or sign each.
fn flags(app: &App, entry: &AlertEntry, width: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    if entry.unsaved() {
        let failed = app.shared().pending.failed() > 0;
        parts.push(if failed { part(Role::Bad, "✗") } else { part(Role::Warn, "…") });
    }
    if entry.row.summary.suspicious {
        parts.push(part(Role::Bad, "⚑"));
    }
    if entry.row.late {
        parts.push(part(Role::Warn, "L"));
    }
    if entry.row.held {
        parts.push(part(Role::Warn, "H"));
    }
    if entry.row.withdrawn {
        parts.push(part(Role::Warn, "W"));
    }
    parts.truncate(width);
    let used = parts.len();
    parts.push(part(Role::Text, " ".repeat(width - used)));
    parts
}

#[cfg(test)]
mod tests {
    use super::actor;

    #[test]
    fn of_a_role_session_the_session_stays() {
        assert_eq!(actor("etl-role/jsmith", 15), "etl-role/jsmith");
        assert_eq!(actor("support-readonly/jsmith", 15), "support…/jsmith");
        assert_eq!(actor("analytics/export-2026w47", 15), "export-2026w47");
        assert_eq!(actor("analytics/export-2026w47", 17), "a…/export-2026w47");
        assert_eq!(actor("analytics/export-2026w47", 9), "expo…6w47");
        assert_eq!(actor("5c9c6238-aaaa-29ce9ef", 9), "5c9c…e9ef");
    }
}
