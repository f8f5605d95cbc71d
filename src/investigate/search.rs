//! Makes the search that a guide offers ([`Pivot`]) for one alert: KQL and a time window.

use crate::query;
use chrono::{DateTime, Duration, Utc};
use serde_json::Value;

use crate::query::{Document, RangeOp, kql::Node};
use crate::rule::{Pivot, Provider};

/// The most values of a field that a condition takes from the alert.
const VALUES: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    pub query: String,
    /// At or after this.
    pub since: Option<DateTime<Utc>>,
    /// Before this.
    pub until: Option<DateTime<Utc>>,
}

/// Why a search cannot be made for an alert. A partial one would mislead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSearch {
    #[error("it asks for the event's {0}, which is not recorded")]
    Missing(String),
    #[error("the guide names no condition for it")]
    Empty,
    #[error("the guide asks for {field} in a way that is not known here: {kind}")]
    Kind {
        field: String,
        /// As the guide writes it.
        kind: String,
    },
    #[error("the guide gives {0} a range without bounds")]
    Range(String),
    #[error("the guide's window is none: {0}")]
    Window(String),
}

/// Makes the search of `pivot` for the alert of `event`, which happened at `time`: any group, all conditions of a
/// group, `{{field}}` filled in from the event, times relative to the alert's.
///
/// # Errors
/// When a field that it needs is not there, or the guide asks for something that is not understood.
pub fn search(pivot: &Pivot, event: &dyn Document, time: DateTime<Utc>) -> Result<Search, NoSearch> {
    let mut groups = Vec::new();
    for group in &pivot.providers {
        let conditions = group.iter().map(|provider| condition(provider, event)).collect::<Result<Vec<_>, _>>()?;
        groups.extend(Node::all(conditions));
    }
    let query = Node::any(groups).ok_or(NoSearch::Empty)?.to_string();
    let at = |text: &Option<String>| {
        let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        text.map(|text| query::instants(text, time).map_err(NoSearch::Window)).transpose()
    };
    let since = at(&pivot.relative_from)?.map(|(first, _)| first);
    // A window that ends with the alert includes its event.
    let until = at(&pivot.relative_to)?.map(|(_, last)| last + Duration::milliseconds(1));
    Ok(Search { query, since, until })
}

fn condition(provider: &Provider, event: &dyn Document) -> Result<Node, NoSearch> {
    let field = provider.field.as_str();
    let node = match provider.query_type.as_str() {
        "exists" => Node::exists(field),
        "range" => range(provider, event)?,
        "phrase" | "phrases" | "" => {
            let values = match serde_json::from_str(&provider.value) {
                Ok(Value::Array(values)) if provider.query_type == "phrases" => values,
                _ => vec![Value::String(provider.value.clone())],
            };
            let mut any = Vec::new();
            for value in values {
                any.extend(filled(&text(&value), event)?.iter().map(|value| Node::is(field, value)));
            }
            Node::any(any).ok_or(NoSearch::Empty)?
        }
        kind => return Err(NoSearch::Kind { field: field.to_owned(), kind: kind.to_owned() }),
    };
    Ok(if provider.excluded { node.negated() } else { node })
}

fn range(provider: &Provider, event: &dyn Document) -> Result<Node, NoSearch> {
    const SIDES: [(&str, RangeOp); 6] = [
        ("gte", RangeOp::Gte),
        ("gt", RangeOp::Gt),
        ("lte", RangeOp::Lte),
        ("lt", RangeOp::Lt),
        ("from", RangeOp::Gte),
        ("to", RangeOp::Lt),
    ];
    let bounds: Value = serde_json::from_str(&provider.value).unwrap_or_default();
    let mut sides = Vec::new();
    for (name, op) in SIDES {
        if let Some(bound) = bounds.get(name).filter(|bound| !bound.is_null()) {
            let bound = filled(&text(bound), event)?.into_iter().next().unwrap_or_default();
            sides.push(Node::range(&provider.field, op, &bound));
        }
    }
    Node::all(sides).ok_or_else(|| NoSearch::Range(provider.field.clone()))
}

/// A value as text: guides may write numbers and booleans bare.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Fills a value of a guide in from the event. `{{field}}` alone stands for all values of the field; within a longer
/// text, for the first.
fn filled(value: &str, event: &dyn Document) -> Result<Vec<String>, NoSearch> {
    if let Some(field) = value.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"))
        && !field.contains("}}")
    {
        return values(field.trim(), event);
    }
    let (mut out, mut rest) = (String::new(), value);
    while let Some((before, (field, after))) =
        rest.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    {
        out.push_str(before);
        out.extend(values(field.trim(), event)?.first().map(String::as_str));
        rest = after;
    }
    out.push_str(rest);
    Ok(vec![out])
}

