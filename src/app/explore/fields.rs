//! Names that are completed while a question is typed: the fields of CloudTrail events that are asked for most. Any other
//! can be typed.

pub(in super::super) const KNOWN: &[&str] = &[
    "@timestamp",
    "aws.cloudtrail.additional_eventdata",
    "aws.cloudtrail.console_login.additional_eventdata.login_to",
    "aws.cloudtrail.console_login.additional_eventdata.mfa_used",
    "aws.cloudtrail.error_code",
    "aws.cloudtrail.error_message",
    "aws.cloudtrail.event_category",
    "aws.cloudtrail.event_type",
    "aws.cloudtrail.flattened.additional_eventdata.",
    "aws.cloudtrail.flattened.request_parameters.",
    "aws.cloudtrail.flattened.response_elements.",
    "aws.cloudtrail.read_only",
    "aws.cloudtrail.recipient_account_id",
    "aws.cloudtrail.request_id",
    "aws.cloudtrail.request_parameters",
    "aws.cloudtrail.resources.account_id",
    "aws.cloudtrail.resources.arn",
    "aws.cloudtrail.resources.type",
    "aws.cloudtrail.response_elements",
    "aws.cloudtrail.session_credential_from_console",
    "aws.cloudtrail.user_identity.access_key_id",
    "aws.cloudtrail.user_identity.arn",
    "aws.cloudtrail.user_identity.invoked_by",
    "aws.cloudtrail.user_identity.session_context.mfa_authenticated",
    "aws.cloudtrail.user_identity.session_context.session_issuer.arn",
    "aws.cloudtrail.user_identity.session_context.session_issuer.type",
    "aws.cloudtrail.user_identity.type",
    "aws.cloudtrail.vpc_endpoint_id",
    "cloud.account.id",
    "cloud.region",
    "cloud.service.name",
    "entity.target.id",
    "event.action",
    "event.category",
    "event.id",
    "event.outcome",
    "event.provider",
    "event.type",
    "group.name",
    "related.entity",
    "related.ip",
    "related.user",
    "service.name",
    "source.address",
    "source.as.number",
    "source.as.organization.name",
    "source.geo.city_name",
    "source.geo.country_iso_code",
    "source.geo.country_name",
    "source.ip",
    "tls.client.server_name",
    "tls.version",
    "user.email",
    "user.id",
    "user.name",
    "user.target.name",
    "user_agent.original",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event;
    use crate::query::{FieldType, Schema as _};

    #[test]
    fn names_are_sorted_and_known_to_the_schema() {
        assert!(KNOWN.is_sorted_by(|a, b| a < b));
        for name in KNOWN {
            assert_ne!(event::schema().field_type(name.trim_end_matches('.')), FieldType::Unmapped, "{name}");
        }
    }
}
