use chrono::Duration;

use crate::event::{Event, IdentityKind};
use crate::query::Document as _;
use crate::rule::Rule;

use super::rds_export;
use super::row::{joined, row};
use super::times::{clock, span};
use super::{Facts, Row, Seen, Surroundings};

/// The label of the row that says where the actor's credentials came from; it breaks at [`super::ARROW`].
pub const SESSION: &str = "Session";

/// The rows of the overview: who, from where, on what, then the fields that the rule asks for. Values are as the log
/// gave them.
#[must_use]
pub fn overview(rule: &Rule, event: &Event<'_>, facts: &Facts, around: &Surroundings) -> Vec<Row> {
    let mut rows = vec![actor(facts, around)];
    rows.extend(session(facts, around));
    rows.push(source(facts, around));
    match &facts.export {
        Some(export) => rows.extend(rds_export::rows(event, export, facts)),
        None => rows.extend([action(facts), target(facts)]),
    }
    let last = |row: &Row| facts.export.is_some() || row.value.len() > SHORT;
    let (long, short): (Vec<Row>, Vec<Row>) = investigation_rows(rule, event, facts).into_iter().partition(last);
    rows.extend(short);
    rows.extend(common(facts, around));
    // Long values come last, and so do the parameters of an export, which has rows of its own.
    rows.extend(long);
    rows
}

/// Who opened the session of the actor, and what the actor opened.
fn session(facts: &Facts, around: &Surroundings) -> impl Iterator<Item = Row> {
    let lineage = around.lineage.as_ref().zip(facts.time);
    let row = |label: &str, value: String| row(label, Some(value), "", None);
    let above = lineage.and_then(|(lineage, time)| Some(row(SESSION, lineage.chain(time)?)));
    let below = lineage.and_then(|(lineage, time)| Some(row("Opened", lineage.opened(time)?)));
    above.into_iter().chain(below).map(|row| Row { field: None, ..row })
}

fn action(facts: &Facts) -> Row {
    let failed = facts.error.as_ref().map(|error| format!("failed: {error}"));
    let value = facts
        .action
        .clone()
        .map(|action| joined([Some(action.clone()), facts.provider.clone(), failed]).unwrap_or(action));
    row("Action", value, "event.action", facts.action.clone())
}

fn target(facts: &Facts) -> Row {
    match &facts.target {
        Some(target) => row("Target", Some(target.value.clone()), &target.field, None),
        None => row("Target", None, "", None),
    }
}

fn actor(facts: &Facts, around: &Surroundings) -> Row {
    let who = &facts.identity;
    let name = match (&who.role, &who.session) {
        (Some(role), Some(session)) if who.kind == IdentityKind::AssumedRole => Some(format!("{role} / {session}")),
        _ => who.display.clone(),
    };
    let kind = (who.kind != IdentityKind::Absent).then(|| who.kind.to_string());
    let named = match (kind, name) {
        (Some(kind), Some(name)) if kind.eq_ignore_ascii_case(&name) => Some(name),
        (Some(kind), Some(name)) => Some(format!("{kind} {name}")),
        (kind, name) => kind.or(name),
    };
    let value = named.and_then(|named| {
        joined([
            Some(named),
            who.on_behalf_of
                .as_ref()
                .filter(|_| who.kind != IdentityKind::IdentityCenterUser)
                .map(|u| format!("for {u}")),
            who.invoked_by
                .as_ref()
                .filter(|s| who.display.as_ref() != Some(s))
                .map(|service| format!("through {service}")),
            who.identity_provider.as_ref().map(|provider| format!("vouched for by {provider}")),
            who.access_key.clone(),
            who.mfa.map(|mfa| if mfa { "MFA" } else { "no MFA" }.to_owned()),
            seen(around.actor_seen, facts, around),
        ])
    });
    let (field, copy) = match &who.arn {
        Some(arn) => ("aws.cloudtrail.user_identity.arn", Some(arn.clone())),
        None => ("user.name", who.user.clone().or_else(|| who.role.clone())),
    };
    let filterable = copy.is_some();
    let mut row = row("Actor", value, field, copy);
    row.field = row.field.filter(|_| filterable);
    row
}

fn source(facts: &Facts, around: &Surroundings) -> Row {
    let note = facts.source.as_ref().and_then(|_| seen(around.address_seen, facts, around));
    let value = facts.source.clone().and_then(|s| joined([Some(s), facts.place.clone(), facts.network.clone(), note]));
    row("Source IP", value, "source.address", facts.source.clone())
}

/// What was first seen longer ago is known, which reassures; what is newer is said to be new.
const KNOWN: Duration = Duration::days(7);
/// Whatever was seen so soon after the log begins may be older than it.
const BEGINNING: Duration = Duration::hours(1);

fn seen(seen: Seen, facts: &Facts, around: &Surroundings) -> Option<String> {
    match (seen, facts.time) {
        (Seen::Never, _) => Some(match around.history(facts.time) {
            Some(history) => format!("never seen in the {} of log before", span(history)),
            None => "never seen before in this log".to_owned(),
        }),
        (Seen::Since(first), Some(time)) => {
            let from_the_beginning = around.log_begins.is_some_and(|begins| first - begins < BEGINNING);
            let ago = span(time - first);
            Some(match time - first {
                age if age >= KNOWN => format!("known for {ago}"),
                age if age < Duration::minutes(1) => "first seen moments before".to_owned(),
                _ if from_the_beginning => format!("seen since the log begins, {ago} before"),
                _ => format!("first seen {ago} before"),
            })
        }
        (Seen::Since(first), None) => Some(format!("first seen {}", clock(first))),
        (Seen::Unknown, _) => None,
    }
}

