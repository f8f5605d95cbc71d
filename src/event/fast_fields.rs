//! The fields that rules ask for most, read straight from the record: deciding that an event is of no interest must not
//! cost a document. Which they are is said in `fields_table`; here are those that take more than one look. The answers
//! are those of the complete mapping; a test compares them on every record there is.

use std::borrow::Cow;
use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::record::{Actor, Raw, Record, Text, acting_service};
use super::{category, time};

/// What the record says about a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hot<'a> {
    /// The field's one value.
    Is(Cow<'a, str>),
    /// The field's values.
    Each(&'static [&'static str]),
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

impl<'a> From<Raw<'a>> for Hot<'a> {
    fn from(raw: Raw<'a>) -> Self {
        Text::of(raw).into()
    }
}

impl<'a> Hot<'a> {
    pub(super) fn constant(text: &'static str) -> Self {
        Self::Is(Cow::Borrowed(text))
    }

    fn or_else(self, next: impl FnOnce() -> Self) -> Self {
        if self == Self::Missing { next() } else { self }
    }
}

/// The event's own time, as the document writes it.
pub(super) fn timestamp<'a>(record: &Record<'a>) -> Hot<'a> {
    instant(record).map_or(Hot::Missing, |at| Hot::Is(Cow::Owned(time::format(at))))
}

pub(super) fn source_ip<'a>(record: &Record<'a>) -> Hot<'a> {
    match Hot::from(record.source_address) {
        Hot::Is(address) if address.parse::<IpAddr>().is_err() => Hot::Missing,
        other => other,
    }
}

pub(super) fn account<'a>(record: &Record<'a>) -> Hot<'a> {
    let next = |raw: Raw<'a>| move || Hot::from(raw);
    Hot::from(record.actor().account).or_else(next(record.recipient_account)).or_else(next(record.aws_account))
}

pub(super) fn outcome<'a>(record: &Record<'a>) -> Hot<'a> {
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

pub(super) fn categories<'a>(record: &Record<'a>) -> Hot<'a> {
    by_action(record, |category| category.map_or(Hot::Missing, |(categories, _)| Hot::Each(categories)))
}

pub(super) fn types<'a>(record: &Record<'a>) -> Hot<'a> {
    by_action(record, |category| Hot::Each(category.map_or(category::UNLISTED, |(_, types)| types)))
}

fn by_action<'a>(record: &Record<'a>, told: impl FnOnce(Option<category::Category>) -> Hot<'a>) -> Hot<'a> {
    match Text::of(record.event_name) {
        Text::Is(action) => told(category::of(&action)),
        Text::Missing => told(None),
        Text::Other => Hot::Cold,
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

pub(super) fn user_id<'a>(record: &Record<'a>) -> Hot<'a> {
    let actor = record.actor();
    let kind = Text::of(actor.kind);
    match is_service(actor, &kind) {
        Some(true) => Hot::Missing,
        Some(false) => match Hot::from(actor.principal) {
            // Somebody else may stand behind it.
            Hot::Missing if kind == Text::Is(Cow::Borrowed("IdentityCenterUser")) => Hot::Cold,
            id => id,
        },
        None => Hot::Cold,
    }
}

pub(super) fn user_name<'a>(record: &Record<'a>) -> Hot<'a> {
    let actor = record.actor();
    let own = || Hot::from(actor.user_name);
    let issuer = || Hot::from(actor.issuer().user_name);
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
