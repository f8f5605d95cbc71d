//! The line of a group: its columns are those of its alerts as far as the status; behind them what the group is, how many
//! it has, and what they have not in common.

use super::columns::Field;
use super::{GUTTER, priority, severity};
use crate::app::App;
use crate::app::format::{count, plural};
use crate::app::list::Group;
use crate::app::page::{Part, Role, columns, part};
use crate::text::{fit, pad, width};
use crate::triage::{Reason, Status};

/// What a title keeps at least where the time wants the room, and where the rest does.
const TITLE: [usize; 2] = [30, 60];

pub(super) fn parts(app: &App, group: &Group, fields: &[(Field, usize)], room: usize) -> Vec<Part> {
    let list = &app.alerts().list;
    let clock = &app.shared().clock;
    let status = urgent(group);
    let closed = matches!(status, Status::Closed(_));
    let (plain, strong) = if closed { (Role::Quiet, Role::Quiet) } else { (Role::Text, Role::Strong) };
    let mut parts = Vec::new();
    for &(field, width) in fields {
        match field {
            Field::Time => parts.push(part(plain, pad(&clock.cell(group.last), width, "…"))),
            Field::Priority => parts.extend(priority(group.priority, 0, width)),
            Field::Severity => {
                parts.push(part(Role::Severity(group.severity()), pad(severity(group.severity(), width), width, "…")));
            }
            Field::Status => parts.push(part(Role::Status(status), pad(super::word(status), width, "…"))),
            _ => continue,
        }
        parts.push(part(plain, " "));
    }
    let fold = if group.folded { "▸" } else { "▾" };
    let title = format!("{fold} {} · {}", plural(group.counts.all(), "alert"), list.title(group, &app.shared().alerts));
    let mut room = room.saturating_sub(GUTTER + columns(&parts));
    let mut rest = Vec::new();
    for (at, said) in said(app, group).into_iter().enumerate() {
        if room >= width(&title).min(TITLE[at.min(1)]) + 2 + width(&said) {
            room -= 2 + width(&said);
            rest.push(format!("  {said}"));
        }
    }
    parts.push(part(strong, pad(&fit(&title, room, "…"), room, "…")));
    parts.extend(rest.into_iter().map(|said| part(Role::Quiet, said)));
    parts
}

/// What more there is to say, the most useful first.
fn said(app: &App, group: &Group) -> Vec<String> {
    let mut said = Vec::new();
    if group.first != group.last {
        said.push(format!("from {}", app.shared().clock.cell(group.first)));
    }
    let c = group.counts;
    let counts = [(c.open, "open"), (c.acknowledged, "ack"), (c.closed, "closed")];
    said.extend(mixed(counts.into_iter()));
    said.extend(mixed(group.by_severity().map(|(severity, n)| (n, severity.as_str()))));
    said
}

/// `3 open · 1 closed`; nothing where all are the same.
fn mixed<'w>(counts: impl Iterator<Item = (usize, &'w str)>) -> Option<String> {
    let some: Vec<String> =
        counts.filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", count(n as u64))).collect();
    (some.len() > 1).then(|| some.join(" · "))
}

/// The status that asks most of those in the group.
fn urgent(group: &Group) -> Status {
    match (group.counts.open, group.counts.acknowledged) {
        (1.., _) => Status::Open,
        (0, 1..) => Status::Acknowledged,
        (0, 0) => Status::Closed(Reason::Other),
    }
}