fn values(field: &str, event: &dyn Document) -> Result<Vec<String>, NoSearch> {
    let mut found: Vec<String> = Vec::new();
    event.any(field, &mut |value| {
        let text = value.to_string();
        if !found.contains(&text) {
            found.push(text);
        }
        found.len() >= VALUES
    });
    if found.is_empty() { Err(NoSearch::Missing(field.to_owned())) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Event;
    use crate::query::{Json, kql};

    const AT: &str = "2026-11-23T10:41:52Z";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn pivot(providers: Value) -> Pivot {
        serde_json::from_value(json!({
            "label": "Same user", "providers": providers, "relativeFrom": "now-48h/h", "relativeTo": "now",
        }))
        .unwrap()
    }

    fn provider(field: &str, kind: &str, value: &str) -> Value {
        json!({"excluded": false, "field": field, "queryType": kind, "value": value, "valueType": "string"})
    }

    fn made(providers: Value) -> Result<String, NoSearch> {
        let document = json!({
            "user": {"name": "o\"hara", "id": "AIDA1"}, "related": {"user": ["a", "b", "a"]},
            "event": {"sequence": 7},
        });
        search(&pivot(providers), &Json(&document), at(AT)).map(|search| search.query)
    }

    #[test]
    fn groups_are_ored_and_their_conditions_anded() {
        let mut excluded = provider("event.action", "phrase", "List*");
        excluded["excluded"] = true.into();
        let query = made(json!([
            [provider("user.id", "phrase", "{{user.id}}"), excluded],
            [provider("user.name", "", "{{ user.name }}"), provider("aws.cloudtrail.error_code", "exists", "")],
        ]));
        let wanted =
            r#"user.id:"AIDA1" and not event.action:"List*" or user.name:"o\"hara" and aws.cloudtrail.error_code:*"#;
        assert_eq!(query.unwrap(), wanted);
    }

    #[test]
    fn values_are_filled_in_whole_or_inside_a_text() {
        let one = |value: &str| made(json!([[provider("f", "phrase", value)]])).unwrap();
        assert_eq!(one("{{related.user}}"), r#"f:"a" or f:"b""#);
        assert_eq!(one("user/{{user.id}}/{{event.sequence}}"), r#"f:"user/AIDA1/7""#);
        assert_eq!(one("{{unclosed"), r#"f:"{{unclosed""#);
        let none =
            made(json!([[{"field": "f", "excluded": true, "queryType": "phrase", "value": "{{related.user}}"}]]));
        assert_eq!(none.unwrap(), r#"not (f:"a" or f:"b")"#);
    }

    #[test]
    fn ranges_and_lists_may_be_text_or_bare() {
        let range = |value: Value| made(json!([[{"field": "n", "queryType": "range", "value": value}]]));
        assert_eq!(range(json!({"gte": 5, "lt": "9"})).unwrap(), r#"n >= "5" and n < "9""#);
        assert_eq!(range(json!(r#"{"gt":"now-1d"}"#)).unwrap(), r#"n > "now-1d""#);
        assert_eq!(range(json!({})), Err(NoSearch::Range("n".to_owned())));
        let list = made(json!([[{"field": "f", "queryType": "phrases", "value": ["x", 2, true]}]]));
        assert_eq!(list.unwrap(), r#"f:"x" or f:"2" or f:"true""#);
    }

    #[test]
    fn what_cannot_be_asked_is_said_and_not_asked_in_another_way() {
        let missing = made(json!([[provider("a", "phrase", "x")], [provider("b", "phrase", "{{user.email}}")]]));
        let missing = missing.unwrap_err();
        assert_eq!(missing, NoSearch::Missing("user.email".to_owned()));
        assert_eq!(missing.to_string(), "it asks for the event's user.email, which is not recorded");
        assert_eq!(made(json!([])), Err(NoSearch::Empty));
        assert_eq!(made(json!([[]])), Err(NoSearch::Empty));
        assert!(matches!(made(json!([[provider("f", "geo_shape", "x")]])), Err(NoSearch::Kind { .. })));
    }

    #[test]
    fn the_window_is_relative_to_the_alert_and_holds_its_event() {
        let window = |from: Option<&str>, to: Option<&str>| {
            let mut pivot = pivot(json!([[provider("f", "exists", "")]]));
            (pivot.relative_from, pivot.relative_to) = (from.map(str::to_owned), to.map(str::to_owned));
            search(&pivot, &Json(&json!({})), at(AT)).map(|search| (search.since, search.until))
        };
        let last = at("2026-11-23T10:41:52.001Z");
        assert_eq!(window(Some("now-48h/h"), Some("now")), Ok((Some(at("2026-11-21T10:00:00Z")), Some(last))));
        assert_eq!(window(None, Some("now+1d/d")), Ok((None, Some(at("2026-11-25T00:00:00Z")))));
        assert_eq!(window(Some(" "), None), Ok((None, None)));
        assert!(matches!(window(Some("yesterday"), None), Err(NoSearch::Window(_))));
    }

    #[test]
    fn it_finds_the_event_that_it_was_made_of() {
        let record = json!({
            "eventVersion": "1.08", "eventID": "e", "eventTime": AT, "eventName": "CreateUser",
            "eventSource": "iam.amazonaws.com", "sourceIPAddress": "192.0.2.1", "awsRegion": "us-east-1",
            "userIdentity": {"type": "IAMUser", "userName": "bob\u{202e}", "arn": "arn:aws:iam::111122223333:user/bob"},
            "requestParameters": {"userName": "new \"one\""},
        });
        let raw = record.to_string();
        let event = Event::parse(raw.as_bytes()).unwrap();
        let fields =
            ["user.name", "aws.cloudtrail.user_identity.arn", "aws.cloudtrail.flattened.request_parameters.userName"];
        for field in fields {
            let pivot = pivot(json!([[provider(field, "phrase", &format!("{{{{{field}}}}}"))]]));
            let search = search(&pivot, &event, at(AT)).unwrap();
            assert!(kql::compile(&search.query, crate::event::schema()).unwrap().matches(&event), "{}", search.query);
        }
    }
}
