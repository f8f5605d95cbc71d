//! `event.category` and `event.type` by action. An action that is not listed has no category and the type `info`.

/// The categories and types of an action.
pub(super) type Category = (&'static [&'static str], &'static [&'static str]);

/// The types of an action that is not listed.
pub(super) const UNLISTED: &[&str] = &["info"];

/// Looks up an action, `eventName` as CloudTrail writes it.
pub(super) fn of(action: &str) -> Option<Category> {
    Some(match action {
        "AddUserToGroup"
        | "AttachGroupPolicy"
        | "DeleteGroupPolicy"
        | "DetachGroupPolicy"
        | "PutGroupPolicy"
        | "RemoveUserFromGroup"
        | "UpdateGroup" => (&["iam"], &["group", "change"]),
        "CreateGroup" => (&["iam"], &["group", "creation"]),
        "DeleteGroup" => (&["iam"], &["group", "deletion"]),
        "GetGroup" | "GetGroupPolicy" | "ListAttachedGroupPolicies" | "ListGroupPolicies" | "ListGroups" => {
            (&["iam"], &["group", "info"])
        }
        "AttachUserPolicy"
        | "ChangePassword"
        | "CreateAccessKey"
        | "CreateVirtualMFADevice"
        | "DeactivateMFADevice"
        | "DeleteAccessKey"
        | "DeleteSSHPublicKey"
        | "DeleteUserPermissionsBoundary"
        | "DeleteUserPolicy"
        | "DeleteVirtualMFADevice"
        | "DetachUserPolicy"
        | "EnableMFADevice"
        | "PutUserPermissionsBoundary"
        | "PutUserPolicy"
        | "TagUser"
        | "UntagUser"
        | "UpdateAccessKey"
        | "UpdateLoginProfile"
        | "UpdateSSHPublicKey"
        | "UpdateUser" => (&["iam"], &["user", "change"]),
        "CreateUser" => (&["iam"], &["user", "creation"]),
        "DeleteUser" => (&["iam"], &["user", "deletion"]),
        "GetUser"
        | "GetUserPolicy"
        | "ListAttachedUserPolicies"
        | "ListGroupsForUser"
        | "ListUserPolicies"
        | "ListUsers"
        | "ListUserTags" => (&["iam"], &["user", "info"]),
        "CreateKeyPair" => (&["iam"], &["admin", "creation"]),
        "SetDefaultPolicyVersion"
        | "SetSecurityTokenServicePreferences"
        | "UpdateAccountPasswordPolicy"
        | "UpdateRole" => (&["iam"], &["admin", "change"]),
        "GetPolicy" | "ListAttachedRolePolicies" | "ListRoles" => (&["iam"], &["info"]),
        "AttachRolePolicy" => (&["iam"], &["change"]),
        "CreatePolicy" => (&["iam"], &["creation"]),
        "AssumeRole" | "ConsoleLogin" | "GetCallerIdentity" => (&["authentication"], &["info"]),
        "CreateBucket" | "CreateDocument" => (&["file"], &["creation"]),
        "DeleteBucket" | "DeleteObject" => (&["file"], &["deletion"]),
        "GetObject" | "HeadObject" | "ListBuckets" | "ListObjects" => (&["file"], &["info"]),
        "PutObject" => (&["file"], &["change"]),
        "DescribeInstances" | "DescribeVolumes" | "ListInstanceAssociations" => (&["host"], &["info"]),
        "DescribeLoadBalancers"
        | "DescribeNetworkAcls"
        | "DescribeNetworkInterfaces"
        | "DescribeSecurityGroups"
        | "DescribeVpcs" => (&["network"], &["info"]),
        "AuthorizeSecurityGroupIngress" => (&["network"], &["access"]),
        "DescribeDBInstances" | "ListTables" => (&["database"], &["info"]),
        "DescribeTrails" => (&["configuration"], &["info"]),
        "CreateTopic" => (&["configuration"], &["creation"]),
        "Subscribe" => (&["configuration"], &["change"]),
        "DeleteTrail" => (&["configuration"], &["deletion"]),
        "ListFunctions" => (&["package"], &["info"]),
        "Converse" | "DescribeRegions" | "Publish" => (&["api"], &["info"]),
        "SendCommand" => (&["process"], &["start"]),
        "CreateControlChannel" | "CreateDataChannel" | "OpenControlChannel" | "OpenDataChannel" | "StartSession" => {
            (&["session"], &["start"])
        }
        "TerminateSession" => (&["session"], &["end"]),
        _ => return None,
    })
}
