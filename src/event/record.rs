//! The members of a record's outer object as slices of its bytes: what the hot fields are read from.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::{BadEvent, prune, scan};

/// What stands in the ARN of a role that belongs to a service, before the service's name.
const SERVICE_ROLE: &str = ":role/aws-service-role/";

/// Keys any of which makes an object a record.
pub(super) const MARKS: [&str; 6] =
    ["eventName", "eventSource", "digestEndTime", "eventVersion", "digestS3Object", "insightDetails"];

/// A value as the record writes it; `None` where the key is absent.
pub(super) type Raw<'a> = Option<&'a str>;

/// The outer object of a record, its values unread. Where a key is repeated the last one counts.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    pub(super) event_name: Raw<'a>,
    pub(super) event_source: Raw<'a>,
    pub(super) event_id: Raw<'a>,
    pub(super) event_time: Raw<'a>,
    pub(super) aws_region: Raw<'a>,
    pub(super) source_address: Raw<'a>,
    pub(super) user_agent: Raw<'a>,
    pub(super) error_code: Raw<'a>,
    pub(super) error_message: Raw<'a>,
    pub(super) user_identity: Raw<'a>,
    actor: OnceLock<Actor<'a>>,
    pub(super) request_parameters: Raw<'a>,
    pub(super) response_elements: Raw<'a>,
    pub(super) resources: Raw<'a>,
    pub(super) tls_details: Raw<'a>,
    pub(super) session_credential: Raw<'a>,
    pub(super) additional_event_data: Raw<'a>,
    pub(super) addendum: Raw<'a>,
    pub(super) recipient_account: Raw<'a>,
    pub(super) aws_account: Raw<'a>,
    pub(super) digest_end_time: Raw<'a>,
    cloudtrail: bool,
    ecs: bool,
}

/// The members of `userIdentity` that the hot fields need, unread.
#[derive(Debug, Default)]
pub(super) struct Actor<'a> {
    pub(super) kind: Raw<'a>,
    pub(super) user_name: Raw<'a>,
    pub(super) principal: Raw<'a>,
    pub(super) arn: Raw<'a>,
    pub(super) account: Raw<'a>,
    pub(super) access_key: Raw<'a>,
    pub(super) invoked_by: Raw<'a>,
    pub(super) session_context: Raw<'a>,
    issuer: OnceLock<Issuer<'a>>,
}

/// The members of `sessionContext.sessionIssuer`, unread.
#[derive(Debug, Default)]
pub(super) struct Issuer<'a> {
    pub(super) kind: Raw<'a>,
    pub(super) principal: Raw<'a>,
    pub(super) arn: Raw<'a>,
    pub(super) account: Raw<'a>,
    pub(super) user_name: Raw<'a>,
}

impl<'a> Issuer<'a> {
    fn read(raw: &'a str) -> Self {
        let mut issuer = Self::default();
        // Whatever is no object has no members.
        let _ = scan::object(raw, |key, value| {
            *match &*scan::unescape(key) {
                "type" => &mut issuer.kind,
                "principalId" => &mut issuer.principal,
                "arn" => &mut issuer.arn,
                "accountId" => &mut issuer.account,
                "userName" => &mut issuer.user_name,
                _ => return,
            } = Some(value);
        });
        issuer
    }
}

impl<'a> Actor<'a> {
    /// Whose session it is: read when first asked for.
    pub(super) fn issuer(&self) -> &Issuer<'a> {
        let read = || self.session_context.and_then(|raw| scan::member(raw, "sessionIssuer")).map(Issuer::read);
        self.issuer.get_or_init(|| read().unwrap_or_default())
    }

    fn read(raw: &'a str) -> Self {
        let mut actor = Self::default();
        // Whatever is no object has no members.
        let _ = scan::object(raw, |key, value| {
            *match &*scan::unescape(key) {
                "type" => &mut actor.kind,
                "userName" => &mut actor.user_name,
                "principalId" => &mut actor.principal,
                "arn" => &mut actor.arn,
                "accountId" => &mut actor.account,
                "accessKeyId" => &mut actor.access_key,
                "invokedBy" => &mut actor.invoked_by,
                "sessionContext" => &mut actor.session_context,
                _ => return,
            } = Some(value);
        });
        actor
    }
}

