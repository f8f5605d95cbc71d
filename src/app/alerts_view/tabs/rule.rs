//! The Rule tab: everything the rule says.

use crate::app::alerts::AlertEntry;
use crate::app::page::{Item, Page, Role, part};
use crate::app::rule_text;
use crate::app::shared::Shared;

pub(super) fn fill(page: &mut Page, shared: &Shared, entry: &AlertEntry) {
    let Some(rule) = shared.rule_of(entry) else {
        page.line(vec![part(Role::Quiet, format!("the rule {} is not loaded", entry.row.rule_id))]);
        return;
    };
    page.begin(Item::value("name", rule.name.clone()));
    page.line(vec![
        part(Role::Strong, rule.name.clone()),
        part(Role::Text, "  "),
        part(Role::Severity(rule.severity), format!("{} {}", rule.severity, rule.risk_score)),
    ]);
    page.end();
    rule_text::fill(page, rule);
}
