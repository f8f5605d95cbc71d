//! What a call turns off of what watches over an account: logs, and services that look for attacks.

use serde_json::Value;

/// Calls that turn something off by being made, with what they turn off.
const OFF: &[(&str, &[&str], &str)] = &[
    (
        "cloudtrail",
        &["StopLogging", "DeleteTrail", "DeleteEventDataStore", "StopEventDataStoreIngestion"],
        "the log of calls",
    ),
    (
        "guardduty",
        &[
            "DeleteDetector",
            "DisassociateFromMasterAccount",
            "DisassociateFromAdministratorAccount",
            "DisassociateMembers",
            "DeleteMembers",
            "StopMonitoringMembers",
            "DeletePublishingDestination",
        ],
        "GuardDuty",
    ),
    (
        "config",
        &["StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel", "DeleteConfigRule"],
        "the record of configurations",
    ),
    ("ec2", &["DeleteFlowLogs"], "flow logs"),
    (
        "route53resolver",
        &["DeleteResolverQueryLogConfig", "DisassociateResolverQueryLogConfig"],
        "the log of DNS queries",
    ),
    (
        "securityhub",
        &["DisableSecurityHub", "BatchDisableStandards", "DisassociateFromAdministratorAccount", "DeleteMembers"],
        "Security Hub",
    ),
    ("access-analyzer", &["DeleteAnalyzer"], "the analyzer of access"),
    ("macie2", &["DisableMacie", "DisassociateFromAdministratorAccount"], "Macie"),
    ("inspector2", &["Disable"], "Inspector"),
    ("detective", &["DeleteGraph", "DisassociateMembership"], "Detective"),
    ("logs", &["DeleteLogGroup", "DeleteLogStream", "DeleteSubscriptionFilter", "DeleteMetricFilter"], "logs"),
    ("monitoring", &["DeleteAlarms", "DisableAlarmActions"], "alarms"),
    ("bedrock", &["DeleteModelInvocationLoggingConfiguration"], "the log of model calls"),
    ("wafv2", &["DeleteLoggingConfiguration", "DeleteWebACL"], "the web firewall or its log"),
    ("network-firewall", &["DeleteFirewall", "DeleteFirewallPolicy"], "the network firewall"),
];

/// What the call turns off. `service` has no domain, and `action` no version.
pub(super) fn turned_off(service: &str, action: &str, request: &Value) -> Option<&'static str> {
    let by_name = || {
        let found = OFF.iter().find(|(of, actions, _)| *of == service && actions.contains(&action));
        found.map(|(_, _, what)| *what)
    };
    by_name().or_else(|| by_setting(service, action, request))
}

fn by_setting(service: &str, action: &str, request: &Value) -> Option<&'static str> {
    let is = |path: &[&str], wanted: bool| {
        let found = path.iter().try_fold(request, |at, key| at.get(key));
        found.and_then(Value::as_bool) == Some(wanted)
    };
    match (service, action) {
        ("guardduty", "UpdateDetector") => is(&["enable"], false).then_some("GuardDuty"),
        ("cloudtrail", "UpdateTrail") => {
            let less = is(&["isMultiRegionTrail"], false) || is(&["includeGlobalServiceEvents"], false);
            less.then_some("a part of the log of calls")
        }
        ("cloudtrail", "PutEventSelectors") => {
            let selectors = request.get("eventSelectors").and_then(Value::as_array).into_iter().flatten();
            let mut without = selectors.map(|one| one.get("includeManagementEvents") == Some(&Value::Bool(false)));
            without.any(|without| without).then_some("the log of management calls")
        }
        ("eks", "UpdateClusterConfig") => {
            let log = request.pointer("/logging/clusterLogging").and_then(Value::as_array).into_iter().flatten();
            let off = log.into_iter().any(|one| one.get("enabled") == Some(&Value::Bool(false)));
            off.then_some("the log of a cluster")
        }
        ("s3", "PutBucketLogging") => {
            let status = request.get("BucketLoggingStatus")?;
            status.get("LoggingEnabled").is_none().then_some("the log of a bucket")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_watches_is_turned_off() {
        for (service, action, request, what) in [
            ("cloudtrail", "StopLogging", json!({"name": "t"}), Some("the log of calls")),
            ("guardduty", "DeleteDetector", json!(null), Some("GuardDuty")),
            ("guardduty", "UpdateDetector", json!({"enable": false}), Some("GuardDuty")),
            ("guardduty", "UpdateDetector", json!({"enable": true}), None),
            ("ec2", "DeleteFlowLogs", json!({}), Some("flow logs")),
            ("route53resolver", "DeleteResolverQueryLogConfig", json!({}), Some("the log of DNS queries")),
            ("cloudtrail", "UpdateTrail", json!({"isMultiRegionTrail": false}), Some("a part of the log of calls")),
            ("cloudtrail", "UpdateTrail", json!({"s3BucketName": "b"}), None),
            (
                "cloudtrail",
                "PutEventSelectors",
                json!({"eventSelectors": [{"includeManagementEvents": false}]}),
                Some("the log of management calls"),
            ),
            ("cloudtrail", "PutEventSelectors", json!({"eventSelectors": [{"readWriteType": "All"}]}), None),
            (
                "eks",
                "UpdateClusterConfig",
                json!({"logging": {"clusterLogging": [{"types": ["audit"], "enabled": false}]}}),
                Some("the log of a cluster"),
            ),
            ("s3", "PutBucketLogging", json!({"BucketLoggingStatus": {}}), Some("the log of a bucket")),
            ("s3", "PutBucketLogging", json!({"BucketLoggingStatus": {"LoggingEnabled": {}}}), None),
            ("rds", "DeleteDBSnapshot", json!({}), None),
            ("ec2", "StopLogging", json!({}), None),
        ] {
            assert_eq!(turned_off(service, action, &request), what, "{action} {request}");
        }
    }
}
