use serde_json::{Value, json};

use super::super::tests::{at, facts_of, record, with};
use super::super::{Call, Calls, Command, EarlierExport};
use super::*;
use crate::rule::bundled;

fn at_step(number: usize, record: &Value, around: &Surroundings) -> Evidence {
    let rule = &bundled()[0];
    let step = rule.checklist.steps().nth(number - 1).unwrap().id.clone();
    let found = evidence(rule, &facts_of(record), around, at("2026-11-24T11:00:00Z"));
    found.into_iter().find(|e| e.step == step).unwrap_or(Evidence { step, lines: Vec::new(), commands: Vec::new() })
}

fn lines(number: usize, around: &Surroundings) -> String {
    text(&at_step(number, &record(), around))
}

fn text(evidence: &Evidence) -> String {
    evidence.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}

fn commands(number: usize, record: &Value) -> Vec<String> {
    at_step(number, record, &Surroundings::default()).commands.into_iter().map(|c: Command| c.line).collect()
}

fn call(action: &str, time: &str) -> Call {
    Call {
        time: at(time),
        action: action.to_owned(),
        service: "iam".to_owned(),
        error: None,
        actor: "admin/mk".to_owned(),
        source: "192.0.2.1".to_owned(),
        event_id: "e".to_owned(),
        ..Call::default()
    }
}

fn around() -> Surroundings {
    Surroundings {
        log_begins: Some(at("2026-11-20T00:00:00Z")),
        actor_seen: Seen::Never,
        address_seen: Seen::Since(at("2026-11-21T00:00:00Z")),
        address_actors: vec!["backup/nightly".to_owned()],
        nearby: Some(Calls { list: vec![call("ListBuckets", "2026-11-24T10:30:00Z")], total: 40 }),
        permission_changes: Some(Calls { list: vec![call("PutRolePolicy", "2026-11-23T10:30:00Z")], total: 1 }),
        earlier_exports: Some(vec![EarlierExport {
            time: at("2026-11-23T10:41:52Z"),
            actor: "etl-role/nightly".to_owned(),
            target: "snapshot:orders".to_owned(),
            destination: "s3://finance-exports".to_owned(),
            same_actor: false,
            same_role: true,
            same_bucket: true,
        }]),
        owner: vec!["payments team, #payments-oncall".to_owned()],
        ..Surroundings::default()
    }
}

#[test]
fn each_investigation_step_shows_what_it_asks_for() {
    let around = around();
    let one = lines(1, &around);
    assert!(
        one.contains("AssumedRole etl-role/jsmith\narn:aws:sts::111122223333:assumed-role/etl-role/jsmith"),
        "{one}"
    );
    assert!(one.contains("access key ASIAIOSFODNN7EXAMPLE (temporary)\nsession opened without MFA"), "{one}");
    assert!(one.contains("the actor was never seen before; the log begins 2026-11-20 00:00:00Z"), "{one}");
    let two = lines(2, &around);
    assert!(
        two.contains(
            "from 198.51.100.23\nthe address is known since 2026-11-21 00:00:00Z\nalso used by backup/nightly"
        ),
        "{two}"
    );
    assert!(two.contains("with aws-cli/2.15.0 Python/3.11.6 Linux/5.10 (command line)"), "{two}");
    let three = lines(3, &around);
    assert!(
        three.contains(
            "cluster-snapshot:orders-2026-11-23 (cluster snapshot)\ntables: all\nto s3://finance-exports/2026"
        ),
        "{three}"
    );
    let four = lines(4, &around);
    assert!(
        four.contains(
            "other calls by the actor within 30 minutes: 40\n  2026-11-24 10:30:00Z  iam ListBuckets\n  … and 39 more"
        ),
        "{four}"
    );
    assert!(commands(4, &record())[0].contains("list-attached-role-policies --role-name 'etl-role'"));
    let five = lines(5, &around);
    assert!(five.contains("changes of permissions in the account in the 4 days of log before: 1\n  2026-11-23 10:30:00Z  iam PutRolePolicy  by admin/mk"), "{five}");
    let six = lines(6, &around);
    assert!(six.contains("account 111122223333\npayments team, #payments-oncall"), "{six}");
    assert!(commands(6, &record()).iter().any(|c| c.starts_with("aws rds list-tags-for-resource")));
    for step in 7..=10 {
        let text = lines(step, &around);
        assert!(
            text.contains("etl-role/nightly  snapshot:orders  to s3://finance-exports  (same role, bucket)"),
            "{step}: {text}"
        );
    }
    assert!(
        lines(13, &around).contains("etl-role/jsmith called StartExportTask on cluster-snapshot:orders-2026-11-23")
    );
    let nobody_looked = lines(5, &Surroundings::default());
    assert_eq!(nobody_looked, "");
}

