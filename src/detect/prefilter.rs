//! Tells from the bytes of a log that no rule can match anything in them, so that they need not be parsed.
//!
//! A rule that asks for `event.action: StartExportTask` can match no record in whose bytes that name does not stand as a
//! string or as the beginning of one; within another text, such as `rds:StartExportTask` in a policy, it does not count.
//! It may be spelled with escapes (`\u0053tart…`), so bytes with an escape that could spell a part of such a name are
//! never passed over, and neither are those with halves of surrogate pairs, which only the parser can judge. The escapes
//! that are common in real logs (`\u003d`, `\u0026`) spell nothing that is looked for.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::bytes::any_of::AnyOf;
use crate::event;
use crate::query::{Literal, Query};

/// Most texts that are looked for: with more of them there is hardly a file without any.
const MOST: usize = 48;

/// Looks for the texts of which queries require at least one.
#[derive(Debug, Clone)]
pub struct Prefilter {
    /// Escapes, then the texts; `None` where nothing can match.
    search: Option<AnyOf>,
}

impl Prefilter {
    /// A filter for what any of `queries` can match; `None` where one of them can match events of every kind.
    #[must_use]
    pub fn new<'q>(queries: impl IntoIterator<Item = &'q Query>) -> Option<Self> {
        let mut texts = BTreeSet::new();
        for query in queries {
            texts.extend(query.literals(&event::literal)?);
        }
        Self::for_texts(&texts)
    }

    /// A filter for ECS documents that `query` can match: they hold all of their values as they are.
    #[must_use]
    pub fn of_documents(query: &Query) -> Option<Self> {
        fn value(_field: &str) -> Option<Literal<'_>> {
            Some(Literal::Value { rank: 0, whole: false })
        }
        Self::for_texts(&query.literals(&value)?)
    }

    /// A filter for what holds one of `texts`; `None` where there are too many.
    pub(super) fn for_texts(texts: &BTreeSet<Cow<'_, str>>) -> Option<Self> {
        match texts.len() {
            0 => Some(Self { search: None }),
            1..=MOST => {
                let texts = texts.iter().map(AsRef::as_ref);
                AnyOf::new(event::ESCAPES.into_iter().chain(texts)).map(|search| Self { search: Some(search) })
            }
            _ => None,
        }
    }

    /// Whether anything in `bytes`, a record or many, may match. Never false where something does.
    #[must_use]
    pub fn may_match(&self, bytes: &[u8]) -> bool {
        let Some(search) = &self.search else { return false };
        search.find_iter(bytes).any(|found| {
            // Behind a backslash it is text, and something that is looked for may begin inside of it.
            found.text >= event::ESCAPES.len()
                || bytes[..found.at].ends_with(br"\")
                || event::may_spell(&bytes[found.at..])
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::query::kql;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::detect::{Exceptions, RuleSet};
    use crate::event::{self, EcsDocument, Event};
    use crate::rule::{RuleFormat, load_str};

    fn filter(queries: &[&str]) -> Option<Prefilter> {
        let queries: Vec<Query> = queries.iter().map(|q| kql::compile(q, event::schema()).unwrap()).collect();
        Prefilter::new(&queries)
    }

    #[test]
    fn bytes_without_what_a_rule_requires_are_told() {
        let filter = filter(&["event.provider: rds.amazonaws.com and event.action: StartExportTask"]).unwrap();
        for (bytes, expected) in [
            (r#"{"eventName":"StartExportTask"}"#, true),
            (r#"{"eventName":"StartExport","eventSource":"rds.amazonaws.com"}"#, false),
            (r#"{"eventName":"PutRolePolicy","policyDocument":"{\"Action\":\"rds:StartExportTask\"}"}"#, false),
            (r#"{"message":"{\u0022eventName\u0022:\u0022StartExportTask\u0022}"}"#, true),
            (r#"{"message":"{\"eventName\":\"StartExportTask\"}"}"#, true),
            (r#"{"eventName":"\u0053tartExportTask"}"#, true),
            (r#"{"message":"{\"eventName\":\"\\u0053tartExportTask\"}"}"#, true),
            (r#"{"eventName":"Start\u0045xport\u0054ask"}"#, true),
            (r#"{"a":"x\u003dy\u0026z\u00e9\u003c\u002f\u0000"}"#, false),
            (r#"{"a":"\u0039"}"#, true),
            (r#"{"a":"\u002d"}"#, true),
            (r#"{"a":"\ud83d\ude00"}"#, true),
            (r#"{"a":"\uD800"}"#, true),
            (r#"{"a":"\ud7ff"}"#, false),
            (r"\u00", true),
            (r#"{"a":"\u20ac"}"#, false),
            (r#"{"a":"\\u00e9"}"#, true),
            ("", false),
        ] {
            assert_eq!(filter.may_match(bytes.as_bytes()), expected, "{bytes}");
        }
    }

    #[test]
    fn several_rules_are_one_filter_and_one_without_texts_makes_it_none() {
        let both = filter(&["event.action: StartExportTask", "event.action: (StopLogging or Delete*Trail)"]).unwrap();
        for (bytes, expected) in
            [(r#""StopLogging"#, true), (r#""DeleteX"#, true), (r#""Stop"#, false), ("StopLogging", false)]
        {
            assert_eq!(both.may_match(bytes.as_bytes()), expected, "{bytes}");
        }
        assert!(filter(&["event.action: StartExportTask", "event.outcome: failure"]).is_none());
        assert!(filter(&["user.name: true"]).unwrap().may_match(br#"{"userName":true}"#), "no string");
        let many: Vec<String> = (0..=MOST).map(|n| format!("event.action: Action{n}")).collect();
        assert!(filter(&many.iter().map(String::as_str).collect::<Vec<_>>()).is_none());
        assert!(!filter(&["event.action: null"]).unwrap().may_match(b"null"), "nothing can match");
    }

    /// Spells some characters of `text` as escapes.
    fn spelled(text: &str, escape: &[bool]) -> String {
        let spell = |(c, escape): (char, &bool)| match (c, escape) {
            ('"' | '\\', _) | (_, true) => format!("\\u{:04x}", u32::from(c)),
            _ => c.to_string(),
        };
        text.chars().zip(escape.iter().chain(std::iter::repeat(&false))).map(spell).collect()
    }

    /// A set of the one rule with this query.
    fn rules(query: &str) -> RuleSet {
        let text = format!(
            "[rule]\nname = 'r'\nrule_id = 'r'\ntype = 'query'\nseverity = 'low'\nrisk_score = 21\nquery = '''{query}'''\n"
        );
        let (rules, left) = RuleSet::new(load_str(&text, RuleFormat::Toml, "r.toml").rules, Exceptions::default());
        assert!(left.is_empty());
        rules
    }

    fn may_match(rules: &RuleSet, record: &str) -> bool {
        rules.possible(record.as_bytes()).is_none_or(|possible| !possible.is_empty())
    }

    #[test]
    fn a_record_of_another_call_is_passed_over() {
        let rules = rules("event.provider: iam.amazonaws.com and event.action: Get* and user.name: alice");
        let record = |provider: &str, action: &str, name: &str| {
            format!(
                r#"{{"eventVersion":"1.11","userIdentity":{{"userName":"{name}"}},"eventSource":"{provider}","eventName":"{action}"}}"#
            )
        };
        for (provider, action, name, expected) in [
            ("iam.amazonaws.com", "GetUser", "alice", true),
            ("iam.amazonaws.com", "PutUser", "alice", false),
            ("rds.amazonaws.com", "GetUser", "alice", false),
            ("iam.amazonaws.com", "GetUser", "bob", false),
            ("rds.amazonaws.com", r"\u0047etUser", "bob", true),
        ] {
            let record = record(provider, action, name);
            assert_eq!(may_match(&rules, &record), expected, "{record}");
        }
    }

    fn value() -> impl Strategy<Value = String> {
        let known = prop::sample::select(vec![
            "StartExportTask",
            "StopLogging",
            "rds.amazonaws.com",
            "alice",
            "a b/cde",
            "rds:StartExportTask",
        ]);
        prop_oneof![known.prop_map(str::to_owned), "[ab]{0,5}"]
    }

    fn query() -> impl Strategy<Value = String> {
        let field = prop::sample::select(vec![
            "event.action",
            "event.provider",
            "user.name",
            "user_agent.original",
            "source.address",
            "event.outcome",
            "aws.cloudtrail.error_code",
            "aws.cloudtrail.user_identity.access_key_id",
            "aws.cloudtrail.user_identity.arn",
            "aws.cloudtrail.user_identity.type",
            "aws.cloudtrail.flattened.request_parameters.some-key",
        ]);
        let word = prop::sample::select(vec![
            "StartExportTask",
            "Stop*",
            "*Export*Task",
            "rds.amazonaws.com",
            "\"a b/cde\"",
            "alice",
            "*",
            "(alice or bbbb)",
            "success",
            "ab*ab",
        ]);
        let leaf = (field, word).prop_map(|(field, word)| format!("{field}: {word}"));
        leaf.prop_recursive(3, 8, 2, |inner| {
            (inner.clone(), inner, 0..3u8).prop_map(|(a, b, kind)| match kind {
                0 => format!("({a}) and ({b})"),
                1 => format!("({a}) or ({b})"),
                _ => format!("({a}) and not ({b})"),
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn what_a_query_matches_is_never_passed_over(
            query in query(),
            key in prop::sample::select(vec!["some-key", "of.some-key", "another"]),
            values in prop::collection::vec((value(), prop::collection::vec(any::<bool>(), 0..6)), 8),
            escaped in any::<bool>(),
            form in 0..3u8,
        ) {
            // Any escape may keep a record from being passed over, so half of them have none.
            let escape = |n: usize| if escaped { &values[n].1[..] } else { &[] };
            let value = |n: usize| spelled(&values[n].0, escape(n));
            let record = format!(
                r#"{{"eventVersion":"1.11","eventTime":"2026-11-23T10:00:00Z","eventName":"{}","eventSource":"{}","userIdentity":{{"type":"{}","arn":"{}","userName":"{}","accessKeyId":"{}"}},"userAgent":"{}","sourceIPAddress":"{}","requestParameters":{{"{}":"alice"}}}}"#,
                value(0), value(1), value(2), value(3), value(4), value(7), value(5), value(6), spelled(key, escape(0)),
            );
            let wrapped = || json!({ "@timestamp": "2026-11-23T10:00:00Z", "message": Value::String(record.clone()) });
            let text = match form {
                0 => record,
                1 => wrapped().to_string(),
                _ => wrapped().to_string().replace(r#"\""#, r"\u0022"),
            };
            let event = Event::parse(text.as_bytes()).unwrap();
            let compiled = kql::compile(&query, event::schema()).unwrap();
            let document = event.ecs_json();
            if let Some(filter) = Prefilter::of_documents(&compiled)
                && compiled.matches(&EcsDocument::read(&document))
            {
                prop_assert!(filter.may_match(document.as_bytes()), "{} {}", query, document);
            }
            if compiled.matches(&event) {
                prop_assert!(may_match(&rules(&query), &text), "{} {}", query, text);
            }
            if let Some(filter) = Prefilter::new([&compiled])
                && compiled.matches(&event)
            {
                prop_assert!(filter.may_match(text.as_bytes()), "{} {}", query, text);
                let delivery = format!("{{\"Records\":[{text}]}}");
                prop_assert!(filter.may_match(delivery.as_bytes()));
            }
        }
    }
}
