//! The fields that rules ask for most, read straight from the record: deciding that an event is of no interest must not
//! cost a document. The answers are those of the complete mapping; a test compares them on every record there is.

use std::borrow::Cow;
use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::document::acting_service;
use super::record::{Actor, Raw, Record, Text};
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
        "user.id" => user_id(record),
        "user_agent.original" => text(record.user_agent),
        "aws.cloudtrail.recipient_account_id" => text(record.recipient_account),
        "aws.cloudtrail.error_code" => text(record.error_code),
        "aws.cloudtrail.error_message" => text(record.error_message),
        "aws.cloudtrail.user_identity.type" => text(record.actor().kind),
        "aws.cloudtrail.user_identity.arn" => text(record.actor().arn),
        "aws.cloudtrail.user_identity.access_key_id" => text(record.actor().access_key),
        "aws.cloudtrail.user_identity.invoked_by" => text(record.actor().invoked_by),
        "aws.cloudtrail.session_credential_from_console" => text(record.session_credential),
        "tls.client.server_name" => Text::inside(record.tls_details, &["clientProvidedHostHeader"]).into(),
        // Nothing takes user agents apart here.
        "user_agent.name" => Hot::Missing,
        _ => match field.strip_prefix("aws.cloudtrail.user_identity.session_context.") {
            Some(inner) => session(record, inner),
            None => Hot::Cold,
        },
    }
}

/// A field of the context of a session.
fn session<'a>(record: &Record<'a>, field: &str) -> Hot<'a> {
    let actor = record.actor();
    let text = match field {
        "mfa_authenticated" => Text::inside(actor.session_context, &["attributes", "mfaAuthenticated"]),
        "session_issuer.type" => Text::of(actor.issuer().kind),
        "session_issuer.principal_id" => Text::of(actor.issuer().principal),
        "session_issuer.arn" => Text::of(actor.issuer().arn),
        "session_issuer.account_id" => Text::of(actor.issuer().account),
        _ => return Hot::Cold,
    };
    text.into()
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
    let read = |raw: Raw<'_>| match Text::of(raw) {
        Text::Is(text) => time::parse_event(&text),
        Text::Other => time::parse_event(raw?),
        Text::Missing => None,
    };
    read(record.digest_end_time).or_else(|| read(record.event_time))
}

/// Whether a service acted by itself; `None` where only the complete mapping can tell.
fn is_service(actor: &Actor<'_>, kind: &Text<'_>) -> Option<bool> {
    let Text::Is(kind) = kind else { return (*kind == Text::Missing).then_some(false) };
    if !matches!(&**kind, "AWSService" | "AssumedRole") {
        return Some(false);
    }
    let arn = Text::of(actor.issuer().arn);
    let invoked_by = Text::of(actor.invoked_by);
    let known = invoked_by != Text::Other && arn != Text::Other;
    known.then(|| acting_service(Some(kind), invoked_by.get(), arn.get()).is_some())
}

fn user_id<'a>(record: &Record<'a>) -> Hot<'a> {
    let actor = record.actor();
    let kind = Text::of(actor.kind);
    match is_service(actor, &kind) {
        Some(true) => Hot::Missing,
        Some(false) => match Hot::from(Text::of(actor.principal)) {
            // Somebody else may stand behind it.
            Hot::Missing if kind == Text::Is(Cow::Borrowed("IdentityCenterUser")) => Hot::Cold,
            id => id,
        },
        None => Hot::Cold,
    }
}

fn user_name<'a>(record: &Record<'a>) -> Hot<'a> {
    let actor = record.actor();
    let own = || Hot::from(Text::of(actor.user_name));
    let issuer = || Hot::from(Text::of(actor.issuer().user_name));
    let kind = Text::of(actor.kind);
    let name = match is_service(actor, &kind) {
        None => return Hot::Cold,
        Some(true) => Hot::Missing,
        Some(false) => match &kind {
            Text::Is(kind) if matches!(&**kind, "AssumedRole" | "FederatedUser") => issuer().or_else(own),
            _ => own(),
        },
    };
    name.or_else(|| {
        if Text::of(record.event_name) == Text::Is(Cow::Borrowed("UserAuthentication")) {
            Text::inside(record.additional_event_data, &["UserName"]).into()
        } else {
            Hot::Missing
        }
    })
}
