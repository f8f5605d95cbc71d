//! The columns of the table of alerts, chosen by the room there is.

use super::GUTTER;
use crate::app::App;
use crate::app::list::Column;

/// Columns of a priority, and with the number of findings that raise it.
pub(super) const PRIORITY: usize = 3;
const WITH_FINDINGS: usize = PRIORITY + 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Time,
    Priority,
    Severity,
    Status,
    Actor,
    Source,
    Target,
    To,
    Rule,
    Steps,
    Flags,
}

impl Field {
    pub(super) fn heading(self, app: &App) -> String {
        let (name, sorted) = match self {
            Self::Time => (format!("TIME {}", app.shared().clock.zone()), Some(Column::Time)),
            Self::Priority => ("PRI".to_owned(), Some(Column::Priority)),
            Self::Severity => ("SEV".to_owned(), Some(Column::Severity)),
            Self::Status => ("STATUS".to_owned(), Some(Column::Status)),
            Self::Actor => ("ACTOR".to_owned(), Some(Column::Actor)),
            Self::Source => ("SOURCE IP".to_owned(), Some(Column::Source)),
            Self::Target => (app.shared().target_heading.to_uppercase(), Some(Column::Target)),
            Self::To => ("TO".to_owned(), Some(Column::Destination)),
            Self::Rule => ("RULE".to_owned(), Some(Column::Rule)),
            Self::Steps => ("STEPS".to_owned(), Some(Column::Steps)),
            Self::Flags => (String::new(), None),
        };
        // No column shows the order that it starts with.
        let (sort, descending) = app.alerts().list.order();
        match (sorted == Some(sort), descending) {
            (true, true) => format!("{name}↓"),
            (true, false) => format!("{name}↑"),
            (false, _) => name,
        }
    }
}

/// The columns that fit, and how wide each is.
pub(super) fn fields(app: &App, width: usize) -> Vec<(Field, usize)> {
    let time = app.alerts().list.span.map_or(8, |(oldest, newest)| app.shared().clock.cell_width(oldest, newest));
    let rules = app.rules().lines.iter().filter(|line| line.entry.entry.runs().is_some());
    let severity = rules.clone().filter_map(|line| line.severity()).map(|s| s.as_str().len()).max().unwrap_or(8).max(4);
    let several = rules.count() > 1;
    let needed = app.alerts().list.widths;
    // The width of a column: of its widest cell, between a minimum and `most`.
    let wish = |field: Field, most: usize| match field {
        Field::Actor => usize::from(needed.actor).clamp(5, most.max(5)),
        Field::Source => usize::from(needed.source).clamp(9, most.max(9)),
        Field::Target => usize::from(needed.target).clamp(8, most.max(8)),
        Field::To => usize::from(needed.destination).clamp(4, most.max(4)),
        _ => most,
    };
    let mut fields = vec![
        (Field::Time, time),
        (Field::Priority, PRIORITY),
        (Field::Status, 6),
        (Field::Actor, wish(Field::Actor, 14)),
    ];
    let mut room = width.saturating_sub(GUTTER + fields.iter().map(|(_, w)| w + 1).sum::<usize>());
    // In this order they come in while there is room; then the room that is left widens those that can use it.
    let (source, target) = (wish(Field::Source, 15), wish(Field::Target, 12));
    let to = (Field::To, wish(Field::To, 20), needed.destination > 1);
    let one = [
        (Field::Flags, 2, true),
        (Field::Source, source, true),
        (Field::Steps, 5, true),
        (Field::Severity, if width < 100 { 4 } else { severity }, true),
        (Field::Target, target, true),
        to,
    ];
    // Of several rules an alert says above all which it is of, and how bad that is.
    let many = [
        (Field::Flags, 2, true),
        (Field::Severity, 4, true),
        (Field::Rule, 14, true),
        (Field::Source, source, true),
        (Field::Target, target, true),
        // On a narrow screen the rule's name needs the room of the steps.
        (Field::Steps, if width < 84 { usize::MAX } else { 5 }, true),
        to,
    ];
    let wanted = if several { &many[..] } else { &one };
    for &(field, w, wish) in wanted {
        let w = if field == Field::Target && room > 8 { w.min(room - 1) } else { w };
        if wish && room > w {
            fields.push((field, w));
            room -= w + 1;
        }
    }
    let findings = WITH_FINDINGS - PRIORITY;
    if needed.raising > 0 && room >= findings {
        fields[1].1 += findings;
        room -= findings;
    }
    let widened = [
        (Field::Actor, 15),
        (Field::Rule, 26),
        (Field::Target, 18),
        (Field::Actor, 22),
        (Field::Target, 28),
        (Field::Source, 40),
        (Field::Actor, 34),
        (Field::Target, 46),
        (Field::To, 48),
        (Field::Actor, 64),
        (Field::Rule, 48),
        (Field::Target, 80),
        (Field::To, 80),
    ];
    for (field, most) in widened {
        if let Some((_, w)) = fields.iter_mut().find(|(f, _)| *f == field) {
            let more = wish(field, most).saturating_sub(*w).min(room);
            *w += more;
            room -= more;
        }
    }
    let order = |f: Field| match f {
        Field::Time => 0,
        Field::Priority => 1,
        Field::Severity => 2,
        Field::Status => 3,
        Field::Rule => 4,
        Field::Actor => 5,
        Field::Source => 6,
        Field::Target => 7,
        Field::To => 8,
        Field::Steps => 9,
        Field::Flags => 10,
    };
    fields.sort_by_key(|(f, _)| order(*f));
    fields
}
