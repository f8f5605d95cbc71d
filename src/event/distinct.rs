//! Tells an event from every other. Ids alone do not: sanitised logs repeat one id for different calls. So a hash of
//! when, what, who and where goes with the id.
//!
//! The same event has the same distinct id in whatever it comes: delivered again, amended by CloudTrail with an
//! `addendum`, or as the ECS document that a shipper made of it, with or without the record. So it is made of what all of
//! these hold, as ECS names it. Ids of alerts are made of it: how it is made is frozen by a test.

use sha2::{Digest as _, Sha256};

use super::record::Text;
use super::{Event, Form};
use crate::query::{Document as _, Scalar};

/// Between the id and the hash.
const MARK: char = '#';
/// Hex digits of the hash: it only has to tell events of one id apart.
const DIGITS: usize = 16;

impl Event<'_> {
    /// The event's id with a hash of its time, provider, action, actor and account: `ID#0123456789abcdef`. The id is that of
    /// the event that an addendum amends.
    #[must_use]
    pub fn distinct_id(&self) -> String {
        // A document may have been made by any version of Elastic's mapping: the record that it holds is surer.
        if let Form::Document(_, Some(record)) = &self.form
            && let Ok(of_record) = Event::parse(record.as_bytes())
            && matches!(of_record.form, Form::Record(..))
        {
            return of_record.distinct_id();
        }
        let arn = self.get("aws.cloudtrail.user_identity.arn");
        // Sanitising may leave all users one ARN. The names behind other ARNs are mapped in more than one way.
        let name = arn.as_ref().is_none_or(|arn| arn.contains(":user/"));
        let mut hash = Sha256::new();
        // Shippers keep milliseconds.
        part(&mut hash, self.time().map(|time| time.timestamp_millis().to_string()).as_deref());
        self.hash_first(&mut hash, &["event.provider"]);
        self.hash_first(&mut hash, &["event.action"]);
        self.hash_first(&mut hash, &["aws.cloudtrail.recipient_account_id", "cloud.account.id"]);
        self.hash_first(&mut hash, if name { &["user.name"] } else { &[] });
        self.hash_first(&mut hash, if arn.is_none() { &["user.id"] } else { &[] });
        self.hash_first(&mut hash, if arn.is_none() { &["aws.cloudtrail.user_identity.invoked_by"] } else { &[] });
        part(&mut hash, arn.as_deref());
        let amended = self.amended();
        let mut distinct = amended.unwrap_or_else(|| self.id().to_owned());
        distinct.push(MARK);
        let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
        distinct.extend(hash.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).take(DIGITS));
        distinct
    }

    /// Adds the first value of the first of `fields` that has one.
    fn hash_first(&self, hash: &mut Sha256, fields: &[&str]) {
        let known = fields.iter().any(|field| {
            self.any(field, &mut |value| {
                match value {
                    Scalar::Str(text) => part(hash, Some(text)),
                    other => part(hash, Some(&other.to_string())),
                }
                true
            })
        });
        if !known {
            part(hash, None);
        }
    }

    /// The id of the event that this one amends.
    fn amended(&self) -> Option<String> {
        match &self.form {
            Form::Record(_, record) => Text::inside(record.addendum, &["originalEventID"]).get().map(str::to_owned),
            Form::Document(..) => self.get("aws.cloudtrail.addendum.original_event_id"),
        }
    }
}

fn part(hash: &mut Sha256, part: Option<&str>) {
    match part {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        Some(part) => {
            hash.update((part.len() as u64 + 1).to_be_bytes());
            hash.update(part);
        }
        None => hash.update(0u64.to_be_bytes()),
    }
}

/// The id of the event with this distinct id.
#[must_use]
pub fn id_of(distinct: &str) -> &str {
    distinct.rsplit_once(MARK).map_or(distinct, |(id, _)| id)
}

/// What tells it from others with its id.
#[must_use]
pub fn mark_of(distinct: &str) -> Option<&str> {
    distinct.rsplit_once(MARK).map(|(_, mark)| mark)
}

