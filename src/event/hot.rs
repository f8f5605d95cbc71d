//! The fields that rules ask for most, read straight from the record: deciding that an event is of no interest must not
//! cost a document. The answers are those of the complete mapping; a test compares them on every record there is.

use std::borrow::Cow;
use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::document::acting_service;
use super::record::{Raw, Record, Text};
use super::{DATASET, MODULE, PROVIDER, time};

/// What the record says about a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hot<'a> {
    /// The field's one value.
    Is(Cow<'a, str>),
    /// The document has no such field.
    Missing,
    /// Ask the document: the field is not hot, or this record writes it in an unusual way.
    Cold,
}

impl<'a> From<Text<'a>> for Hot<'a> {
    fn from(text: Text<'a>) -> Self {
        match text {
            Text::Is(text) => Self::Is(text),
            Text::Missing => Self::Missing,
            Text::Other => Self::Cold,
        }
    }
}

impl<'a> Hot<'a> {
    fn or_else(self, next: impl FnOnce() -> Self) -> Self {
        if self == Self::Missing { next() } else { self }
    }
}

/// Resolves `field` from the record alone.
pub(super) fn resolve<'a>(record: &Record<'a>, field: &str) -> Hot<'a> {
    let constant = |text| Hot::Is(Cow::Borrowed(text));
    let text = |raw: Raw<'a>| Hot::from(Text::of(raw));
    match field {
        "event.dataset" | "data_stream.dataset" => constant(DATASET),
        "event.module" => constant(MODULE),
        "event.kind" => constant("event"),
        "cloud.provider" => constant(PROVIDER),
        "event.provider" => text(record.event_source),
        "event.action" => text(record.event_name),
        "event.outcome" => outcome(record),
        "event.id" => text(record.event_id),
        "@timestamp" => instant(record).map_or(Hot::Missing, |at| Hot::Is(Cow::Owned(time::format(at)))),
        "source.address" => text(record.source_address),
        "source.ip" => match text(record.source_address) {
            Hot::Is(address) if address.parse::<IpAddr>().is_err() => Hot::Missing,
            other => other,
        },
        "cloud.region" => text(record.aws_region),
        "cloud.account.id" => {
            text(record.actor().account).or_else(|| text(record.recipient_account)).or_else(|| text(record.aws_account))
        }
        "user.name" => user_name(record),
        "user_agent.original" => text(record.user_agent),
        "aws.cloudtrail.error_code" => text(record.error_code),
        "aws.cloudtrail.error_message" => text(record.error_message),
        "aws.cloudtrail.user_identity.type" => text(record.actor().kind),
        "aws.cloudtrail.user_identity.arn" => text(record.actor().arn),
        "aws.cloudtrail.user_identity.access_key_id" => text(record.actor().access_key),
        "aws.cloudtrail.user_identity.invoked_by" => text(record.actor().invoked_by),
        _ => match field.strip_prefix("aws.cloudtrail.user_identity.session_context.") {
            Some(inner) => session(record, inner),
            None => Hot::Cold,
        },
    }
}

/// A field of the context of a session.
fn session<'a>(record: &Record<'a>, field: &str) -> Hot<'a> {
    let path: &[&str] = match field {
        "mfa_authenticated" => &["attributes", "mfaAuthenticated"],
        "session_issuer.type" => &["sessionIssuer", "type"],
        "session_issuer.principal_id" => &["sessionIssuer", "principalId"],
        "session_issuer.arn" => &["sessionIssuer", "arn"],
        "session_issuer.account_id" => &["sessionIssuer", "accountId"],
        _ => return Hot::Cold,
    };
    Text::inside(record.actor().session_context, path).into()
}

fn outcome<'a>(record: &Record<'a>) -> Hot<'a> {
    if Text::of(record.event_name) == Text::Is(Cow::Borrowed("ConsoleLogin")) {
        match Text::inside(record.response_elements, &["ConsoleLogin"]) {
            Text::Is(outcome) => return Hot::Is(Cow::Owned(outcome.to_lowercase())),
            Text::Other => return Hot::Cold,
            Text::Missing => {}
        }
    }
    match (Text::of(record.error_code), Text::of(record.error_message)) {
        (Text::Missing, Text::Missing) => Hot::Is(Cow::Borrowed("success")),
        (Text::Is(_), _) | (_, Text::Is(_)) => Hot::Is(Cow::Borrowed("failure")),
        _ => Hot::Cold,
    }
}

/// The event's own time, `@timestamp`.
pub(super) fn instant(record: &Record<'_>) -> Option<DateTime<Utc>> {
    let read = |raw| match Text::of(raw) {
        Text::Is(text) => time::parse(&text),
        Text::Missing | Text::Other => None,
    };
    read(record.digest_end_time).or_else(|| read(record.event_time))
}

fn user_name<'a>(record: &Record<'a>) -> Hot<'a> {
    let actor = record.actor();
    let own = || Hot::from(Text::of(actor.user_name));
    let issuer = |name: &str| Text::inside(actor.session_context, &["sessionIssuer", name]);
    let kind = Text::of(actor.kind);
    let name = match &kind {
        Text::Is(kind) if matches!(&**kind, "AWSService" | "AssumedRole") => {
            let (invoked_by, arn) = (Text::of(actor.invoked_by), issuer("arn"));
            if invoked_by == Text::Other || arn == Text::Other {
                return Hot::Cold;
            }
            let service = acting_service(Some(kind), invoked_by.get(), arn.get()).is_some();
            match (service, &**kind) {
                (true, _) => Hot::Missing,
                (false, "AssumedRole") => Hot::from(issuer("userName")).or_else(own),
                (false, _) => own(),
            }
        }
        Text::Is(kind) if kind == "FederatedUser" => Hot::from(issuer("userName")).or_else(own),
        Text::Is(_) | Text::Missing => own(),
        Text::Other => return Hot::Cold,
    };
    name.or_else(|| {
        if Text::of(record.event_name) == Text::Is(Cow::Borrowed("UserAuthentication")) {
            Text::inside(record.additional_event_data, &["UserName"]).into()
        } else {
            Hot::Missing
        }
    })
}
