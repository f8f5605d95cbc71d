//! What kind of call an action is, by its service and name: for what was done before an alert.

/// Whether this error code says that the caller was not allowed to make the call. Services word it differently:
/// `AccessDenied`, `AccessDeniedException`, `Client.UnauthorizedOperation`, `KMS.AccessDeniedException` …
#[must_use]
pub fn is_denied(error: &str) -> bool {
    const WORDS: [&str; 5] =
        ["AccessDenied", "Unauthorized", "NotAuthorized", "AuthorizationError", "OperationNotPermitted"];
    WORDS.iter().any(|word| error.contains(word))
}

/// Whether a call changes who may do what, in any service. `provider` is `event.provider`, with or without its domain.
#[must_use]
pub fn changes_permissions(provider: &str, action: &str) -> bool {
    let (service, action) = (service(provider), unversioned(action));
    if service == "iam" {
        return !is_read(action) && !is_tagging(action);
    }
    CHANGES.iter().any(|(of, names)| *of == service && names.contains(&action))
        || ["Put", "Set", "Delete"].iter().any(|verb| action.starts_with(verb))
            && POLICIES.iter().any(|policy| action.ends_with(policy))
}

/// Whether a call makes, copies, restores, shares or tags what it is about.
#[must_use]
pub fn touches(provider: &str, action: &str) -> bool {
    const VERBS: [&str; 6] = ["Create", "Copy", "Restore", "Import", "Register", "Share"];
    VERBS.iter().any(|verb| action.starts_with(verb)) || is_tagging(action) || changes_permissions(provider, action)
}

/// Policies of resources, whatever the service.
const POLICIES: [&str; 4] = ["ResourcePolicy", "AccessPolicy", "AccessPointPolicy", "RepositoryPolicy"];

/// Calls that give or take permissions, beside those of IAM.
const CHANGES: &[(&str, &[&str])] = &[
    ("kms", &["CreateGrant", "PutKeyPolicy", "RevokeGrant", "RetireGrant"]),
    (
        "s3",
        &[
            "PutBucketPolicy",
            "DeleteBucketPolicy",
            "PutBucketAcl",
            "PutObjectAcl",
            "PutBucketPublicAccessBlock",
            "DeleteBucketPublicAccessBlock",
            "PutAccountPublicAccessBlock",
            "DeleteAccountPublicAccessBlock",
            "PutBucketOwnershipControls",
        ],
    ),
    (
        "ec2",
        &[
            "ModifySnapshotAttribute",
            "ResetSnapshotAttribute",
            "ModifyImageAttribute",
            "ResetImageAttribute",
            "AssociateIamInstanceProfile",
            "ReplaceIamInstanceProfileAssociation",
            "DisassociateIamInstanceProfile",
            "DisableSnapshotBlockPublicAccess",
            "DisableImageBlockPublicAccess",
        ],
    ),
    (
        "rds",
        &[
            "ModifyDBSnapshotAttribute",
            "ModifyDBClusterSnapshotAttribute",
            "AddRoleToDBCluster",
            "AddRoleToDBInstance",
            "RemoveRoleFromDBCluster",
            "RemoveRoleFromDBInstance",
        ],
    ),
    ("lambda", &["AddPermission", "RemovePermission", "CreateFunctionUrlConfig", "AddLayerVersionPermission"]),
    ("sqs", &["AddPermission", "RemovePermission", "SetQueueAttributes"]),
    ("sns", &["AddPermission", "RemovePermission", "SetTopicAttributes"]),
    ("events", &["PutPermission", "RemovePermission"]),
    ("ram", &["CreateResourceShare", "AssociateResourceShare", "UpdateResourceShare", "DisassociateResourceShare"]),
    (
        "organizations",
        &["AttachPolicy", "DetachPolicy", "CreatePolicy", "UpdatePolicy", "DeletePolicy", "DisablePolicyType"],
    ),
    (
        "sso",
        &[
            "CreateAccountAssignment",
            "DeleteAccountAssignment",
            "CreatePermissionSet",
            "UpdatePermissionSet",
            "AttachManagedPolicyToPermissionSet",
            "AttachCustomerManagedPolicyReferenceToPermissionSet",
            "PutInlinePolicyToPermissionSet",
            "ProvisionPermissionSet",
        ],
    ),
    ("identitystore", &["CreateUser", "CreateGroupMembership", "DeleteGroupMembership"]),
    ("eks", &["CreateAccessEntry", "UpdateAccessEntry", "AssociateAccessPolicy"]),
    ("lakeformation", &["GrantPermissions", "BatchGrantPermissions", "RevokePermissions", "PutDataLakeSettings"]),
    ("cognito-identity", &["SetIdentityPoolRoles"]),
    ("rolesanywhere", &["CreateTrustAnchor", "CreateProfile", "UpdateProfile"]),
];