/// The distinct id that these make up.
#[must_use]
pub fn distinct_of(id: &str, mark: &str) -> String {
    format!("{id}{MARK}{mark}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn record() -> Value {
        json!({
            "eventVersion": "1.11", "eventID": "e-1", "eventTime": "2026-11-20T10:00:00Z",
            "eventSource": "rds.amazonaws.com", "eventName": "StartExportTask", "awsRegion": "eu-west-1",
            "sourceIPAddress": "192.0.2.10", "recipientAccountId": "111122223333",
            "userIdentity": {
                "type": "IAMUser", "principalId": "AIDAEXAMPLE", "userName": "alice", "accountId": "111122223333",
                "arn": "arn:aws:iam::111122223333:user/alice",
            },
        })
    }

    fn distinct(event: &Value) -> String {
        Event::parse(event.to_string().as_bytes()).unwrap().distinct_id()
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut other = record();
        *other.pointer_mut(pointer).unwrap() = value;
        other
    }

    #[test]
    fn it_is_frozen() {
        assert_eq!(distinct(&record()), "e-1#94a834907bc81943");
        let service = json!({
            "eventVersion": "1.11", "eventID": "e-2", "eventTime": "2026-11-20T10:00:00Z", "eventName": "Decrypt",
            "eventSource": "kms.amazonaws.com", "recipientAccountId": "111122223333",
            "userIdentity": {"type": "AWSService", "invokedBy": "rds.amazonaws.com"},
        });
        assert_eq!(distinct(&service), "e-2#bedb6a520e23580e");
        assert_eq!(id_of("e#1#0123456789abcdef"), "e#1");
        assert_eq!(id_of("e-1"), "e-1");
    }

    #[test]
    fn calls_that_share_an_id_are_told_apart() {
        let others = [
            with("/eventTime", json!("2026-11-20T10:00:01Z")),
            with("/eventSource", json!("s3.amazonaws.com")),
            with("/eventName", json!("StopExportTask")),
            with("/recipientAccountId", json!("444455556666")),
            with("/userIdentity/arn", json!("arn:aws:iam::111122223333:user/mallory")),
            with("/userIdentity/userName", json!("mallory")),
            with("/userIdentity", json!({"type": "AWSService", "invokedBy": "rds.amazonaws.com"})),
            with("/userIdentity", json!({"type": "AWSAccount", "principalId": "AIDAOTHER"})),
            with("/userIdentity", json!(null)),
        ];
        let mut all: Vec<String> = others.iter().chain([&record()]).map(distinct).collect();
        assert!(all.iter().all(|distinct| id_of(distinct) == "e-1"));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), others.len() + 1);
    }

    #[test]
    fn the_same_event_is_the_same_in_every_envelope() {
        let same = distinct(&record());
        let mut addendum = with("/eventID", json!("e-9"));
        addendum["addendum"] = json!({"reason": "UPDATED_DATA", "updatedFields": "x", "originalEventID": "e-1"});
        addendum["requestParameters"] = json!({"x": 1});
        assert_eq!(distinct(&addendum), same);
        let mut late = record();
        late["addendum"] = json!({"reason": "DELIVERY_DELAY"});
        assert_eq!(distinct(&late), same);
        // As this console maps it, with and without the record, and with the time written in another way.
        let text = record().to_string();
        let event = Event::parse(text.as_bytes()).unwrap();
        let mut document = event.ecs();
        assert_eq!(distinct(&document), same);
        document["@timestamp"] = json!("2026-11-20T12:00:00.000+02:00");
        assert_eq!(distinct(&document), same);
        document["event"]["original"] = json!(text);
        document["user"] = json!({"name": "as another version maps it"});
        assert_eq!(distinct(&document), same);
        let shipped = json!({"@timestamp": "2026-11-20T10:04:00.000Z", "message": text});
        assert_eq!(distinct(&shipped), same);
        let mut amended = Event::parse(addendum.to_string().as_bytes()).unwrap().ecs();
        amended["@timestamp"] = json!("2026-11-20T10:00:00.000Z");
        assert_eq!(distinct(&amended), same);
    }

    #[test]
    fn an_event_without_an_id_goes_by_its_content() {
        let mut nameless = record();
        nameless.as_object_mut().unwrap().remove("eventID");
        assert!(distinct(&nameless).starts_with("sha256:"));
    }
}
