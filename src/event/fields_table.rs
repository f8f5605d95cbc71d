//! The one table of fields: where each comes from in a record, which are read without a document, and which values stand
//! in the bytes of a log as they are. A new field is one row; its type is in the texts of `schema`.

use crate::query::Literal;

use super::fast_fields::{Hot, account, categories, outcome, source_ip, timestamp, types, user_id, user_name};
use super::record::{Record, Text};
use super::user_agent::{Field, part};
use super::{DATASET, MODULE, PROVIDER};

/// Makes lists for the document, and matches for what is asked of every event. After the path in the record and the one
/// in the document, a row may have:
///
/// - `verbatim`: the value occurs in the record, spelled with escapes or not; 0 where few events share it, 2 where many do.
/// - `fast`: how the record alone answers.
macro_rules! fields {
    ($record:ident:
        computed { $($field:literal, fast $computed:expr;)* }
        $($(#[$doc:meta])* $table:ident {
            $($from:literal => $to:literal $(, verbatim $rank:literal)? $(, fast $read:expr)?;)*
        })*
    ) => {
        $($(#[$doc])* pub(super) const $table: &[(&str, &str)] = &[$(($from, $to)),*];)*

        /// Resolves `field` from the record alone.
        pub(super) fn resolve<'a>($record: &Record<'a>, field: &str) -> Hot<'a> {
            match field {
                $($($($to => Hot::from($read),)?)*)*
                $($field => Hot::from($computed),)*
                _ => Hot::Cold,
            }
        }

        fn rank(field: &str) -> Option<u8> {
            match field {
                $($($($to => Some($rank),)?)*)*
                _ => None,
            }
        }
    };
}

