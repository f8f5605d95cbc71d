//! The part of the mapping that is a table: where values of a record go as they are.

/// Values that move as they are: the path in the record and in the document.
pub(super) const MOVES: &[(&str, &str)] = &[
    ("eventVersion", "aws.cloudtrail.event_version"),
    ("sessionCredentialFromConsole", "aws.cloudtrail.session_credential_from_console"),
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
    ("sharedEventID", "aws.cloudtrail.shared_event_id"),
    ("sharedEventId", "aws.cloudtrail.shared_event_id"),
    ("vpcEndpointId", "aws.cloudtrail.vpc_endpoint_id"),
    ("vpcEndpointAccountId", "aws.cloudtrail.vpc_endpoint_account_id"),
    ("addendum.reason", "aws.cloudtrail.addendum.reason"),
    ("addendum.updatedFields", "aws.cloudtrail.addendum.updated_fields"),
    ("addendum.originalRequestID", "aws.cloudtrail.addendum.original_request_id"),
    ("addendum.originalEventID", "aws.cloudtrail.addendum.original_event_id"),
    ("userIdentity.accountId", "cloud.account.id"),
    // Of whoever acted.
    ("userIdentity.type", "aws.cloudtrail.user_identity.type"),
    ("userIdentity.arn", "aws.cloudtrail.user_identity.arn"),
    ("userIdentity.accessKeyId", "aws.cloudtrail.user_identity.access_key_id"),
    ("userIdentity.invokedBy", "aws.cloudtrail.user_identity.invoked_by"),
    ("userIdentity.invokedByDelegate.accountId", "aws.cloudtrail.user_identity.invoked_by_delegate.account_id"),
    ("userIdentity.credentialId", "aws.cloudtrail.user_identity.credential_id"),
    ("userIdentity.identityProvider", "aws.cloudtrail.user_identity.identity_provider"),
    ("userIdentity.onBehalfOf.identityStoreArn", "aws.cloudtrail.user_identity.on_behalf_of.identity_store_arn"),
    ("userIdentity.inScopeOf.issuerType", "aws.cloudtrail.user_identity.in_scope_of.issuer_type"),
    ("userIdentity.inScopeOf.credentialsIssuedTo", "aws.cloudtrail.user_identity.in_scope_of.credentials_issued_to"),
    ("userIdentity.inScopeOf.sourceArn", "aws.cloudtrail.user_identity.in_scope_of.source_arn"),
    ("userIdentity.inScopeOf.sourceAccount", "aws.cloudtrail.user_identity.in_scope_of.source_account"),
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
    ("userIdentity.sessionContext.ec2RoleDelivery", "aws.cloudtrail.user_identity.session_context.ec2_role_delivery"),
    ("userIdentity.sessionContext.sourceIdentity", "aws.cloudtrail.user_identity.session_context.source_identity"),
    (
        "userIdentity.sessionContext.webIdFederationData.federatedProvider",
        "aws.cloudtrail.user_identity.session_context.web_id_federation_data.federated_provider",
    ),
    // Its keys are named by the identity provider.
    (
        "userIdentity.sessionContext.webIdFederationData.attributes",
        "aws.cloudtrail.user_identity.session_context.web_id_federation_data.attributes",
    ),
    ("userIdentity.sessionContext.assumedRoot", "aws.cloudtrail.user_identity.session_context.assumed_root"),
    (
        "userIdentity.sessionContext.signInSessionArn",
        "aws.cloudtrail.user_identity.session_context.sign_in_session_arn",
    ),
];

/// Values of a digest that move as they are.
pub(super) const DIGEST_MOVES: &[(&str, &str)] = &[
    ("previousDigestS3Object", "aws.cloudtrail.flattened.digest.previous_s3_object"),
    ("previousDigestSignature", "aws.cloudtrail.flattened.digest.previous_signature"),
    ("previousDigestHashValue", "aws.cloudtrail.flattened.digest.previous_hash_value"),
    ("logFiles", "aws.cloudtrail.flattened.digest.log_files"),
    ("digestS3Bucket", "aws.cloudtrail.flattened.digest.s3_bucket"),
    ("previousDigestS3Bucket", "aws.cloudtrail.flattened.digest.previous_s3_bucket"),
    ("previousDigestHashAlgorithm", "aws.cloudtrail.flattened.digest.previous_hash_algorithm"),
    ("digestPublicKeyFingerprint", "aws.cloudtrail.flattened.digest.public_key_fingerprint"),
    ("publicKeyFingerprint", "aws.cloudtrail.flattened.digest.public_key_fingerprint"),
    ("digestSignatureAlgorithm", "aws.cloudtrail.flattened.digest.signature_algorithm"),
];

/// Instants of a digest.
pub(super) const DIGEST_TIMES: [(&str, &str); 4] = [
    ("digestStartTime", "aws.cloudtrail.flattened.digest.start_time"),
    ("digestEndTime", "aws.cloudtrail.flattened.digest.end_time"),
    ("newestEventTime", "aws.cloudtrail.flattened.digest.newest_event_time"),
    ("oldestEventTime", "aws.cloudtrail.flattened.digest.oldest_event_time"),
];
