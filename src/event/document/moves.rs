//! The part of the mapping that is a table: where values of a record go as they are.

/// Values that move as they are.
pub(super) const MOVES: [(&str, &str); 26] = [
    ("eventVersion", "aws.cloudtrail.event_version"),
    ("userIdentity.type", "aws.cloudtrail.user_identity.type"),
    ("userIdentity.arn", "aws.cloudtrail.user_identity.arn"),
    ("userIdentity.accountId", "cloud.account.id"),
    ("userIdentity.accessKeyId", "aws.cloudtrail.user_identity.access_key_id"),
    (
        "userIdentity.sessionContext.attributes.mfaAuthenticated",
        "aws.cloudtrail.user_identity.session_context.mfa_authenticated",
    ),
    (
        "userIdentity.sessionContext.sessionIssuer.type",
        "aws.cloudtrail.user_identity.session_context.session_issuer.type",
    ),
    (
        "userIdentity.sessionContext.sessionIssuer.principalId",
        "aws.cloudtrail.user_identity.session_context.session_issuer.principal_id",
    ),
    (
        "userIdentity.sessionContext.sessionIssuer.arn",
        "aws.cloudtrail.user_identity.session_context.session_issuer.arn",
    ),
    (
        "userIdentity.sessionContext.sessionIssuer.accountId",
        "aws.cloudtrail.user_identity.session_context.session_issuer.account_id",
    ),
    ("sessionCredentialFromConsole", "aws.cloudtrail.session_credential_from_console"),
    ("userIdentity.invokedBy", "aws.cloudtrail.user_identity.invoked_by"),
    ("eventSource", "event.provider"),
    ("eventCategory", "aws.cloudtrail.event_category"),
    ("sourceIPAddress", "source.address"),
    ("userAgent", "user_agent.original"),
    ("errorCode", "aws.cloudtrail.error_code"),
    ("errorMessage", "aws.cloudtrail.error_message"),
    ("requestID", "aws.cloudtrail.request_id"),
    ("eventID", "event.id"),
    ("eventType", "aws.cloudtrail.event_type"),
    ("apiVersion", "aws.cloudtrail.api_version"),
    ("readOnly", "aws.cloudtrail.read_only"),
    ("recipientAccountId", "aws.cloudtrail.recipient_account_id"),
    // Spelt so by Elastic. CloudTrail writes `sharedEventID`, which therefore stays unmapped there and here.
    ("sharedEventId", "aws.cloudtrail.shared_event_id"),
    ("vpcEndpointId", "aws.cloudtrail.vpc_endpoint_id"),
];

/// Values of a digest that move as they are.
pub(super) const DIGEST_MOVES: [(&str, &str); 6] = [
    ("logFiles", "log_files"),
    ("digestS3Bucket", "s3_bucket"),
    ("previousDigestS3Bucket", "previous_s3_bucket"),
    ("previousDigestHashAlgorithm", "previous_hash_algorithm"),
    ("publicKeyFingerprint", "public_key_fingerprint"),
    ("digestSignatureAlgorithm", "signature_algorithm"),
];

/// Instants of a digest.
pub(super) const DIGEST_TIMES: [(&str, &str); 4] = [
    ("digestStartTime", "start_time"),
    ("digestEndTime", "end_time"),
    ("newestEventTime", "newest_event_time"),
    ("oldestEventTime", "oldest_event_time"),
];