fields! { record:
    computed {
        "event.dataset", fast Hot::constant(DATASET);
        "data_stream.dataset", fast Hot::constant(DATASET);
        "event.module", fast Hot::constant(MODULE);
        "event.kind", fast Hot::constant("event");
        "cloud.provider", fast Hot::constant(PROVIDER);
        "event.category", fast categories(record);
        "event.type", fast types(record);
        "event.outcome", fast outcome(record);
        "source.ip", fast source_ip(record);
        "user_agent.name", fast part(record.user_agent, Field::Name);
        "user_agent.version", fast part(record.user_agent, Field::Version);
        "user_agent.os.name", fast part(record.user_agent, Field::OsName);
        "user_agent.os.version", fast part(record.user_agent, Field::OsVersion);
        "user_agent.os.full", fast part(record.user_agent, Field::OsFull);
        "user_agent.device.name", fast part(record.user_agent, Field::DeviceName);
    }

    /// Values that move as they are.
    MOVES {
        "eventVersion" => "aws.cloudtrail.event_version";
        "sessionCredentialFromConsole" => "aws.cloudtrail.session_credential_from_console",
            fast record.session_credential;
        "eventSource" => "event.provider", verbatim 2, fast record.event_source;
        "eventCategory" => "aws.cloudtrail.event_category";
        "sourceIPAddress" => "source.address", verbatim 1, fast record.source_address;
        "userAgent" => "user_agent.original", verbatim 1, fast record.user_agent;
        "errorCode" => "aws.cloudtrail.error_code", verbatim 1, fast record.error_code;
        "errorMessage" => "aws.cloudtrail.error_message", fast record.error_message;
        "requestID" => "aws.cloudtrail.request_id", verbatim 0;
        "eventID" => "event.id", verbatim 0, fast record.event_id;
        "eventType" => "aws.cloudtrail.event_type";
        "apiVersion" => "aws.cloudtrail.api_version";
        "readOnly" => "aws.cloudtrail.read_only";
        "recipientAccountId" => "aws.cloudtrail.recipient_account_id", fast record.recipient_account;
        "sharedEventID" => "aws.cloudtrail.shared_event_id", verbatim 0;
        "sharedEventId" => "aws.cloudtrail.shared_event_id";
        "vpcEndpointId" => "aws.cloudtrail.vpc_endpoint_id";
        "vpcEndpointAccountId" => "aws.cloudtrail.vpc_endpoint_account_id";
        "addendum.reason" => "aws.cloudtrail.addendum.reason";
        "addendum.updatedFields" => "aws.cloudtrail.addendum.updated_fields";
        "addendum.originalRequestID" => "aws.cloudtrail.addendum.original_request_id";
        "addendum.originalEventID" => "aws.cloudtrail.addendum.original_event_id";
        "userIdentity.accountId" => "cloud.account.id", fast account(record);
        // Of whoever acted.
        "userIdentity.type" => "aws.cloudtrail.user_identity.type", verbatim 2, fast record.actor().kind;
        "userIdentity.arn" => "aws.cloudtrail.user_identity.arn", verbatim 1, fast record.actor().arn;
        "userIdentity.accessKeyId" => "aws.cloudtrail.user_identity.access_key_id",
            verbatim 0, fast record.actor().access_key;
        "userIdentity.invokedBy" => "aws.cloudtrail.user_identity.invoked_by",
            verbatim 1, fast record.actor().invoked_by;
        "userIdentity.invokedByDelegate.accountId" => "aws.cloudtrail.user_identity.invoked_by_delegate.account_id";
        "userIdentity.credentialId" => "aws.cloudtrail.user_identity.credential_id";
        "userIdentity.identityProvider" => "aws.cloudtrail.user_identity.identity_provider";
        "userIdentity.onBehalfOf.identityStoreArn" => "aws.cloudtrail.user_identity.on_behalf_of.identity_store_arn";
        "userIdentity.inScopeOf.issuerType" => "aws.cloudtrail.user_identity.in_scope_of.issuer_type";
        "userIdentity.inScopeOf.credentialsIssuedTo" =>
            "aws.cloudtrail.user_identity.in_scope_of.credentials_issued_to";
        "userIdentity.inScopeOf.sourceArn" => "aws.cloudtrail.user_identity.in_scope_of.source_arn";
        "userIdentity.inScopeOf.sourceAccount" => "aws.cloudtrail.user_identity.in_scope_of.source_account";
        "userIdentity.sessionContext.attributes.mfaAuthenticated" =>
            "aws.cloudtrail.user_identity.session_context.mfa_authenticated",
            fast Text::inside(record.actor().session_context, &["attributes", "mfaAuthenticated"]);
        "userIdentity.sessionContext.sessionIssuer.type" =>
            "aws.cloudtrail.user_identity.session_context.session_issuer.type",
            verbatim 2, fast record.actor().issuer().kind;
        "userIdentity.sessionContext.sessionIssuer.principalId" =>
            "aws.cloudtrail.user_identity.session_context.session_issuer.principal_id",
            verbatim 1, fast record.actor().issuer().principal;
        "userIdentity.sessionContext.sessionIssuer.arn" =>
            "aws.cloudtrail.user_identity.session_context.session_issuer.arn",
            verbatim 1, fast record.actor().issuer().arn;
        "userIdentity.sessionContext.sessionIssuer.accountId" =>
            "aws.cloudtrail.user_identity.session_context.session_issuer.account_id",
            fast record.actor().issuer().account;
        "userIdentity.sessionContext.ec2RoleDelivery" =>
            "aws.cloudtrail.user_identity.session_context.ec2_role_delivery";
        "userIdentity.sessionContext.sourceIdentity" => "aws.cloudtrail.user_identity.session_context.source_identity";
        "userIdentity.sessionContext.webIdFederationData.federatedProvider" =>
            "aws.cloudtrail.user_identity.session_context.web_id_federation_data.federated_provider";
        // Its keys are named by the identity provider.
        "userIdentity.sessionContext.webIdFederationData.attributes" =>
            "aws.cloudtrail.user_identity.session_context.web_id_federation_data.attributes";
        "userIdentity.sessionContext.assumedRoot" => "aws.cloudtrail.user_identity.session_context.assumed_root";
        "userIdentity.sessionContext.signInSessionArn" =>
            "aws.cloudtrail.user_identity.session_context.sign_in_session_arn";
    }

    /// Values of which more than the place changes, or only in some records: `document` has a step for each.
    OTHERS {
        "eventName" => "event.action", verbatim 0, fast record.event_name;
        "eventTime" => "@timestamp", fast timestamp(record);
        "awsRegion" => "cloud.region", verbatim 2, fast record.aws_region;
        "awsAccountId" => "cloud.account.id";
        "managementEvent" => "aws.cloudtrail.management_event";
        "userIdentity.userName" => "user.name", verbatim 1, fast user_name(record);
        "userIdentity.principalId" => "user.id", fast user_id(record);
        "userIdentity.onBehalfOf.userId" => "user.id";
        "userIdentity.sessionContext.sessionIssuer.userName" => "user.name";
        "userIdentity.sessionContext.attributes.creationDate" =>
            "aws.cloudtrail.user_identity.session_context.creation_date";
        "resources.ARN" => "aws.cloudtrail.resources.arn";
        "resources.accountId" => "aws.cloudtrail.resources.account_id";
    }

    /// Values of TLS that move as they are.
    TLS_MOVES {
        "tlsDetails.cipherSuite" => "tls.cipher";
        "tlsDetails.clientProvidedHostHeader" => "tls.client.server_name",
            verbatim 2, fast Text::inside(record.tls_details, &["clientProvidedHostHeader"]);
    }

    /// Values of a digest that move as they are.
    DIGEST_MOVES {
        "previousDigestS3Object" => "aws.cloudtrail.flattened.digest.previous_s3_object";
        "previousDigestSignature" => "aws.cloudtrail.flattened.digest.previous_signature";
        "previousDigestHashValue" => "aws.cloudtrail.flattened.digest.previous_hash_value";
        "logFiles" => "aws.cloudtrail.flattened.digest.log_files";
        "digestS3Bucket" => "aws.cloudtrail.flattened.digest.s3_bucket";
        "previousDigestS3Bucket" => "aws.cloudtrail.flattened.digest.previous_s3_bucket";
        "previousDigestHashAlgorithm" => "aws.cloudtrail.flattened.digest.previous_hash_algorithm";
        "digestPublicKeyFingerprint" => "aws.cloudtrail.flattened.digest.public_key_fingerprint";
        "publicKeyFingerprint" => "aws.cloudtrail.flattened.digest.public_key_fingerprint";
        "digestSignatureAlgorithm" => "aws.cloudtrail.flattened.digest.signature_algorithm";
    }

    /// Instants of a digest.
    DIGEST_TIMES {
        "digestStartTime" => "aws.cloudtrail.flattened.digest.start_time";
        "digestEndTime" => "aws.cloudtrail.flattened.digest.end_time";
        "newestEventTime" => "aws.cloudtrail.flattened.digest.newest_event_time";
        "oldestEventTime" => "aws.cloudtrail.flattened.digest.oldest_event_time";
    }
}