#[test]
fn every_command_of_a_response_line_by_line() {
    let mut all: Vec<String> = (1..=17).flat_map(|step| commands(step, &record())).collect();
    all.sort();
    all.dedup();
    assert_eq!(
        all,
        [
            "aws cloudtrail lookup-events --lookup-attributes 'AttributeKey=AccessKeyId,AttributeValue=ASIAIOSFODNN7EXAMPLE' --start-time '2026-11-23T10:41:52Z' --end-time '2026-11-25T10:41:52Z' --region 'us-east-1'",
            "aws iam list-attached-role-policies --role-name 'etl-role'",
            "aws iam list-role-policies --role-name 'etl-role'",
            r#"aws iam put-role-policy --role-name 'etl-role' --policy-name 'AWSRevokeOlderSessions' --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-24T11:00:00Z"}}}]}'"#,
            r#"aws iam put-role-policy --role-name 'rds-export' --policy-name 'IRDenyExportWrites' --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}]}'"#,
            "aws kms list-grants --key-id 'arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab' --region 'us-east-1'",
            "aws rds cancel-export-task --export-task-identifier 'orders-1' --region 'us-east-1'",
            "aws rds describe-export-tasks --export-task-identifier 'orders-1' --region 'us-east-1'",
            "aws rds list-tags-for-resource --resource-name 'arn:aws:rds:us-east-1:111122223333:cluster-snapshot:orders-2026-11-23' --region 'us-east-1'",
            "aws s3api get-bucket-policy --bucket 'finance-exports'",
            "aws s3api head-bucket --bucket 'finance-exports' --expected-bucket-owner '111122223333'",
            "aws s3api list-objects-v2 --bucket 'finance-exports' --prefix '2026/orders-1'",
        ]
    );
    assert!(
        commands(11, &record()).iter().any(|c| c.contains("AWSRevokeOlderSessions")),
        "step 11 cuts the identity off"
    );
}

fn containment(identity: Value) -> (Vec<String>, String) {
    let evidence = at_step(11, &with(&[("/userIdentity", identity)]), &Surroundings::default());
    let iam =
        evidence.commands.iter().map(|c| c.line.clone()).filter(|l| !l.contains("IRDeny") && !l.starts_with("aws rds"));
    (iam.collect(), text(&evidence))
}

