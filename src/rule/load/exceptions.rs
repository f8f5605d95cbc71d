//! Exceptions in an export of rules: lists, and items that name their list. Items become KQL. A rule does not run
//! unless all its exceptions apply, as it would raise false alerts.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};

use super::filters::{certain, scalar, wildcard};
use super::node::{Entry, Table, Value};
use crate::query::kql;
use crate::rule::{ExceptionRef, Rule, RuleException};

/// The exception lists of a file, by id and namespace.
#[derive(Debug, Default)]
pub(super) struct Lists(BTreeMap<(String, String), Vec<Result<RuleException, String>>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Item,
}

impl Kind {
    pub(super) fn of(table: &Table) -> Option<Self> {
        let is = table.contains_key("list_id") && !table.contains_key("query");
        is.then(|| if table.contains_key("entries") { Self::Item } else { Self::List })
    }
}

impl Lists {
    /// Adds a list or an item.
    pub(super) fn add(&mut self, table: &Table) {
        let Some(kind) = Kind::of(table) else { return };
        let items = self.0.entry(key(table)).or_default();
        if kind == Kind::Item {
            items.push(item(table));
        }
    }

    /// True when a rule asked for the list of this line.
    pub(super) fn is_asked_for(table: &Table, asked: &HashSet<(String, String)>) -> bool {
        asked.contains(&key(table))
    }

    /// Adds the exceptions of its lists to a rule.
    ///
    /// # Errors
    /// Why they cannot all be applied.
    pub(super) fn apply(&self, rule: &mut Rule) -> Result<(), String> {
        for list in &rule.exceptions_list {
            let Some(items) = self.0.get(&named(list)) else {
                return Err(format!(
                    "its exceptions are in the list {}, which is not in this file: export the rule together with them",
                    list.list_id
                ));
            };
            for item in items {
                rule.exceptions.push(item.clone()?);
            }
        }
        Ok(())
    }
}

/// A list's id and namespace.
pub(super) fn named(list: &ExceptionRef) -> (String, String) {
    (list.list_id.clone(), list.namespace_type.clone())
}

fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    match table.get(key).map(|entry| &entry.node.value) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn key(table: &Table) -> (String, String) {
    let of = |key, other: &str| text(table, key).unwrap_or(other).to_owned();
    (of("list_id", ""), of("namespace_type", "single"))
}

fn item(table: &Table) -> Result<RuleException, String> {
    let name = text(table, "name").unwrap_or("without a name").trim().to_owned();
    let why = |why: String| format!("its exception \"{name}\" cannot be applied: {why}");
    let is_list = |key: &str, empty: bool| match table.get(key).map(|entry| &entry.node.value) {
        Some(Value::List(items)) => items.is_empty() == empty,
        None | Some(Value::Null) => empty,
        Some(_) => false,
    };
    if !is_list("os_types", true) {
        return Err(why("it is for some operating systems".to_owned()));
    }
    let expires = match table.get("expire_time").map(|entry| &entry.node.value) {
        None | Some(Value::Null) => None,
        Some(Value::Text(at)) => {
            let at = DateTime::parse_from_rfc3339(at).map_err(|_| why(format!("`{at}` is no time")))?;
            Some(at.with_timezone(&Utc))
        }
        Some(_) => return Err(why("its end is no time".to_owned())),
    };
    let entries = entries(table, false).and_then(|covered| certain(&covered)).map_err(why)?;
    let list_id = key(table).0;
    Ok(RuleException { name, list_id, expires, query: entries })
}

/// Joins all entries of an item, or of a nested entry.
fn entries(table: &Table, nested: bool) -> Result<kql::Node, String> {
    let Some(Value::List(items)) = table.get("entries").map(|entry| &entry.node.value) else {
        return Err("it has no list of entries".to_owned());
    };
    let parts = items.iter().map(|item| match &item.value {
        Value::Table(table) => entry(table, nested),
        _ => Err("an entry is no object".to_owned()),
    });
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    kql::Node::all(parts).ok_or_else(|| "it has no entries, and would cover everything".to_owned())
}