/// Objects kept as a string, and as they are: the record's key and both fields.
pub(super) const PARAMETERS: [(&str, &str, &str); 4] = [
    ("requestParameters", "aws.cloudtrail.request_parameters", "aws.cloudtrail.flattened.request_parameters"),
    ("responseElements", "aws.cloudtrail.response_elements", "aws.cloudtrail.flattened.response_elements"),
    ("additionalEventData", "aws.cloudtrail.additional_eventdata", "aws.cloudtrail.flattened.additional_eventdata"),
    ("serviceEventDetails", "aws.cloudtrail.service_event_details", "aws.cloudtrail.flattened.service_event_details"),
];

/// The string that occurs in the source of an event that has `field`, so that the bytes of a log can be searched for it
/// before anything is parsed. `None` for fields that are computed.
#[must_use]
pub fn literal(field: &str) -> Option<Literal<'_>> {
    if let Some(rank) = rank(field) {
        return Some(Literal::Value { rank, whole: true });
    }
    let below = PARAMETERS.iter().find_map(|(.., flattened)| field.strip_prefix(flattened)?.strip_prefix('.'))?;
    // A dot may be part of a name, or stand between two.
    let text = below.rsplit('.').next().unwrap_or(below);
    Some(Literal::Name { text, rank: 1 })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::Event;

    #[test]
    fn what_a_row_says_is_moved_arrives() {
        for (from, to) in MOVES.iter().chain(TLS_MOVES).chain(DIGEST_MOVES) {
            let mut record = from.rsplit('.').fold(json!("x-1"), |value, key| json!({ key: value }));
            if *from != "eventSource" {
                record["eventSource"] = "iam.amazonaws.com".into();
            }
            let record = record.to_string();
            let event = Event::parse(record.as_bytes()).unwrap();
            assert_eq!(event.get(to).as_deref(), Some("x-1"), "{from}");
            let document = to.split('.').try_fold(event.ecs(), |at, key| at.get(key).cloned());
            assert_eq!(document, Some(Value::from("x-1")), "{from}");
        }
    }
}
