//! From the names of a record to those of the document: where a value that somebody points at can be searched for.

use crate::event::fields_table::{MOVES, OTHERS, PARAMETERS, TLS_MOVES};

/// The rows of values that somebody may point at.
fn rows() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    MOVES.iter().chain(OTHERS).chain(TLS_MOVES)
}

/// The fields that the value at a path of a record may be found in, likeliest first: whether this record's is depends
/// on the rest of it. A path of a document stands for itself.
#[must_use]
pub fn fields_of(path: &str) -> Vec<String> {
    let mut fields: Vec<String> = rows().filter(|(from, _)| *from == path).map(|(_, to)| (*to).to_owned()).collect();
    for (key, _, flattened) in PARAMETERS {
        if let Some(rest) = path.strip_prefix(key).and_then(|rest| rest.strip_prefix('.')) {
            fields.push(format!("{flattened}.{rest}"));
        }
    }
    if let Some(rest) = path.strip_prefix("resources.") {
        fields.push(format!("aws.cloudtrail.resources.{rest}"));
    }
    fields.push(path.to_owned());
    fields
}

/// The fields that hold what a record has under `name`: a path of it, or the end of one, in any case.
pub(in super::super) fn near_path(name: &str) -> Vec<String> {
    let is = |path: &str| {
        let before = path.len().checked_sub(name.len()).filter(|at| path.is_char_boundary(*at));
        before.is_some_and(|at| path[at..].eq_ignore_ascii_case(name) && (at == 0 || path[..at].ends_with('.')))
    };
    let named = rows().filter(|(from, _)| !name.is_empty() && is(from));
    let mut fields: Vec<String> = named.map(|(_, to)| (*to).to_owned()).collect();
    if fields.is_empty() {
        fields = fields_of(name);
        // It stands for itself.
        fields.pop();
    }
    fields.dedup();
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Event;

    #[test]
    fn what_a_record_names_is_found_in_its_document() {
        let record = json!({
            "eventVersion": "1.09", "eventID": "e-1", "eventTime": "2026-11-23T10:41:52Z", "eventName": "CreateUser",
            "eventSource": "iam.amazonaws.com", "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.1",
            "userAgent": "aws-cli", "errorCode": "AccessDenied", "recipientAccountId": "111122223333",
            "userIdentity": {
                "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/r/s", "principalId": "AROA:s",
                "accessKeyId": "ASIA1", "sessionContext": {
                    "sessionIssuer": {"userName": "r", "type": "Role"}, "attributes": {"mfaAuthenticated": "false"},
                },
            },
            "requestParameters": {"userName": "new", "tags": [{"key": "k"}]},
            "resources": [{"ARN": "arn:aws:iam::111122223333:user/new", "accountId": "111122223333", "type": "t"}],
        });
        let text = record.to_string();
        let event = Event::parse(text.as_bytes()).unwrap();
        for path in [
            "eventID",
            "eventName",
            "eventSource",
            "awsRegion",
            "sourceIPAddress",
            "userAgent",
            "errorCode",
            "recipientAccountId",
            "userIdentity.type",
            "userIdentity.arn",
            "userIdentity.principalId",
            "userIdentity.accessKeyId",
            "userIdentity.sessionContext.sessionIssuer.userName",
            "userIdentity.sessionContext.attributes.mfaAuthenticated",
            "requestParameters.userName",
            "requestParameters.tags.key",
            "resources.ARN",
            "resources.type",
        ] {
            let value = path.split('.').fold(&record, |at, key| {
                let at = if at.is_array() { &at[0] } else { at };
                &at[key]
            });
            let found = fields_of(path).iter().find_map(|field| event.get(field));
            assert_eq!(found.as_deref(), value.as_str(), "{path}");
        }
        assert_eq!(fields_of("user.name"), ["user.name"]);
    }
}