/// Fields that another row shows already.
const SHOWN: &[&str] = &[
    "@timestamp",
    "aws.cloudtrail.recipient_account_id",
    "aws.cloudtrail.user_identity.access_key_id",
    "aws.cloudtrail.user_identity.arn",
    "aws.cloudtrail.user_identity.type",
    "cloud.account.id",
    "cloud.region",
    "event.action",
    "event.id",
    "event.outcome",
    "event.provider",
    "source.address",
    "source.ip",
    "user.name",
    "user_agent.original",
];

/// Shown where neither the rule names fields nor the call has rows of its own.
const DEFAULT_FIELDS: &[&str] = &["aws.cloudtrail.request_parameters"];

/// Labels of fields whose names would not fit.
const LABELS: &[(&str, &str)] = &[
    ("aws.cloudtrail.additional_eventdata", "More data"),
    ("aws.cloudtrail.console_login.additional_eventdata.mfa_used", "MFA used"),
    ("aws.cloudtrail.error_code", "Error code"),
    ("aws.cloudtrail.error_message", "Error"),
    ("aws.cloudtrail.flattened.request_parameters", "Request"),
    ("aws.cloudtrail.flattened.response_elements", "Response"),
    ("aws.cloudtrail.request_parameters", "Request"),
    ("aws.cloudtrail.resources.account_id", "Resource of"),
    ("aws.cloudtrail.resources.arn", "Resource"),
    ("aws.cloudtrail.resources.type", "Resource type"),
    ("aws.cloudtrail.response_elements", "Response"),
    ("aws.cloudtrail.user_identity.invoked_by", "Invoked by"),
    ("aws.cloudtrail.user_identity.session_context.session_issuer.arn", "Issued by"),
    ("entity.target.id", "Target id"),
    ("source.as.number", "AS number"),
    ("source.as.organization.name", "Network of"),
    ("source.geo.city_name", "City"),
    ("source.geo.country_iso_code", "Country code"),
    ("source.geo.country_name", "Country"),
    ("tls.client.server_name", "Server name"),
    ("user.target.name", "Target user"),
];

/// The label of a field; below the parameters, the parameter's name.
fn label(field: &str) -> &str {
    if let Some((_, label)) = LABELS.iter().find(|(name, _)| *name == field) {
        return label;
    }
    let parameter = field.strip_prefix("aws.cloudtrail.flattened.").and_then(|rest| rest.rsplit('.').next());
    parameter.or_else(|| field.strip_prefix("aws.cloudtrail.")).unwrap_or(field)
}

/// The most values in a row.
const VALUES: usize = 20;
/// The most characters of a value in a row; the event has all of them.
const LONGEST: usize = 500;
/// Values of more bytes than this come last.
const SHORT: usize = 80;

fn investigation_rows(rule: &Rule, event: &Event<'_>, facts: &Facts) -> Vec<Row> {
    let asked = rule.investigation_fields.iter().map(String::as_str);
    let fields: Vec<&str> = match (rule.investigation_fields.is_empty(), &facts.export) {
        (false, _) => asked.collect(),
        (true, None) => DEFAULT_FIELDS.to_vec(),
        (true, Some(_)) => Vec::new(),
    };
    let rows = fields.into_iter().filter(|field| !SHOWN.contains(field)).map(|field| {
        let mut values = Vec::new();
        event.any(field, &mut |value| {
            values.push(value.to_string());
            values.len() > VALUES
        });
        if values.len() > VALUES {
            values.pop();
            values.push("…".to_owned());
        }
        let mut copy = values.first().filter(|_| values.len() > 1).cloned();
        let mut shown = values.join(", ");
        if let Some((end, _)) = shown.char_indices().nth(LONGEST) {
            copy = copy.or_else(|| Some(shown.clone()));
            shown = format!("{} …", &shown[..end]);
        }
        row(label(field), (!values.is_empty()).then_some(shown), field, copy)
    });
    rows.collect()
}

fn common(facts: &Facts, around: &Surroundings) -> Vec<Row> {
    let agent = facts.agent.as_ref();
    let tool = agent.and_then(|agent| {
        joined([
            Some(agent.original.clone()),
            Some(agent.kind.as_str().to_owned()),
            seen(around.agent_seen, facts, around),
        ])
    });
    let outcome = match (&facts.error, &facts.error_message) {
        (None, _) => "success".to_owned(),
        (Some(error), None) => format!("failure: {error}"),
        (Some(error), Some(message)) => format!("failure: {error}: {message}"),
    };
    let copy = if facts.error.is_some() { "failure" } else { "success" };
    vec![
        row("Account", facts.account.clone(), "aws.cloudtrail.recipient_account_id", None),
        row("Region", facts.region.clone(), "cloud.region", None),
        row("User agent", tool, "user_agent.original", agent.map(|a| a.original.clone())),
        row("Access key", facts.identity.access_key.clone(), "aws.cloudtrail.user_identity.access_key_id", None),
        row("Time", facts.time.map(clock), "@timestamp", facts.time.map(|t| t.to_rfc3339())),
        row("Event id", Some(facts.event_id.clone()), "event.id", None),
        row("Outcome", Some(outcome), "event.outcome", Some(copy.to_owned())),
    ]
}