fn service(provider: &str) -> &str {
    provider.strip_suffix(".amazonaws.com").unwrap_or(provider)
}

/// Whether a call only reads.
pub(super) fn is_read(action: &str) -> bool {
    const VERBS: [&str; 6] = ["Get", "List", "Describe", "Simulate", "Generate", "Head"];
    VERBS.iter().any(|verb| action.starts_with(verb))
}

fn is_tagging(action: &str) -> bool {
    const VERBS: [&str; 6] = ["Tag", "Untag", "AddTags", "RemoveTags", "CreateTags", "DeleteTags"];
    VERBS.iter().any(|verb| action.starts_with(verb)) || (action.starts_with("Put") && action.ends_with("Tagging"))
}

/// The action without the version that some services write behind it: `AddPermission20150331v2` is `AddPermission`.
pub(super) fn unversioned(action: &str) -> &str {
    let name = action.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, 'v' | '_'));
    let version = &action[name.len()..];
    if version.starts_with("20") { name } else { action }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_permissions_in_every_service() {
        for (provider, action) in [
            ("iam.amazonaws.com", "AttachRolePolicy"),
            ("iam", "CreateAccessKey"),
            ("kms.amazonaws.com", "CreateGrant"),
            ("s3.amazonaws.com", "PutBucketPolicy"),
            ("lambda.amazonaws.com", "AddPermission20150331v2"),
            ("rds.amazonaws.com", "ModifyDBSnapshotAttribute"),
            ("secretsmanager.amazonaws.com", "PutResourcePolicy"),
            ("backup.amazonaws.com", "PutBackupVaultAccessPolicy"),
            ("ecr.amazonaws.com", "SetRepositoryPolicy"),
        ] {
            assert!(changes_permissions(provider, action), "{action}");
            assert!(touches(provider, action), "{action}");
        }
        for (provider, action) in [
            ("iam.amazonaws.com", "ListRoles"),
            ("iam.amazonaws.com", "TagRole"),
            ("s3.amazonaws.com", "PutObject"),
            ("ecr.amazonaws.com", "PutLifecyclePolicy"),
            ("secretsmanager.amazonaws.com", "GetResourcePolicy"),
            ("rds.amazonaws.com", "CreateDBSnapshot"),
        ] {
            assert!(!changes_permissions(provider, action), "{action}");
        }
    }

    #[test]
    fn what_makes_or_tags_a_thing_touches_it() {
        for action in
            ["CreateDBSnapshot", "CopyDBClusterSnapshot", "AddTagsToResource", "CreateTags", "PutBucketTagging"]
        {
            assert!(touches("rds.amazonaws.com", action), "{action}");
        }
        for action in ["DescribeDBSnapshots", "StartExportTask", "DeleteDBSnapshot", "PutObject"] {
            assert!(!touches("rds.amazonaws.com", action), "{action}");
        }
    }

    #[test]
    fn denials_are_worded_differently() {
        for code in ["AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "NotAuthorizedException"]
        {
            assert!(is_denied(code), "{code}");
        }
        for code in ["ThrottlingException", "NoSuchBucket", "ValidationException"] {
            assert!(!is_denied(code), "{code}");
        }
    }

    #[test]
    fn only_a_version_is_taken_off() {
        assert_eq!(unversioned("ListFunctions20150331"), "ListFunctions");
        assert_eq!(unversioned("UpdateFunctionCode20150331v2"), "UpdateFunctionCode");
        assert_eq!(unversioned("CreateRoute53"), "CreateRoute53");
        assert_eq!(unversioned("Retrieve"), "Retrieve");
    }
}
