//! Paths of a record that hold ids of actors and targets, by service and action.

pub(super) struct Service {
    /// `eventSource`.
    pub(super) source: &'static str,
    /// Where any of its records keep ids.
    pub(super) related: &'static [&'static str],
    /// Where the records of some actions keep the ids of what they act on.
    pub(super) targets: &'static [(&'static [&'static str], &'static [&'static str])],
    /// Whether the names of its actions carry a version behind.
    pub(super) versioned: bool,
}

const fn service(
    source: &'static str,
    related: &'static [&'static str],
    targets: &'static [(&'static [&'static str], &'static [&'static str])],
) -> Service {
    Service { source, related, targets, versioned: false }
}

/// Where any record keeps ids.
pub(super) const ACTORS: &[&str] = &[
    "userIdentity.accessKeyId",
    "userIdentity.arn",
    "userIdentity.userName",
    "userIdentity.sessionContext.sessionIssuer.arn",
    "userIdentity.sessionContext.sessionIssuer.userName",
    "resources.ARN",
];

/// Beginnings of ids that name machines.
pub(super) const HOST_PREFIXES: &[&str] = &["i-"];

/// Beginnings of ids that name parts of services.
pub(super) const SERVICE_PREFIXES: &[&str] =
    &["sg-", "sgr-", "eni-", "vpc-", "subnet-", "acl-", "rtb-", "igw-", "nat-", "vpce-", "tgw-", "pcx-"];

/// Types of resources that are somebody.
pub(super) const USER_TYPES: &[&str] =
    &["user", "role", "assumed-role", "federated-user", "instance-profile", "mfa", "serialNumber"];

/// Types of resources that are machines.
pub(super) const HOST_TYPES: &[&str] = &["instance"];

/// Types of resources that are parts of services.
pub(super) const SERVICE_TYPES: &[&str] = &[
    "alarm",
    "cluster",
    "configuration-recorder",
    "db",
    "detector",
    "dhcp-options",
    "document",
    "file-system",
    "function",
    "global-cluster",
    "group",
    "ipset",
    "key",
    "loadbalancer",
    "log-group",
    "log-stream",
    "model",
    "mount-target",
    "network-acl",
    "network-interface",
    "parameter",
    "policy",
    "resolver-query-log-config",
    "rule",
    "rulegroup",
    "secret",
    "security-group",
    "session",
    "stack",
    "stack-set",
    "subnet",
    "table",
    "topic",
    "trail",
    "trust-anchor",
    "vpc",
    "webacl",
];

const ACCOUNT: &[&str] = &["recipientAccountId"];
const RESOURCES: &[&str] = &["resources.ARN"];

pub(super) const SERVICES: &[Service] = &[
    service("bedrock.amazonaws.com", &[], &[(&["Converse"], &["requestParameters.modelId"])]),
    service(
        "cloudformation.amazonaws.com",
        &[],
        &[(&["CreateStackSet"], &["responseElements.stackSetId"]), (&["CreateStack"], &["responseElements.stackId"])],
    ),
    service(
        "cloudtrail.amazonaws.com",
        &[
            "requestParameters.name",
            "requestParameters.s3BucketName",
            "responseElements.cloudWatchLogsLogGroupArn",
            "responseElements.cloudWatchLogsRoleArn",
            "responseElements.kmsKeyId",
            "responseElements.snsTopicARN",
            "responseElements.trailARN",
            "responseElements.name",
        ],
        &[(&["DeleteTrail", "StopLogging"], &["requestParameters.name"]), (&["DescribeTrails"], ACCOUNT)],
    ),
    service(
        "config.amazonaws.com",
        &["requestParameters.configurationRecorderName"],
        &[(
            &["StartConfigurationRecorder", "StopConfigurationRecorder"],
            &["requestParameters.configurationRecorderName"],
        )],
    ),
    service("dynamodb.amazonaws.com", &[], &[(&["ListTables"], ACCOUNT)]),
    service(
        "ec2-instance-connect.amazonaws.com",
        &[],
        &[(&["SendSSHPublicKey", "SendSerialConsoleSSHPublicKey"], &["requestParameters.instanceId"])],
    ),
    service(
        "ec2.amazonaws.com",
        &[
            "requestParameters.groupId",
            "requestParameters.groupName",
            "requestParameters.roleName",
            "requestParameters.subnetId",
            "requestParameters.volumeId",
            "requestParameters.networkInterfaceId",
            "requestParameters.vpcId",
            "requestParameters.snapshotId",
            "requestParameters.groupSet.items.groupId",
            "requestParameters.instancesSet.items.instanceId",
            "requestParameters.revokedSecurityGroupRuleSet.items.securityGroupRuleId",
            "requestParameters.revokedSecurityGroupRuleSet.items.groupId",
            "responseElements.groupId",
            "responseElements.reservationId",
            "responseElements.vpc.vpcId",
            "responseElements.vpc.dhcpOptionsId",
            "responseElements.snapshotId",
            "responseElements.volumeId",
            "responseElements.groupSet.items.groupId",
            "responseElements.securityGroupRuleSet.items.groupId",
            "responseElements.securityGroupRuleSet.items.referencedGroupInfo.groupId",
            "responseElements.securityGroupRuleSet.items.securityGroupRuleId",
            "responseElements.instancesSet.items.subnetId",
            "responseElements.instancesSet.items.vpcId",
            "responseElements.instancesSet.items.instanceId",
            "responseElements.instancesSet.items.imageId",
            "responseElements.instancesSet.items.iamInstanceProfile.arn",
            "responseElements.instancesSet.items.networkInterfaceSet.items.networkInterfaceId",
            "responseElements.instancesSet.items.networkInterfaceSet.items.vpcId",
            "responseElements.instancesSet.items.networkInterfaceSet.items.subnetId",
            "responseElements.instancesSet.items.networkInterfaceSet.items.groupSet.items.groupId",
        ],
        &[
            (
                &["AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress"],
                &["requestParameters.groupId", "responseElements.securityGroupRuleSet.items.securityGroupRuleId"],
            ),
            (
                &["CreateTrafficMirrorFilter"],
                &["responseElements.CreateTrafficMirrorFilterResponse.trafficMirrorFilter.trafficMirrorFilterId"],
            ),
            (
                &["CreateTrafficMirrorFilterRule"],
                &[
                    "responseElements.CreateTrafficMirrorFilterRuleResponse.trafficMirrorFilterRule.trafficMirrorFilterRuleId",
                ],
            ),
            (
                &["CreateTrafficMirrorSession"],
                &["responseElements.CreateTrafficMirrorSessionResponse.trafficMirrorSession.trafficMirrorSessionId"],
            ),
            (
                &["CreateTrafficMirrorTarget"],
                &["responseElements.CreateTrafficMirrorTargetResponse.trafficMirrorTarget.trafficMirrorTargetId"],
            ),
            (&["DeleteFlowLogs"], &["requestParameters.DeleteFlowLogsRequest.FlowLogId.content"]),
            (&["DeleteNetworkAcl"], &["requestParameters.networkAclId"]),
            (&["DeleteNetworkAclEntry"], &["requestParameters.networkAclId", "requestParameters.ruleNumber"]),
            (&["GetPasswordData"], &["requestParameters.instanceId"]),
            (&["ModifyImageAttribute"], &["requestParameters.imageId"]),
            (&["ModifySnapshotAttribute"], &["requestParameters.snapshotId"]),
            (
                &[
                    "DescribeNetworkAcls",
                    "DescribeNetworkInterfaces",
                    "DescribeRegions",
                    "DescribeSecurityGroups",
                    "DescribeVolumes",
                    "DescribeVpcs",
                ],
                ACCOUNT,
            ),
        ],
    ),
    service(
        "elasticfilesystem.amazonaws.com",
        &[],
        &[
            (&["DeleteFileSystem"], &["requestParameters.fileSystemId"]),
            (&["DeleteMountTarget"], &["requestParameters.mountTargetId"]),
        ],
    ),
    service("elasticloadbalancing.amazonaws.com", &[], &[(&["DescribeLoadBalancers"], ACCOUNT)]),
    service("events.amazonaws.com", &[], &[(&["DeleteRule"], &["requestParameters.name"])]),
    service(
        "guardduty.amazonaws.com",
        &["requestParameters.detectorId", "responseElements.detectorId"],
        &[
            (&["CreateDetector"], &["responseElements.detectorId"]),
            (&["DeleteDetector"], &["requestParameters.detectorId"]),
        ],
    ),
    service(
        "iam.amazonaws.com",
        &[
            "requestParameters.userName",
            "requestParameters.serialNumber",
            "requestParameters.accessKeyId",
            "requestParameters.policyArn",
            "requestParameters.roleName",
            "requestParameters.policyName",
            "responseElements.accessKey.userName",
            "responseElements.accessKey.accessKeyId",
            "responseElements.user.arn",
            "responseElements.user.userId",
            "responseElements.user.userName",
            "responseElements.userId",
            "responseElements.role.arn",
            "responseElements.serialNumber",
        ],
        &[
            (&["AttachGroupPolicy"], &["requestParameters.groupName"]),
            (
                &["AttachRolePolicy", "ListAttachedRolePolicies", "UpdateAssumeRolePolicy"],
                &["requestParameters.roleName"],
            ),
            (&["AttachUserPolicy"], &["requestParameters.policyArn", "requestParameters.userName"]),
            (&["CreateAccessKey"], &["responseElements.accessKey.accessKeyId", "requestParameters.userName"]),
            (&["CreateUser", "DeactivateMFADevice"], &["requestParameters.userName"]),
            (&["DeleteVirtualMFADevice"], &["requestParameters.serialNumber"]),
            (&["GetPolicy"], &["requestParameters.policyArn"]),
            (&["CreatePolicy"], &["responseElements.policy.arn"]),
            (&["ListRoles", "ListUsers"], ACCOUNT),
        ],
    ),
    service(
        "kms.amazonaws.com",
        &[
            "requestParameters.keyId",
            "responseElements.keyId",
            "responseElements.keyMetadata.arn",
            "responseElements.keyMetadata.keyId",
        ],
        &[(&["DisableKey", "ScheduleKeyDeletion"], RESOURCES)],
    ),
    Service {
        source: "lambda.amazonaws.com",
        related: &[
            "requestParameters.functionName",
            "responseElements.functionArn",
            "responseElements.functionName",
            "responseElements.role",
            "responseElements.vpcConfig.securityGroupIds",
            "responseElements.vpcConfig.subnetIds",
        ],
        targets: &[(&["AddPermission"], &["requestParameters.functionName"]), (&["ListFunctions"], ACCOUNT)],
        versioned: true,
    },
    service(
        "logs.amazonaws.com",
        &[],
        &[
            (&["DeleteLogGroup"], &["requestParameters.logGroupName"]),
            (&["DeleteLogStream"], &["requestParameters.logStreamName"]),
        ],
    ),
    service("monitoring.amazonaws.com", &[], &[(&["DeleteAlarms"], &["requestParameters.alarmNames"])]),
    service(
        "rds.amazonaws.com",
        &[
            "requestParameters.dBInstanceIdentifier",
            "requestParameters.dBInstanceArn",
            "responseElements.dBInstanceIdentifier",
            "responseElements.dbInstanceArn",
            "responseElements.dBSubnetGroup.vpcId",
            "responseElements.dBSubnetGroup.subnets.subnetIdentifier",
            "responseElements.vpcSecurityGroups.vpcSecurityGroupId",
        ],
        &[
            (&["DeleteDBCluster", "ModifyDBCluster", "StopDBCluster"], &["responseElements.dBClusterArn"]),
            (
                &[
                    "DeleteDBInstance",
                    "ModifyDBInstance",
                    "RestoreDBInstanceFromDBSnapshot",
                    "RestoreDBInstanceFromS3",
                    "StopDBInstance",
                ],
                &["responseElements.dBInstanceArn"],
            ),
            (&["DeleteGlobalCluster"], &["responseElements.globalClusterArn"]),
            (&["ModifyDBClusterSnapshotAttribute"], &["responseElements.dBClusterSnapshotIdentifier"]),
            (&["ModifyDBSnapshotAttribute"], &["responseElements.dBSnapshotIdentifier"]),
            (&["DescribeDBInstances"], ACCOUNT),
        ],
    ),
    service(
        "rolesanywhere.amazonaws.com",
        &[],
        &[(&["CreateTrustAnchor"], &["responseElements.trustAnchor.trustAnchorArn"])],
    ),
    service(
        "route53resolver.amazonaws.com",
        &[],
        &[(&["DeleteResolverQueryLogConfig"], &["responseElements.resolverQueryLogConfig.arn"])],
    ),
    service(
        "s3.amazonaws.com",
        &["requestParameters.bucketName"],
        &[
            (
                &[
                    "CopyObject",
                    "DeleteBucket",
                    "DeleteObject",
                    "GetBucketPolicy",
                    "GetObject",
                    "HeadObject",
                    "ListObjects",
                    "PutBucketLogging",
                    "PutBucketVersioning",
                    "PutObject",
                ],
                RESOURCES,
            ),
            (
                &["PutBucketReplication"],
                &["resources.ARN", "requestParameters.ReplicationConfiguration.Rule.Destination.Bucket"],
            ),
            (&["ListBuckets"], ACCOUNT),
        ],
    ),
    service(
        "secretsmanager.amazonaws.com",
        &[],
        &[
            (&["BatchGetSecretValue"], &["requestParameters.secretIdList"]),
            (&["GetSecretValue"], &["requestParameters.secretId"]),
        ],
    ),
    service("signin.amazonaws.com", &[], &[(&["ConsoleLogin"], ACCOUNT)]),
    service(
        "sns.amazonaws.com",
        &[],
        &[
            (&["CreateTopic"], &["responseElements.topicArn"]),
            (&["Publish", "Subscribe"], &["requestParameters.topicArn"]),
        ],
    ),
    service(
        "ssm.amazonaws.com",
        &[],
        &[
            (&["CreateControlChannel", "GetParameter", "GetParameters", "OpenControlChannel"], RESOURCES),
            (&["StartSession"], &["requestParameters.target"]),
            (&["CreateDocument"], &["requestParameters.name"]),
            (&["OpenDataChannel", "TerminateSession"], &["requestParameters.sessionId"]),
            (&["ListInstanceAssociations"], ACCOUNT),
        ],
    ),
    service(
        "sts.amazonaws.com",
        &[
            "requestParameters.roleArn",
            "requestParameters.roleSessionName",
            "sourceIdentity",
            "additionalEventData.MFAIdentifier",
            "responseElements.assumedRoleUser.arn",
            "responseElements.accessKeyId",
        ],
        &[(&["AssumeRole"], &["requestParameters.roleArn"]), (&["GetCallerIdentity"], ACCOUNT)],
    ),
    service(
        "wafv2.amazonaws.com",
        &["requestParameters.id", "responseElements.summary"],
        &[(&["DeleteRuleGroup", "DeleteWebACL"], &["requestParameters.id"])],
    ),
];
