//! A decision as the log of a team holds it: what all consoles of the team agree on, whatever alerts each of them has.
//!
//! Each entry has the next number and a hash over itself and the entry before, so that anybody who holds the log can
//! tell whether it is whole. Decisions are known here by their number in the log: an undo names that, not the number
//! that the decision has in one console's state.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::audit::{self, Hash};
use crate::detect::AlertId;

/// More than any alert's id, analyst's name or writer takes.
const MAX_NAME: usize = 512;
/// More than any action takes that a console lets through.
const MAX_ACTION: usize = 128 << 10;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log, from 1.
    pub number: i64,
    pub alert: AlertId,
    /// Microseconds since the Unix epoch.
    pub at: i64,
    pub analyst: String,
    /// The [`Action`](super::Action) in JSON, with the number of an entry where an undo has the seq of a decision.
    pub action: String,
    /// The console that wrote it, by a random name.
    pub writer: String,
    pub hash: Hash,
}

impl Entry {
    /// Gives it the hash that it has behind an entry with the hash `before`.
    #[must_use]
    pub(super) fn behind(self, before: &Hash) -> Self {
        Self { hash: self.expected(before), ..self }
    }

    /// Whether it is the entry that follows the one with the hash `before`, as it was written.
    pub(super) fn follows(&self, before: &Hash) -> bool {
        self.hash == self.expected(before)
    }

    fn expected(&self, before: &Hash) -> Hash {
        let Self { number, alert, at, analyst, action, writer, .. } = self;
        let fields = [&alert.0, analyst, action, writer].map(String::as_bytes);
        audit::chained(before, *number, *at, &fields)
    }

    /// As the document that the cluster keeps.
    #[must_use]
    pub fn document(&self) -> Value {
        let Self { number, alert, at, analyst, action, writer, hash } = self;
        let at = DateTime::from_timestamp_micros(*at).unwrap_or_default();
        json!({
            "number": number,
            "alert": alert.0,
            "at": at.to_rfc3339_opts(SecondsFormat::Micros, true),
            "analyst": analyst,
            "action": action,
            "writer": writer,
            "hash": audit::hex(hash),
        })
    }

    /// Reads a document that came from the cluster; nothing where it is no entry number `number`.
    #[must_use]
    pub fn read(document: &Value, number: i64) -> Option<Self> {
        let text =
            |name: &str, most: usize| document.get(name)?.as_str().filter(|text| text.len() <= most).map(str::to_owned);
        let at = text("at", MAX_NAME)?.parse::<DateTime<Utc>>().ok()?;
        let entry = Self {
            number: document.get("number")?.as_i64()?,
            alert: AlertId(text("alert", MAX_NAME)?),
            at: at.timestamp_micros(),
            analyst: text("analyst", MAX_NAME)?,
            action: text("action", MAX_ACTION)?,
            writer: text("writer", MAX_NAME)?,
            hash: audit::unhex(&text("hash", MAX_NAME)?)?,
        };
        (entry.number == number).then_some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            number: 7,
            alert: AlertId("a1b2".into()),
            at: 1_795_000_000_123_456,
            analyst: "mk".into(),
            action: r#"{"do":"set_status","status":"acknowledged"}"#.into(),
            writer: "00112233445566aa".into(),
            hash: Hash::default(),
        }
        .behind(&[3; 32])
    }

    #[test]
    fn what_the_cluster_keeps_is_frozen() {
        insta::assert_snapshot!(entry().document(), @r#"{"number":7,"alert":"a1b2","at":"2026-11-18T11:06:40.123456Z","analyst":"mk","action":"{\"do\":\"set_status\",\"status\":\"acknowledged\"}","writer":"00112233445566aa","hash":"939214c48b8b2bf2adac54c2520a431790d148036896cc5f7d4914d4906f4cc4"}"#);
        insta::assert_snapshot!(audit::hex(&entry().behind(&Hash::default()).hash), @"32c24da1efe89ae7e8ee4758cd78eb034d585491cb4950f60ec511524ec5843f");
    }

    #[test]
    fn it_is_read_back_as_it_was_and_anything_else_is_none() {
        assert_eq!(Entry::read(&entry().document(), 7), Some(entry()));
        assert_eq!(Entry::read(&entry().document(), 8), None);
        for (field, value) in [
            ("alert", json!(7)),
            ("alert", json!("x".repeat(600))),
            ("at", json!("yesterday")),
            ("hash", json!("00")),
            ("number", json!("7")),
            ("action", json!("x".repeat(200 << 10))),
        ] {
            let mut document = entry().document();
            document[field] = value;
            assert_eq!(Entry::read(&document, 7), None, "{field}");
        }
        assert_eq!(Entry::read(&json!(null), 7), None);
    }

    #[test]
    fn it_follows_one_entry_alone_and_none_of_it_can_change() {
        assert!(entry().follows(&[3; 32]));
        assert!(!entry().follows(&[4; 32]));
        let changes: [fn(&mut Entry); 6] = [
            |e| e.number = 8,
            |e| e.alert.0.push('x'),
            |e| e.at += 1,
            |e| e.analyst.push('x'),
            |e| e.action.push(' '),
            |e| e.writer.push('x'),
        ];
        for change in changes {
            let mut entry = entry();
            change(&mut entry);
            assert!(!entry.follows(&[3; 32]), "{entry:?}");
        }
    }
}
