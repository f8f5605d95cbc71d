//! An exception on its way into a file: proposed from an alert's event, put together by an analyst, written so that the
//! parser beside it reads the same values back.

use std::fmt::Write as _;

use serde_json::Value;

use crate::text::visible;

/// A field of an alert's event that an exception could ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What people call it.
    pub label: &'static str,
    pub field: &'static str,
    /// Its value, as the log has it.
    pub value: String,
    /// Whether an exception should ask for it unless somebody decides otherwise. All of these together are as narrow
    /// as can be; what changes from one session to the next is left out.
    pub proposed: bool,
}

const USER: &str = "user.name";
const ROLE: &str = "aws.cloudtrail.user_identity.session_context.session_issuer.arn";
const ARN: &str = "aws.cloudtrail.user_identity.arn";
const ADDRESS: &str = "source.ip";
const BUCKET: &str = "aws.cloudtrail.flattened.request_parameters.s3BucketName";

/// What an exception for the event `ecs`, an ECS document, could ask for.
#[must_use]
pub fn candidates(ecs: &Value) -> Vec<Candidate> {
    let has_role = text(ecs, ROLE).is_some();
    [("user name", USER), ("role", ROLE), ("identity", ARN), ("source address", ADDRESS), ("bucket", BUCKET)]
        .into_iter()
        .filter_map(|(label, field)| {
            Some(Candidate { label, field, value: text(ecs, field)?.to_owned(), proposed: field != ARN || !has_role })
        })
        .collect()
}

fn text<'a>(ecs: &'a Value, field: &str) -> Option<&'a str> {
    field.split('.').try_fold(ecs, |value, name| value.get(name))?.as_str().filter(|s| !s.is_empty())
}

/// An exception that is not in a file yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionDraft {
    /// What it is for.
    pub name: String,
    /// The rule it is for; `None`: every rule.
    pub rule_id: Option<String>,
    /// Who wrote it, when and about what, for a comment above it.
    pub origin: String,
    /// Fields and the values they must all have.
    pub entries: Vec<(String, String)>,
}

impl ExceptionDraft {
    /// The exception as a table of the file's format, with a line break at its end. Every character that could steer a
    /// terminal or deceive a reader is written as an escape, which reads back as the same value.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        if !self.origin.is_empty() {
            let _ = writeln!(out, "# {}", visible(&self.origin));
        }
        let _ = writeln!(out, "[[exception]]\nname = {}", string(&self.name));
        if let Some(rule) = &self.rule_id {
            let _ = writeln!(out, "rule_id = {}", string(rule));
        }
        out.push_str("entries = [\n");
        for (field, value) in &self.entries {
            let _ = writeln!(out, "  {{ field = {}, type = \"match\", value = {} }},", string(field), string(value));
        }
        out.push_str("]\n");
        out
    }
}

/// A basic string of TOML.
fn string(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        let plain = matches!(c, ' '..='~')
            || (c.is_alphanumeric() && visible(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8());
        let _ = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            c if plain => write!(out, "{c}"),
            c if u32::from(c) <= 0xffff => write!(out, "\\u{:04X}", u32::from(c)),
            c => write!(out, "\\U{:08X}", u32::from(c)),
        };
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Exceptions;
    use super::*;
    use crate::event::Event;
    use crate::rule;

    fn record(session: &str, bucket: &str) -> Vec<u8> {
        json!({
            "eventVersion": "1.09", "eventID": "e1", "eventTime": "2026-11-24T10:41:52Z",
            "eventSource": "rds.amazonaws.com", "eventName": "StartExportTask", "awsRegion": "us-east-1",
            "sourceIPAddress": "198.51.100.23", "recipientAccountId": "111122223333",
            "userIdentity": {
                "type": "AssumedRole", "principalId": format!("AROAEXAMPLE:{session}"),
                "arn": format!("arn:aws:sts::111122223333:assumed-role/etl/{session}"),
                "sessionContext": { "sessionIssuer": {
                    "type": "Role", "arn": "arn:aws:iam::111122223333:role/etl", "userName": "etl"
                } }
            },
            "requestParameters": { "s3BucketName": bucket, "exportTaskIdentifier": "t" }
        })
        .to_string()
        .into_bytes()
    }

    fn proposed(ecs: &Value) -> ExceptionDraft {
        let entries = candidates(ecs).into_iter().filter(|c| c.proposed).map(|c| (c.field.to_owned(), c.value));
        ExceptionDraft {
            name: "the \"nightly\" export\\\n\u{202e}of é日".to_owned(),
            rule_id: Some(rule::bundled()[0].id.clone()),
            origin: "by mk\n[[exception]]".to_owned(),
            entries: entries.collect(),
        }
    }

    #[test]
    fn what_is_proposed_covers_its_own_event_and_the_next_session_but_no_other_bucket() {
        let bytes = record("jsmith", "finance-exports");
        let event = Event::parse(&bytes).unwrap();
        let draft = proposed(&event.ecs());
        let fields: Vec<&str> = draft.entries.iter().map(|(f, _)| f.as_str()).collect();
        assert_eq!(fields, [USER, ROLE, ADDRESS, BUCKET]);
        let read = Exceptions::parse(&draft.to_toml(), "draft").unwrap();
        assert_eq!(read.len(), 1);
        let rule = &rule::bundled()[0];
        assert!(read.cover(rule, &event));
        let next = record("other-session", "finance-exports");
        assert!(read.cover(rule, &Event::parse(&next).unwrap()));
        let other = record("jsmith", "somewhere-else");
        assert!(!read.cover(rule, &Event::parse(&other).unwrap()));
    }

    #[test]
    fn hostile_values_read_back_as_they_are_and_look_harmless() {
        for bucket in [
            "a\"b\\c",
            "x\u{1b}]52;c;YQ==\u{7}",
            "a\nb\tc",
            "\u{202e}gpj\u{200b}",
            "😀 é 日本",
            "{}[]#='''\"\"\"",
            "*and*",
        ] {
            let bytes = record("jsmith", bucket);
            let event = Event::parse(&bytes).unwrap();
            let toml = proposed(&event.ecs()).to_toml();
            assert!(toml.split('\n').all(|line| visible(line) == line), "{toml}");
            assert_eq!(toml.matches("\n[[exception]]").count(), 1, "{toml}");
            let read = Exceptions::parse(&toml, "draft").unwrap_or_else(|e| panic!("{e}\n{toml}"));
            assert!(read.cover(&rule::bundled()[0], &event), "{toml}");
            let table: toml::Table = toml::from_str(&toml).unwrap();
            let entries = table["exception"][0]["entries"].as_array().unwrap();
            assert_eq!(entries[3]["value"].as_str(), Some(bucket));
        }
    }

    #[test]
    fn a_user_is_known_by_the_own_arn_and_what_the_log_has_not_is_not_proposed() {
        let ecs =
            json!({"user": {"name": "root"}, "aws": {"cloudtrail": {"user_identity": {"arn": "arn:aws:iam::1:root"}}}});
        let found: Vec<(&str, bool)> = candidates(&ecs).iter().map(|c| (c.field, c.proposed)).collect();
        assert_eq!(found, [(USER, true), (ARN, true)]);
        assert_eq!(candidates(&json!({})), []);
    }
}
