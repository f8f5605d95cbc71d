//! Fields whose values stand in the record, or the document, letter for letter: what may be looked for in the bytes of a
//! log before anything is parsed.

/// Whether the values of `field` stand in the source of an event as they are (spelled with escapes or not), and how
/// telling they are: 0 for those that few events share, 2 for those that many do. `None` for fields that are worked out.
#[must_use]
pub fn literal_rank(field: &str) -> Option<u8> {
    match field {
        "event.action"
        | "event.id"
        | "aws.cloudtrail.user_identity.access_key_id"
        | "aws.cloudtrail.request_id"
        | "aws.cloudtrail.shared_event_id" => Some(0),
        "user.name"
        | "user_agent.original"
        | "source.address"
        | "aws.cloudtrail.error_code"
        | "aws.cloudtrail.user_identity.arn"
        | "aws.cloudtrail.user_identity.invoked_by"
        | "aws.cloudtrail.user_identity.session_context.session_issuer.arn"
        | "aws.cloudtrail.user_identity.session_context.session_issuer.principal_id" => Some(1),
        "event.provider"
        | "cloud.region"
        | "aws.cloudtrail.user_identity.type"
        | "aws.cloudtrail.user_identity.session_context.session_issuer.type"
        | "tls.client.server_name" => Some(2),
        _ => None,
    }
}