fn entry(table: &Table, nested: bool) -> Result<kql::Node, String> {
    let field = text(table, "field").filter(|field| !field.is_empty()).ok_or("an entry names no field")?;
    let kind = text(table, "type").unwrap_or_default();
    let value = || table.get("value").map(|Entry { node, .. }| node).ok_or_else(|| "an entry has no value".to_owned());
    let made = match kind {
        "match" => kql::Node::is(field, &scalar(value()?)?),
        "match_any" => {
            let Value::List(values) = &value()?.value else {
                return Err("`match_any` has no list of values".to_owned());
            };
            let values = values.iter().map(|value| Ok(kql::Node::is(field, &scalar(value)?)));
            kql::Node::any(values.collect::<Result<_, String>>()?).ok_or("`match_any` has no values")?
        }
        "exists" => kql::Node::exists(field),
        "wildcard" => wildcard(field, &scalar(value()?)?)?,
        "nested" if !nested => return Ok(kql::Node::nested(field, entries(table, true)?)),
        "list" => return Err("it refers to a value list, which no export holds".to_owned()),
        other => return Err(format!("entries of type `{other}` have no counterpart here")),
    };
    match text(table, "operator") {
        None | Some("included") => Ok(made),
        Some("excluded") => Ok(made.negated()),
        Some(other) => Err(format!("an entry's operator is `{other}`")),
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::{FileStatus, RuleFormat, RuleLoad, load_str};

    const LIST: &str = r#"{"list_id":"l","type":"rule_default","name":"of N","namespace_type":"single"}"#;

    fn rule(lists: &str) -> String {
        format!(
            r#"{{"rule_id":"r","name":"N","type":"query","severity":"low","risk_score":1,"query":"a:b","exceptions_list":[{lists}]}}"#
        )
    }

    fn item(name: &str, more: &str) -> String {
        format!(r#"{{"list_id":"l","name":"{name}","namespace_type":"single","type":"simple","os_types":[],{more}}}"#)
    }

    fn load(lines: &[&str]) -> RuleLoad {
        load_str(&lines.join("\n"), RuleFormat::Ndjson, "f")
    }

    const ASKED: &str = r#"{"id":"x","list_id":"l","type":"rule_default","namespace_type":"single"}"#;

    #[test]
    fn items_of_a_rules_lists_become_its_exceptions() {
        let rule = rule(ASKED);
        for (entries, expected) in [
            (r#"{"field":"user.name","operator":"included","type":"match","value":"ci"}"#, r#"user.name:"ci""#),
            (r#"{"field":"user.name","operator":"excluded","type":"match","value":"ci"}"#, r#"not user.name:"ci""#),
            (r#"{"field":"a","type":"match_any","value":["x","y z"]}"#, r#"a:"x" or a:"y z""#),
            (r#"{"field":"a","operator":"excluded","type":"match_any","value":["x","y"]}"#, r#"not (a:"x" or a:"y")"#),
            (r#"{"field":"a","type":"exists","operator":"included"}"#, "a:*"),
            (r#"{"field":"a","type":"wildcard","value":"x*y z\\*"}"#, r"a:x*y z\*"),
            (r#"{"field":"source.ip","type":"match","value":"10.0.0.0/8"}"#, r#"source.ip:"10.0.0.0/8""#),
            (
                r#"{"field":"p.q","type":"nested","entries":[{"field":"s","operator":"included","type":"match","value":"1"},{"field":"t","operator":"excluded","type":"exists"}]}"#,
                r#"p.q:{ s:"1" and not t:* }"#,
            ),
            (r#"{"field":"a","type":"exists"},{"field":"b","type":"match","value":true}"#, r#"a:* and b:"true""#),
        ] {
            let item = item("I", &format!(r#""entries":[{entries}],"expire_time":"2027-01-31T00:00:00.000Z""#));
            // An export may have them in any order.
            for lines in [[rule.as_str(), LIST, &item], [&item, LIST, &rule]] {
                let load = load(&lines);
                let [rule] = &load.rules[..] else { panic!("{:?}", load.outcomes) };
                assert_eq!(load.outcomes.len(), 1, "lists and items are part of their rule");
                let [exception] = &rule.exceptions[..] else { panic!("{:?}", rule.exceptions) };
                assert_eq!((exception.name.as_str(), exception.list_id.as_str()), ("I", "l"));
                assert_eq!(exception.query, expected);
                assert_eq!(exception.expires.map(|end| end.to_rfc3339()).as_deref(), Some("2027-01-31T00:00:00+00:00"));
            }
        }
        let two = [
            rule.as_str(),
            &item("A", r#""entries":[{"field":"a","type":"exists"}]"#),
            &item("B", r#""entries":[{"field":"b","type":"exists"}]"#),
        ];
        assert_eq!(load(&two).rules[0].exceptions.len(), 2);
        assert_eq!(load(&[&rule, LIST]).rules[0].exceptions, [], "an empty list covers nothing");
    }

    #[test]
    fn an_exception_that_cannot_be_applied_keeps_its_rule_from_running() {
        let rule = rule(ASKED);
        for (fields, why) in [
            (r#""entries":[{"field":"a","type":"list","list":{"id":"x","type":"keyword"}}]"#, "value list"),
            (r#""entries":[{"field":"a","type":"wildcard","value":"b?"}]"#, "`?`"),
            (r#""entries":[{"field":"a","type":"near","value":"b"}]"#, "entries of type `near`"),
            (r#""entries":[{"field":"a","type":"match"}]"#, "no value"),
            (r#""entries":[{"field":"a","type":"match_any","value":[]}]"#, "no values"),
            (r#""entries":[{"field":"a","type":"exists","operator":"maybe"}]"#, "operator is `maybe`"),
            (
                r#""entries":[{"field":"source.ip","type":"match","value":"here","operator":"excluded"}]"#,
                "never matches",
            ),
            (r#""entries":[{"type":"exists"}]"#, "names no field"),
            (r#""entries":[]"#, "would cover everything"),
            (r#""entries":[{"field":"a","type":"exists"}],"expire_time":"soon""#, "`soon` is no time"),
            (
                r#""entries":[{"field":"a","type":"nested","entries":[{"field":"b","type":"nested","entries":[]}]}]"#,
                "type `nested`",
            ),
        ] {
            let item = item("I", fields);
            let load = load(&[&rule, LIST, &item]);
            assert!(load.rules.is_empty(), "{fields}");
            let [outcome] = &load.outcomes[..] else { panic!("{:?}", load.outcomes) };
            let FileStatus::Unsupported(said) = &outcome.status else { panic!("{outcome:?}") };
            assert!(said.starts_with("its exception \"I\" cannot be applied: ") && said.contains(why), "{said}");
            assert!(outcome.rule.is_some(), "it is shown");
        }
        let for_windows = item("I", r#""entries":[{"field":"a","type":"exists"}]"#).replace("[],", r#"["windows"],"#);
        assert!(load(&[&rule, &for_windows]).rules.is_empty());
    }

    #[test]
    fn what_belongs_to_no_rule_is_named_and_a_missing_list_too() {
        let other = ASKED.replace("\"l\"", "\"elsewhere\"");
        let item = item("I", r#""entries":[{"field":"a","type":"exists"}]"#);
        let load_of = load(&[&rule(""), LIST, &item]);
        assert_eq!(load_of.rules[0].exceptions, []);
        let said = |load: &RuleLoad| -> Vec<String> {
            load.outcomes
                .iter()
                .map(|outcome| match &outcome.status {
                    FileStatus::Ok(_) => "ok".to_owned(),
                    FileStatus::Unsupported(why) | FileStatus::NoRule(why) => why.clone(),
                    FileStatus::Error(error) => error.to_string(),
                })
                .collect()
        };
        assert_eq!(
            said(&load_of),
            [
                "ok",
                "an exception list to which no rule in this file refers",
                "an exception item to which no rule in this file refers"
            ]
        );
        // A list of the same id in another namespace is another.
        let agnostic = ASKED.replace("single", "agnostic");
        for asked in [other.as_str(), &agnostic] {
            let load = load(&[&rule(asked), LIST]);
            assert!(load.rules.is_empty() && said(&load)[0].contains("which is not in this file"), "{load:?}");
        }
        assert_eq!(said(&load(&[&item])), ["an exception item to which no rule in this file refers"]);
    }
}
