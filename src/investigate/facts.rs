//! Reads an event once, into the parts that an investigation works with. Text is as the log gave it.

mod rds_export;
mod reach;
mod watch;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::agent::Agent;
use super::arn::{Arn, is_account};
use super::call::unversioned;
use super::machine::is_machine;
use super::target::{Target, target};
use crate::event::{self, Event, Identity, IdentityKind};
use crate::text::is_suspicious;

pub use rds_export::{Export, SourceKind, Tables};
pub use reach::Reach;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    pub identity: Identity,
    pub event_id: String,
    pub time: Option<DateTime<Utc>>,
    /// `event.action`.
    pub action: Option<String>,
    /// `event.provider`, e.g. `rds.amazonaws.com`.
    pub provider: Option<String>,
    /// `errorCode` of a failed call, or its message where there is no code.
    pub error: Option<String>,
    /// The message beside the error code.
    pub error_message: Option<String>,
    /// An address, a DNS name or `AWS Internal`.
    pub source: Option<String>,
    /// City or region, and country, of the source.
    pub place: Option<String>,
    /// Number and organisation of the source's network.
    pub network: Option<String>,
    pub agent: Option<Agent>,
    pub region: Option<String>,
    /// The account that the event was recorded in.
    pub account: Option<String>,
    pub target: Option<Target>,
    /// Of an RDS `StartExportTask`.
    pub export: Option<Export>,
    /// Whom the call lets at something, and what of other accounts it names.
    pub reach: Reach,
    /// Another account that a resource in the record belongs to.
    pub owner: Option<String>,
    /// What the call turns off of what watches over the account.
    pub turned_off: Option<&'static str>,
    /// Fields of the record with characters that steer a terminal or deceive a reader; at most ten.
    pub suspicious: Vec<String>,
}

impl Facts {
    #[must_use]
    pub fn of(event: &Event<'_>) -> Self {
        Self { place: place(event), network: network(event), ..Self::brief(event) }
    }

    /// Without place and network, which take databases.
    #[must_use]
    pub fn brief(event: &Event<'_>) -> Self {
        let request = event.request();
        let provider = event.get("event.provider");
        let action = event.get("event.action");
        let is_export =
            action.as_deref() == Some("StartExportTask") && provider.as_deref() == Some("rds.amazonaws.com");
        let console = event.get("aws.cloudtrail.session_credential_from_console").as_deref() == Some("true");
        let message = event.get("aws.cloudtrail.error_message");
        let code = event.get("aws.cloudtrail.error_code");
        let mut suspicious = Vec::new();
        // Raw text without odd characters has none in its fields either, unless an escape hides one.
        if has_telling_escape(event.raw()) || is_suspicious(event.raw()) {
            find_suspicious(&event.record(), "", &mut suspicious);
        }
        let account = event.get("aws.cloudtrail.recipient_account_id").or_else(|| event.get("cloud.account.id"));
        let service = provider.as_deref().map(|provider| provider.strip_suffix(".amazonaws.com").unwrap_or(provider));
        let called = unversioned(action.as_deref().unwrap_or_default());
        Self {
            reach: Reach::read(&request, called, account.as_deref()),
            owner: owner(event, account.as_deref()),
            turned_off: watch::turned_off(service.unwrap_or_default(), called, &request),
            identity: identity(event, called),
            event_id: event.id().to_owned(),
            time: event.time(),
            error: code.clone().or_else(|| message.clone()),
            error_message: message.filter(|_| code.is_some()),
            source: event.get("source.address").or_else(|| event.get("source.ip")),
            agent: event.get("user_agent.original").map(|text| Agent::of(&text, console)),
            region: event.get("cloud.region"),
            account,
            target: target(event, &request),
            export: is_export.then(|| Export::read(&request, &event.response())),
            action,
            provider,
            suspicious,
            ..Self::default()
        }
    }

    /// Whether a program acted that nobody sits at.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        is_machine(&self.identity, self.agent.as_ref())
    }

    /// The service that was called, without `.amazonaws.com`.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        let provider = self.provider.as_deref()?;
        Some(provider.strip_suffix(".amazonaws.com").unwrap_or(provider))
    }

    /// Kind and name of what the call was about. Of an export, the snapshot or cluster without the ARN's prefix:
    /// `cluster-snapshot:orders-2026-11-23`.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        match &self.export {
            Some(export) => {
                let source = export.source_arn.as_deref()?;
                Some(Arn::of(source).map_or(source, |arn| arn.resource).to_owned())
            }
            None => self.target.as_ref().map(|target| target.name.clone()),
        }
    }

    /// Where an export writes to: `s3://bucket/prefix`.
    #[must_use]
    pub fn destination(&self) -> Option<String> {
        self.export.as_ref()?.destination()
    }
}

/// Who acted. A sign-in says apart whether there was a second factor; those of a provider always say there was none.
fn identity(event: &Event<'_>, action: &str) -> Identity {
    let mut who = event::identity(event);
    if action == "ConsoleLogin" && matches!(who.kind, IdentityKind::Root | IdentityKind::IamUser) {
        let used = event.get("aws.cloudtrail.console_login.additional_eventdata.mfa_used");
        who.mfa = who.mfa.or_else(|| used?.parse().ok());
    }
    who
}

/// The first other account that the record's resources belong to.
fn owner(event: &Event<'_>, home: Option<&str>) -> Option<String> {
    let home = home?;
    event.resource_accounts().into_iter().find(|account| is_account(account) && account != home)
}

const SUSPICIOUS: usize = 10;

fn place(event: &Event<'_>) -> Option<String> {
    let geo = |name: &str| event.get(&format!("source.geo.{name}"));
    let town = geo("city_name").or_else(|| geo("region_name"));
    let country = geo("country_name").or_else(|| geo("country_iso_code"));
    let parts: Vec<String> = town.into_iter().chain(country).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn network(event: &Event<'_>) -> Option<String> {
    let number = event.get("source.as.number").map(|number| format!("AS{number}"));
    let parts: Vec<String> = number.into_iter().chain(event.get("source.as.organization.name")).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// True when an escape in the JSON may stand for more than a quote, a slash or white space.
fn has_telling_escape(json: &str) -> bool {
    let bytes = json.as_bytes();
    memchr::memchr_iter(b'\\', bytes).any(|at| matches!(bytes.get(at + 1), Some(b'u' | b'b' | b'f')))
}

fn find_suspicious(value: &Value, path: &str, found: &mut Vec<String>) {
    if found.len() >= SUSPICIOUS {
        return;
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::String(text) if is_suspicious(text) => found.push(path.to_owned()),
        Value::Array(items) => items.iter().for_each(|item| find_suspicious(item, path, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| find_suspicious(value, &below(name), found)),
        _ => {}
    }
}
