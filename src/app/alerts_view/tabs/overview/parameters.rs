//! What a call asked for and what it was answered, as a table of its own, folded to a line until it is wanted.

use serde_json::Value;

use crate::app::page::{Item, Page, Part, Role, columns, part};
use crate::engine::Row;
use crate::text::{pad, visible, width};

/// The rows that become tables: the field, the record's name for it, and the field that its values are found by.
const TABLES: [(&str, &str, &str); 2] = [
    ("aws.cloudtrail.request_parameters", "requestParameters", "aws.cloudtrail.flattened.request_parameters"),
    ("aws.cloudtrail.response_elements", "responseElements", "aws.cloudtrail.flattened.response_elements"),
];

/// More than this many values are counted and not shown: the Event tab has them.
const VALUES: usize = 60;

/// Columns of names at most.
const NAMES: usize = 28;

pub(super) struct Table<'r> {
    row: &'r Row,
    below: &'static str,
    values: Vec<(String, String)>,
}

impl<'r> Table<'r> {
    /// Of a row that has several values in `record`.
    pub(super) fn of(row: &'r Row, record: &Value) -> Option<Self> {
        let field = row.field.as_deref()?;
        let (_, name, below) = TABLES.into_iter().find(|(of, _, below)| *of == field || *below == field)?;
        let mut values = Vec::new();
        gather(record.get(name)?, "", &mut values);
        (!values.is_empty()).then_some(Self { row, below, values })
    }

    pub(super) fn fill(&self, page: &mut Page, label: Part, unfolded: bool) {
        let Row { label: what, value, copy, .. } = self.row;
        let whole = copy.clone().unwrap_or_else(|| value.clone());
        page.begin(Item::Parameters { what: what.clone(), value: whole });
        let sign = if unfolded { "▾ " } else { "▸ " };
        let names: Vec<&str> = self.values.iter().map(|(name, _)| name.as_str()).collect();
        let mut lead = vec![label, part(Role::Accent, sign)];
        let room = page.width().saturating_sub(columns(&lead));
        let said = visible(&names.join(", ")).into_owned();
        let short = format!("{}: {said}", crate::app::format::plural(self.values.len(), "value"));
        lead.push(part(Role::Quiet, crate::text::fit(&short, room, "…")));
        page.line(lead).end();
        if !unfolded {
            return;
        }
        let most = names.iter().map(|name| width(&visible(name))).max().unwrap_or(0).min(NAMES);
        for (name, value) in self.values.iter().take(VALUES) {
            let field = format!("{}.{name}", self.below);
            page.begin(Item::Value { what: name.clone(), value: value.clone(), field: Some(field) });
            let lead = part(Role::Quiet, format!("    {} ", pad(&visible(name), most, "…")));
            page.named(vec![lead], value).end();
        }
        let more = self.values.len().saturating_sub(VALUES);
        if more > 0 {
            page.line(vec![part(Role::Quiet, format!("    … and {more} more: 4 shows the record"))]);
        }
    }
}

/// Every value by its path. What an array holds is one value where it is plain.
fn gather(value: &Value, path: &str, into: &mut Vec<(String, String)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Null => {}
        Value::Object(fields) => fields.iter().for_each(|(name, value)| gather(value, &below(name), into)),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            into.push((path.to_owned(), items.join(", ")));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, path, into)),
        value => into.push((path.to_owned(), plain(value))),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
