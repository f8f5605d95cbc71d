//! The History tab: who decided what, newest first; what was taken back stays readable.

use crate::app::alerts::{AlertEntry, UNSAVED};
use crate::app::page::{Item, Page, Role, part};
use crate::app::shared::Shared;
use crate::triage::Action;

pub(super) fn fill(page: &mut Page, shared: &Shared, entry: &AlertEntry) {
    let case = entry.case();
    if case.history.is_empty() {
        page.line(vec![part(Role::Quiet, "nobody has decided anything about this alert yet")]);
    }
    for d in case.history.iter().rev() {
        let undone = case.undone.contains_key(&d.seq);
        let words = shared.words(&d.action, &d.alert);
        let text = if let Action::Note { text, .. } = &d.action { text.clone() } else { String::new() };
        let value = if text.is_empty() { words.clone() } else { text.clone() };
        page.begin(Item::value("history", value));
        let lead = vec![
            part(Role::Quiet, format!("{}  ", shared.clock.full(d.at))),
            part(Role::Text, format!("{}  ", d.analyst)),
        ];
        page.wrapped(lead, if undone { Role::Struck } else { Role::Text }, &words);
        if !text.is_empty() {
            let role = if undone { Role::Struck } else { Role::Strong };
            page.wrapped(vec![part(Role::Text, "    ")], role, &text);
        }
        if d.seq >= UNSAVED {
            page.line(vec![part(Role::Bad, "    not saved")]);
        } else if undone {
            page.line(vec![part(Role::Quiet, "    taken back")]);
        }
        page.end();
    }
    page.blank();
    let mut event = vec![part(Role::Quiet, "event  "), part(Role::Text, shared.clock.full(entry.row.time))];
    event.extend(shared.clock.is_ahead(entry.row.time).then(|| part(Role::Warn, "  in the future")));
    page.line(event);
    page.line(vec![part(Role::Quiet, "found  "), part(Role::Text, shared.clock.full(entry.row.found))]);
    page.wrapped(vec![part(Role::Quiet, "alert  ")], Role::Text, &entry.row.id.0);
}