/// The service that acted by itself, where one did: it made the call as such, or in a role that belongs to it.
pub(super) fn acting_service<'a>(
    kind: Option<&str>,
    invoked_by: Option<&'a str>,
    issuer_arn: Option<&'a str>,
) -> Option<&'a str> {
    match kind? {
        "AWSService" => invoked_by,
        "AssumedRole" => {
            let (_, role) = issuer_arn?.split_once(SERVICE_ROLE)?;
            invoked_by.or_else(|| role.split_once('/').map(|(service, _)| service).filter(|name| !name.is_empty()))
        }
        _ => None,
    }
}

/// What an object turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A CloudTrail record, or a digest or insight of CloudTrail.
    CloudTrail,
    /// A document with ECS fields, or with a text field that may hold a record.
    Ecs,
    Other,
}

impl<'a> Record<'a> {
    /// Reads the outer object and checks all of it.
    pub(super) fn read(text: &'a str) -> Result<Self, BadEvent> {
        let mut record = Self::default();
        scan::object(text, |key, value| record.take(&scan::unescape(key), value))?;
        Ok(record)
    }

    /// Who acted: read when first asked for.
    pub(super) fn actor(&self) -> &Actor<'a> {
        self.actor.get_or_init(|| self.user_identity.map(Actor::read).unwrap_or_default())
    }

    /// A record wins over a document: some shippers decode it into the document's own top level.
    pub(super) fn shape(&self) -> Shape {
        if self.cloudtrail {
            Shape::CloudTrail
        } else if self.ecs {
            Shape::Ecs
        } else {
            Shape::Other
        }
    }

    fn take(&mut self, key: &str, value: &'a str) {
        let slot = match key {
            "eventName" => &mut self.event_name,
            "eventSource" => &mut self.event_source,
            "eventID" => &mut self.event_id,
            "eventTime" => &mut self.event_time,
            "awsRegion" => &mut self.aws_region,
            "sourceIPAddress" => &mut self.source_address,
            "userAgent" => &mut self.user_agent,
            "errorCode" => &mut self.error_code,
            "errorMessage" => &mut self.error_message,
            "userIdentity" => &mut self.user_identity,
            "requestParameters" => &mut self.request_parameters,
            "responseElements" => &mut self.response_elements,
            "resources" => &mut self.resources,
            "tlsDetails" => &mut self.tls_details,
            "sessionCredentialFromConsole" => &mut self.session_credential,
            "additionalEventData" => &mut self.additional_event_data,
            "addendum" => &mut self.addendum,
            "recipientAccountId" => &mut self.recipient_account,
            "awsAccountId" => &mut self.aws_account,
            "digestEndTime" => &mut self.digest_end_time,
            _ => {
                self.cloudtrail |= MARKS.contains(&key);
                self.ecs |= is_ecs_key(key);
                return;
            }
        };
        *slot = Some(value);
        self.cloudtrail |= MARKS.contains(&key);
    }
}

/// Keys that make an object a document in Elastic's sense. The text fields are among them: what they hold decides.
fn is_ecs_key(key: &str) -> bool {
    matches!(key, "@timestamp" | "event" | "ecs" | "data_stream" | "message")
        || ["event.", "ecs.", "data_stream.", "aws.cloudtrail."].iter().any(|prefix| key.starts_with(prefix))
}

/// A value where the mapping expects text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text<'a> {
    /// Absent, or what the pipeline drops as empty.
    Missing,
    Is(Cow<'a, str>),
    /// Something else: a number, an object, an array. The complete mapping knows what becomes of it.
    Other,
}

impl<'a> Text<'a> {
    pub(super) fn of(raw: Raw<'a>) -> Self {
        match raw {
            None | Some("null") => Self::Missing,
            Some(raw) => match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(content) => {
                    let text = scan::unescape(content);
                    if prune::is_empty_text(&text) { Self::Missing } else { Self::Is(text) }
                }
                None => Self::Other,
            },
        }
    }

    /// The text, where it is one.
    pub(super) fn get(&self) -> Option<&str> {
        match self {
            Self::Is(text) => Some(text),
            Self::Missing | Self::Other => None,
        }
    }

    /// The value at `path` inside the object that `raw` holds.
    pub(super) fn inside(raw: Raw<'a>, path: &[&str]) -> Self {
        Self::of(raw.and_then(|raw| path.iter().try_fold(raw, |raw, name| scan::member(raw, name))))
    }
}