#[test]
fn each_kind_of_identity_is_cut_off_in_its_own_way() {
    let role = |arn: &str| json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/x/y", "sessionContext": {"sessionIssuer": {"arn": arn}}});
    let (commands, _) =
        containment(json!({"type": "IAMUser", "userName": "alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}));
    assert_eq!(
        commands,
        [
            "aws iam update-access-key --user-name 'alice' --access-key-id 'AKIAIOSFODNN7EXAMPLE' --status 'Inactive'",
            "aws iam delete-login-profile --user-name 'alice'"
        ]
    );
    let (commands, _) =
        containment(json!({"type": "IAMUser", "userName": "alice", "accessKeyId": "ASIAIOSFODNN7EXAMPLE"}));
    assert!(
        commands[0].starts_with("aws iam put-user-policy --user-name 'alice' --policy-name 'AWSRevokeOlderSessions'"),
        "{commands:?}"
    );
    let (commands, said) =
        containment(role("arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"));
    assert!(commands.is_empty() && said.contains("linked to a service"), "{commands:?} {said}");
    let (commands, said) = containment(role(
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_DataAdmin_0123456789abcdef",
    ));
    assert_eq!(commands, ["aws sso-admin list-instances"]);
    assert!(said.contains("permission set DataAdmin in account 111122223333"), "{said}");
    for (identity, word) in [
        (json!({"type": "Root"}), "No policy restrains root"),
        (json!({"type": "AWSService", "invokedBy": "backup.amazonaws.com"}), "A service made the call"),
        (json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/c"}), "GetFederationToken"),
        (json!({"type": "AWSAccount", "accountId": "444455556666"}), "another account"),
        (json!({"type": "SAMLUser", "userName": "d"}), "identity provider"),
        (json!({"type": "Unheard", "userName": "d"}), "does not say what kind"),
    ] {
        let (commands, said) = containment(identity);
        assert!(commands.is_empty() && said.contains(word), "{word}: {commands:?} {said}");
    }
}

#[test]
fn a_hostile_value_takes_its_command_away() {
    for hostile in ["'; rm -rf / #", "x\nreboot", "$(reboot)", "`id`", "-x", "file:///etc/passwd", "\u{1b}[2J", "a'b"] {
        let record = with(&[
            (
                "/requestParameters",
                json!({
                    "exportTaskIdentifier": hostile, "sourceArn": hostile, "s3BucketName": hostile, "s3Prefix": hostile,
                    "iamRoleArn": format!("arn:aws:iam::111122223333:role/{hostile}"), "kmsKeyId": hostile,
                }),
            ),
            ("/responseElements", Value::Null),
            ("/awsRegion", json!(hostile)),
            ("/recipientAccountId", json!(hostile)),
            (
                "/userIdentity",
                json!({"type": "IAMUser", "userName": hostile, "accessKeyId": hostile, "accountId": hostile}),
            ),
        ]);
        for step in 1..=17 {
            assert_eq!(commands(step, &record), Vec::<String>::new(), "step {step} with {hostile:?}");
        }
    }
}

#[test]
fn a_role_of_another_account_is_not_ours_to_change() {
    let record = with(&[("/requestParameters/iamRoleArn", json!("arn:aws:iam::444455556666:role/x"))]);
    let evidence = at_step(11, &record, &Surroundings::default());
    assert!(!evidence.commands.iter().any(|c| c.line.contains("IRDenyExportWrites")));
    assert!(evidence.lines.iter().any(|l| l.text.contains("belongs to another account")));
}

/// A call by the actor of [`record`].
fn own(service: &str, action: &str, time: &str, object: Option<&str>, error: Option<&str>) -> Call {
    Call {
        service: service.to_owned(),
        actor: "etl-role/jsmith".to_owned(),
        event_id: time.to_owned(),
        object: object.map(str::to_owned),
        error: error.map(str::to_owned),
        ..call(action, time)
    }
}

fn attack() -> Surroundings {
    let calls = |list: Vec<Call>| Some(Calls { total: list.len(), list });
    let role = Some("role/rds-s3-export-v2");
    let change = own("iam", "CreateRole", "2026-11-24T10:18:40Z", role, None);
    let failed = own("rds", "StartExportTask", "2026-11-24T10:28:44Z", None, Some("AccessDenied"));
    let grant = Call { service: "kms".to_owned(), ..call("CreateGrant", "2026-11-24T02:05:25Z") };
    Surroundings {
        actor_seen: Seen::Since(at("2026-11-24T10:12:31Z")),
        nearby: calls(vec![
            own("rds", "DescribeDBClusters", "2026-11-24T10:13:41Z", None, None),
            own("rds", "DescribeDBSnapshots", "2026-11-24T10:14:02Z", None, None),
            change.clone(),
            own("secretsmanager", "GetSecretValue", "2026-11-24T10:20:00Z", Some("secret/orders"), None),
            failed.clone(),
            own("rds", "CopyDBClusterSnapshot", "2026-11-24T11:09:30Z", None, None),
        ]),
        failed_exports: calls(vec![failed]),
        permission_changes: calls(vec![grant, change]),
        trail_changes: calls(vec![own(
            "cloudtrail",
            "StopLogging",
            "2026-11-24T11:26:48Z",
            None,
            Some("AccessDenied"),
        )]),
        exporters: Some(vec![("etl-nightly/airflow".to_owned(), 3)]),
        bucket_seen: Seen::Never,
        ..around()
    }
}

#[test]
fn what_changed_something_comes_before_what_only_read_and_names_its_object() {
    let four = lines(4, &attack());
    assert!(four.starts_with("other calls by the actor within 30 minutes: 6\n  2026-11-24 10:18:40Z  iam CreateRole role/rds-s3-export-v2\n"), "{four}");
    assert!(four.contains("  3 that only read: 2 rds Describe*, 1 secretsmanager Get*"), "{four}");
    assert!(!four.contains("failed exports"), "they are among the calls: {four}");
    let far = Surroundings { nearby: Some(Calls::default()), ..attack() };
    assert!(lines(4, &far).contains("failed exports by the actor within 6 hours: 1\n"), "{}", lines(4, &far));
}

#[test]
fn every_step_has_evidence_where_the_log_can_tell() {
    let (rule, around) = (&bundled()[0], attack());
    let found = evidence(rule, &facts_of(&record()), &around, at("2026-11-24T11:00:00Z"));
    assert_eq!(found.len(), 17);
    let said = |step: usize, words: &[&str]| {
        let text = lines(step, &around);
        for word in words {
            assert!(text.contains(word), "step {step}: {word} in\n{text}");
        }
    };
    said(
        5,
        &[
            "in the 4 days of log before: 2",
            "kms CreateGrant  by admin/mk",
            "iam CreateRole role/rds-s3-export-v2  by etl-role",
        ],
    );
    said(9, &["nothing in the name orders-2026-11-23 says test, development or staging"]);
    said(10, &["from outside: key of account 444455556666"]);
    said(14, &["concern the database or its secrets: 2", "GetSecretValue secret/orders", "rds CopyDBClusterSnapshot"]);
    said(
        15,
        &[
            "who started exports in the 4 days of log before: 1\n  3 by etl-nightly/airflow",
            "that the actor changed: 1",
        ],
    );
    said(
        16,
        &[
            "failed exports by the actor within 6 hours: 1",
            "KMS keys changed in the 4 days of log before: 1",
            "StopLogging",
        ],
    );
    let story = lines(17, &around);
    let order =
        ["first seen, 29 minutes before", "CreateRole", "StartExportTask  AccessDenied", "this alert", "CopyDB"];
    let places: Vec<usize> =
        order.iter().map(|word| story.find(word).unwrap_or_else(|| panic!("{word}: {story}"))).collect();
    assert!(places.is_sorted(), "{story}");
}

#[test]
fn a_line_about_a_call_has_its_record() {
    let record = crate::investigate::RecordRef {
        origin: crate::trail::Origin::from_columns(std::path::Path::new("a.json"), 7, None),
        event_id: "e".to_owned(),
    };
    let mut around = attack();
    let changes = around.permission_changes.as_mut().unwrap();
    changes.list[0].record = Some(record.clone());
    let five = at_step(5, &super::super::tests::record(), &around);
    assert_eq!(five.lines.iter().map(|l| l.record.clone()).collect::<Vec<_>>(), [None, Some(record), None]);
}
