//! Which field values and names occur verbatim in the raw record, so that the bytes of a log can be searched for them
//! before anything is parsed.

use crate::query::Literal;

/// Below each of these lies a member of the record, with its own names.
const OWN_NAMES: [&str; 4] = [
    "aws.cloudtrail.flattened.request_parameters.",
    "aws.cloudtrail.flattened.response_elements.",
    "aws.cloudtrail.flattened.additional_eventdata.",
    "aws.cloudtrail.flattened.service_event_details.",
];

/// The string that occurs in the source of an event that has `field`, spelled with escapes or not. Rank 0 is for values
/// that few events share, 2 for those of many. `None` for fields that are computed.
#[must_use]
pub fn literal(field: &str) -> Option<Literal<'_>> {
    let value = |rank| Some(Literal::Value { rank, whole: true });
    match field {
        "event.action"
        | "event.id"
        | "aws.cloudtrail.user_identity.access_key_id"
        | "aws.cloudtrail.request_id"
        | "aws.cloudtrail.shared_event_id" => value(0),
        "user.name"
        | "user_agent.original"
        | "source.address"
        | "aws.cloudtrail.error_code"
        | "aws.cloudtrail.user_identity.arn"
        | "aws.cloudtrail.user_identity.invoked_by"
        | "aws.cloudtrail.user_identity.session_context.session_issuer.arn"
        | "aws.cloudtrail.user_identity.session_context.session_issuer.principal_id" => value(1),
        "event.provider"
        | "cloud.region"
        | "aws.cloudtrail.user_identity.type"
        | "aws.cloudtrail.user_identity.session_context.session_issuer.type"
        | "tls.client.server_name" => value(2),
        _ => {
            let below = OWN_NAMES.iter().find_map(|member| field.strip_prefix(member))?;
            // A dot may be part of a name, or stand between two.
            let text = below.rsplit('.').next().unwrap_or(below);
            Some(Literal::Name { text, rank: 1 })
        }
    }
}
