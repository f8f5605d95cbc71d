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
    at_step(number, &record(), around).lines.join("\n")
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
    }
}

fn around() -> Surroundings {
    Surroundings {
        log_begins: Some(at("2026-11-20T00:00:00Z")),
        actor_seen: Seen::Never,
        address_seen: Seen::Since(at("2026-11-21T00:00:00Z")),
        address_actors: vec!["backup/nightly".to_owned()],
        nearby: Some(Calls { list: vec![call("ListBuckets", "2026-11-24T10:30:00Z")], total: 40 }),
        iam_changes: Some(Calls { list: vec![call("PutRolePolicy", "2026-11-23T10:30:00Z")], total: 1 }),
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
    assert!(five.contains("changes to IAM in the account in the 7 days before: 1\n  2026-11-23 10:30:00Z  iam PutRolePolicy  by admin/mk"), "{five}");
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
        evidence.commands.into_iter().map(|c| c.line).filter(|l| !l.contains("IRDeny") && !l.starts_with("aws rds"));
    (iam.collect(), evidence.lines.join("\n"))
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
    assert!(evidence.lines.iter().any(|l| l.contains("belongs to another account")));
}
