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
];

/// Values of `userIdentity` that move as they are, to `aws.cloudtrail.user_identity`.
pub(super) const IDENTITY_MOVES: &[(&str, &str)] = &[
    ("type", "type"),
    ("arn", "arn"),
    ("accessKeyId", "access_key_id"),
    ("invokedBy", "invoked_by"),
    ("invokedByDelegate.accountId", "invoked_by_delegate.account_id"),
    ("credentialId", "credential_id"),
    ("identityProvider", "identity_provider"),
    ("onBehalfOf.identityStoreArn", "on_behalf_of.identity_store_arn"),
    ("inScopeOf.issuerType", "in_scope_of.issuer_type"),
    ("inScopeOf.credentialsIssuedTo", "in_scope_of.credentials_issued_to"),
    ("inScopeOf.sourceArn", "in_scope_of.source_arn"),
    ("inScopeOf.sourceAccount", "in_scope_of.source_account"),
    ("sessionContext.attributes.mfaAuthenticated", "session_context.mfa_authenticated"),
    ("sessionContext.sessionIssuer.type", "session_context.session_issuer.type"),
    ("sessionContext.sessionIssuer.principalId", "session_context.session_issuer.principal_id"),
    ("sessionContext.sessionIssuer.arn", "session_context.session_issuer.arn"),
    ("sessionContext.sessionIssuer.accountId", "session_context.session_issuer.account_id"),
    ("sessionContext.ec2RoleDelivery", "session_context.ec2_role_delivery"),
    ("sessionContext.sourceIdentity", "session_context.source_identity"),
    (
        "sessionContext.webIdFederationData.federatedProvider",
        "session_context.web_id_federation_data.federated_provider",
    ),
    // Its keys are named by the identity provider.
    ("sessionContext.webIdFederationData.attributes", "session_context.web_id_federation_data.attributes"),
    ("sessionContext.assumedRoot", "session_context.assumed_root"),
    ("sessionContext.signInSessionArn", "session_context.sign_in_session_arn"),
];

/// Values of a digest that move as they are, to `aws.cloudtrail.flattened.digest`.
pub(super) const DIGEST_MOVES: &[(&str, &str)] = &[
    ("previousDigestS3Object", "previous_s3_object"),
    ("previousDigestSignature", "previous_signature"),
    ("previousDigestHashValue", "previous_hash_value"),
    ("logFiles", "log_files"),
    ("digestS3Bucket", "s3_bucket"),
    ("previousDigestS3Bucket", "previous_s3_bucket"),
    ("previousDigestHashAlgorithm", "previous_hash_algorithm"),
    ("digestPublicKeyFingerprint", "public_key_fingerprint"),
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
