use serde_json::{Value, json};

use super::*;

/// The document of a record, without the constants that every document has.
fn ecs(record: Value) -> Value {
    let text = record.to_string();
    let mut doc = build(&text, Object::new(), None).into_object();
    for constant in ["ecs", "data_stream", "event.dataset", "event.module", "event.kind", "cloud.provider"] {
        assert!(take(&mut doc, constant).is_some(), "{constant} is missing");
    }
    let mut doc = Json::Object(doc);
    drop_hollow(&mut doc);
    doc.into()
}

fn field(doc: &Value, path: &str) -> Value {
    doc.pointer(&format!("/{}", path.replace('.', "/"))).cloned().unwrap_or_default()
}

#[test]
fn maps_an_export_by_a_role() {
    let doc = ecs(json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:jsmith@example.com",
            "arn": "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith@example.com",
            "accountId": "111122223333", "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role", "principalId": "AROAEXAMPLE", "arn": "arn:aws:iam::111122223333:role/etl-role",
                    "accountId": "111122223333", "userName": "etl-role",
                },
                "attributes": {"creationDate": "2026-11-23T10:00:00Z", "mfaAuthenticated": "false"},
            },
        },
        "eventTime": "2026-11-23T10:41:52Z", "eventSource": "rds.amazonaws.com", "eventName": "StartExportTask",
        "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.23", "userAgent": "aws-cli/2.1",
        "requestParameters": {
            "exportTaskIdentifier": "t", "sourceArn": "arn:aws:rds:us-east-1:111122223333:snapshot:s", "s3Prefix": "",
            "exportOnly": ["a.b", "-"],
        },
        "responseElements": null, "requestID": "r", "eventID": "e", "readOnly": false, "eventType": "AwsApiCall",
        "managementEvent": true, "recipientAccountId": "111122223333", "eventCategory": "Management",
        "sessionCredentialFromConsole": "true", "apiVersion": "2014-10-31", "vpcEndpointId": "vpce-1",
    }));
    assert_eq!(
        doc,
        json!({
            "@timestamp": "2026-11-23T10:41:52.000Z",
            "aws": {"cloudtrail": {
                "api_version": "2014-10-31", "event_category": "Management", "event_type": "AwsApiCall",
                "event_version": "1.09", "management_event": "true", "read_only": false,
                "recipient_account_id": "111122223333", "request_id": "r",
                "request_parameters":
                    "{sourceArn=arn:aws:rds:us-east-1:111122223333:snapshot:s, exportOnly=[a.b], exportTaskIdentifier=t}",
                "flattened": {"request_parameters": {
                    "exportTaskIdentifier": "t", "sourceArn": "arn:aws:rds:us-east-1:111122223333:snapshot:s",
                    "exportOnly": ["a.b"],
                }},
                "session_credential_from_console": "true", "vpc_endpoint_id": "vpce-1",
                "user_identity": {
                    "type": "AssumedRole", "access_key_id": "ASIAEXAMPLE",
                    "arn": "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith@example.com",
                    "session_context": {
                        "creation_date": "2026-11-23T10:00:00.000Z", "mfa_authenticated": "false",
                        "session_issuer": {
                            "type": "Role", "principal_id": "AROAEXAMPLE", "account_id": "111122223333",
                            "arn": "arn:aws:iam::111122223333:role/etl-role",
                        },
                    },
                },
            }},
            "cloud": {"account": {"id": "111122223333"}, "region": "us-east-1", "service": {"name": "rds"}},
            "event": {
                "action": "StartExportTask", "id": "e", "outcome": "success", "provider": "rds.amazonaws.com",
                "type": ["info"],
            },
            "related": {
                "ip": ["198.51.100.23"],
                "user": ["jsmith@example.com", "jsmith", "AROAEXAMPLE:jsmith@example.com", "etl-role"],
            },
            "source": {"address": "198.51.100.23", "ip": "198.51.100.23"},
            "user": {"id": "AROAEXAMPLE:jsmith@example.com", "name": "etl-role", "email": "jsmith@example.com"},
            "user_agent": {
                "original": "aws-cli/2.1", "name": "aws-cli", "version": "2.1", "device": {"name": "Other"},
            },
        })
    );
}

#[test]
fn iam_actions_name_their_targets() {
    let doc = ecs(json!({
        "eventName": "UpdateUser", "userIdentity": {"type": "IAMUser", "userName": "alice", "principalId": "AIDA1"},
        "requestParameters": {"userName": "bob", "newUserName": "robert", "groupName": "g"},
        "responseElements": {"user": {"userId": "AIDA2"}, "group": {"groupId": "AGPA1"}},
    }));
    assert_eq!(
        field(&doc, "user"),
        json!({"name": "alice", "id": "AIDA1", "target": {"id": "AIDA2", "name": "bob"}, "changes": {"name": "robert"}})
    );
    assert_eq!(field(&doc, "group"), json!({"id": "AGPA1", "name": "g"}));
    assert_eq!(field(&doc, "related.user"), json!(["bob", "robert", "AIDA2", "AIDA1", "alice"]));
    assert_eq!(field(&doc, "event.category"), json!(["iam"]));
    assert_eq!(field(&doc, "event.type"), json!(["user", "change"]));
}

#[test]
fn console_login_takes_its_outcome_from_the_answer() {
    let login = |answer: Value, more: Value| {
        let mut record = json!({
            "eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com", "responseElements": {"ConsoleLogin": answer},
        });
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ecs(record)
    };
    let doc = login(
        json!("Success"),
        json!({"additionalEventData": {"LoginTo": "https://x", "MobileVersion": "No", "MFAUsed": "Yes"}}),
    );
    assert_eq!(field(&doc, "event.outcome"), json!("success"));
    assert_eq!(field(&doc, "event.category"), json!(["authentication"]));
    assert_eq!(
        field(&doc, "aws.cloudtrail.console_login.additional_eventdata"),
        json!({"login_to": "https://x", "mobile_version": false, "mfa_used": true})
    );
    assert_eq!(field(&doc, "aws.cloudtrail.response_elements"), json!("{ConsoleLogin=Success}"));
    let doc = login(json!("Failure"), json!({"errorMessage": "Failed authentication"}));
    assert_eq!(field(&doc, "event.outcome"), json!("failure"));
    assert_eq!(field(&doc, "aws.cloudtrail.console_login"), Value::Null);
    assert_eq!(field(&login(json!(null), json!({"errorCode": "X"})), "event.outcome"), json!("failure"));
}

#[test]
fn services_act_without_user_fields() {
    let doc = ecs(json!({
        "eventName": "AssumeRole", "sourceIPAddress": "ec2.amazonaws.com",
        "userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com", "principalId": "p", "userName": "u"},
        "recipientAccountId": "111122223333",
    }));
    assert_eq!(field(&doc, "service.name"), json!("ec2.amazonaws.com"));
    assert_eq!(field(&doc, "user"), Value::Null);
    assert_eq!(field(&doc, "cloud.account.id"), json!("111122223333"));
    assert_eq!(field(&doc, "source"), json!({"address": "ec2.amazonaws.com"}));
    assert_eq!(field(&doc, "related"), Value::Null, "AWS's own hosts are not worth looking up");
    assert_eq!(field(&doc, "aws.cloudtrail.user_identity.invoked_by"), json!("ec2.amazonaws.com"));
}

#[test]
fn a_role_of_a_service_is_the_service() {
    let doc = |invoked_by: Value, issuer: &str| {
        ecs(json!({"eventName": "X", "userIdentity": {
            "type": "AssumedRole", "principalId": "p", "invokedBy": invoked_by,
            "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForSupport/session",
            "sessionContext": {"sessionIssuer": {"arn": issuer, "userName": "AWSServiceRoleForSupport"}},
        }}))
    };
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport";
    for (invoked_by, service) in [
        (json!("trustedadvisor.amazonaws.com"), "trustedadvisor.amazonaws.com"),
        (Value::Null, "support.amazonaws.com"),
    ] {
        let doc = doc(invoked_by, linked);
        assert_eq!(field(&doc, "service.name"), json!(service));
        assert_eq!(field(&doc, "user"), Value::Null);
        assert_eq!(field(&doc, "related.user"), json!(["session"]));
    }
    let doc = doc(json!("signin.amazonaws.com"), "arn:aws:iam::111122223333:role/admin");
    assert_eq!(field(&doc, "service"), Value::Null, "people come through services too");
    assert_eq!(field(&doc, "user.name"), json!("AWSServiceRoleForSupport"));
    let nameless = ecs(json!({"eventName": "X", "userIdentity": {"type": "AWSService", "principalId": "p"}}));
    assert_eq!(field(&nameless, "user.id"), json!("p"));
}

#[test]
fn every_part_of_the_identity_has_its_field() {
    let doc = ecs(json!({"eventName": "X", "userIdentity": {
        "type": "IdentityCenterUser", "arn": "arn:aws-cn:sts::1:assumed-role/r/ann@example.com", "credentialId": "c",
        "identityProvider": "idp", "onBehalfOf": {"userId": "u-1", "identityStoreArn": "store"},
        "invokedByDelegate": {"accountId": "444455556666"},
        "inScopeOf": {"issuerType": "it", "credentialsIssuedTo": "to", "sourceArn": "sa", "sourceAccount": "1"},
        "sessionContext": {
            "ec2RoleDelivery": "2.0", "sourceIdentity": "ann", "assumedRoot": "true", "signInSessionArn": "sign-in",
            "webIdFederationData": {"federatedProvider": "fp", "attributes": {"example.com:sub": "s"}},
            "attributes": {"creationDate": "20261123T100000Z"},
        },
    }}));
    assert_eq!(
        field(&doc, "aws.cloudtrail.user_identity"),
        json!({
            "type": "IdentityCenterUser", "arn": "arn:aws-cn:sts::1:assumed-role/r/ann@example.com",
            "credential_id": "c", "identity_provider": "idp",
            "on_behalf_of": {"user_id": "u-1", "identity_store_arn": "store"},
            "invoked_by_delegate": {"account_id": "444455556666"},
            "in_scope_of": {
                "issuer_type": "it", "credentials_issued_to": "to", "source_arn": "sa", "source_account": "1",
            },
            "session_context": {
                "ec2_role_delivery": "2.0", "source_identity": "ann", "assumed_root": "true",
                "sign_in_session_arn": "sign-in", "creation_date": "2026-11-23T10:00:00.000Z",
                "web_id_federation_data": {"federated_provider": "fp", "attributes": {"example.com:sub": "s"}},
            },
        })
    );
    assert_eq!(field(&doc, "user"), json!({"id": "u-1", "email": "ann@example.com"}));
    assert_eq!(field(&doc, "related.user"), json!(["ann@example.com", "ann", "u-1"]));
}

#[test]
fn related_hosts_are_foreign_names_and_instances() {
    let hosts = |record: Value| field(&ecs(record), "related.hosts");
    assert_eq!(
        hosts(json!({
            "eventName": "X", "sourceIPAddress": "build.example.com",
            "tlsDetails": {"clientProvidedHostHeader": "bucket.example.com"},
            "requestParameters": {
                "computerName": "desk-1", "instanceId": "i-0000000001", "target": "i-short", "resourceId": "vpc-000000001",
                "instanceIds": ["i-0000000002", 3], "instancesSet": {"items": [{"instanceId": "i-0000000003"}, "odd"]},
            },
            "responseElements": {"instancesSet": {"items": [{"instanceId": "i-0000000004"}]}, "target": "i-0000000001"},
            "resources": [
                {"ARN": "arn:aws:ec2:us-east-1:1:instance/i-0000000005"}, {"ARN": "arn:aws:ec2:us-east-1:1:vpc/i-0000000006"},
            ],
        })),
        json!([
            "bucket.example.com",
            "build.example.com",
            "desk-1",
            "i-0000000005",
            "i-0000000001",
            "i-0000000002",
            "i-0000000003",
            "i-0000000004",
        ])
    );
    for address in ["AWS Internal", "rds.amazonaws.com", "192.0.2.1", "localhost"] {
        let tls = json!({"clientProvidedHostHeader": "sts.amazonaws.com"});
        assert_eq!(hosts(json!({"eventName": "X", "sourceIPAddress": address, "tlsDetails": tls})), Value::Null);
    }
    let doc = ecs(json!({
        "eventName": "X", "sourceIPAddress": "192.0.2.1", "serviceEventDetails": {"sourceIpAddress": "2001:db8::1"},
    }));
    assert_eq!(field(&doc, "related.ip"), json!(["192.0.2.1", "2001:db8::1"]));
}

#[test]
fn digests_and_insights_keep_what_they_say() {
    let doc = ecs(json!({
        "awsAccountId": "111122223333", "digestStartTime": "2026-11-23T10:00:00Z",
        "digestEndTime": "2026-11-23T11:00:00Z", "digestS3Bucket": "b", "digestS3Object": "AWSLogs/x.json.gz",
        "digestPublicKeyFingerprint": "f", "digestSignatureAlgorithm": "SHA256withRSA", "newestEventTime": null,
        "previousDigestS3Bucket": "b", "previousDigestS3Object": "p", "previousDigestHashValue": "00ff",
        "previousDigestHashAlgorithm": "SHA-256", "previousDigestSignature": "s", "logFiles": [{"s3Object": "o"}],
    }));
    assert_eq!(
        field(&doc, "aws.cloudtrail.flattened.digest"),
        json!({
            "start_time": "2026-11-23T10:00:00.000Z", "end_time": "2026-11-23T11:00:00.000Z", "s3_bucket": "b",
            "public_key_fingerprint": "f", "signature_algorithm": "SHA256withRSA", "previous_s3_bucket": "b",
            "previous_s3_object": "p", "previous_hash_value": "00ff", "previous_hash_algorithm": "SHA-256",
            "previous_signature": "s", "log_files": [{"s3Object": "o"}],
        })
    );
    assert_eq!(field(&doc, "@timestamp"), json!("2026-11-23T11:00:00.000Z"));
    assert_eq!(field(&doc, "file"), json!({"path": "AWSLogs/x.json.gz"}));
    assert_eq!(field(&doc, "related.hash"), json!(["00ff"]));
    assert_eq!(field(&doc, "cloud.account.id"), json!("111122223333"));
    let doc = ecs(json!({
        "eventTime": "2026-11-23T10:00:00Z", "sharedEventID": "shared", "eventCategory": "Insight",
        "insightDetails": {"state": "Start", "insightContext": {"statistics": {"baseline": {"average": 0.5}}}},
    }));
    assert_eq!(field(&doc, "aws.cloudtrail.shared_event_id"), json!("shared"));
    assert_eq!(field(&doc, "aws.cloudtrail.flattened.insight_details.state"), json!("Start"));
    assert_eq!(field(&doc, "event.type"), json!(["info"]));
}

#[test]
fn late_deliveries_and_endpoints_of_others_are_told() {
    let doc = ecs(json!({
        "eventName": "X", "eventSource": "third.example.com", "vpcEndpointId": "vpce-1",
        "vpcEndpointAccountId": "444455556666", "tlsDetails": {"tlsVersion": "TLSv1.3", "keyExchange": "k"},
        "addendum": {
            "reason": "DELIVERY_DELAY", "updatedFields": "eventID", "originalRequestID": "r", "originalEventID": "e",
        },
    }));
    assert_eq!(
        field(&doc, "aws.cloudtrail.addendum"),
        json!({
            "reason": "DELIVERY_DELAY", "updated_fields": "eventID", "original_request_id": "r", "original_event_id": "e",
        })
    );
    assert_eq!(field(&doc, "aws.cloudtrail.vpc_endpoint_account_id"), json!("444455556666"));
    assert_eq!(field(&doc, "aws.cloudtrail.tls_details.key_exchange"), json!("k"));
    assert_eq!(field(&doc, "cloud.service"), Value::Null, "only AWS's own services have a name");
}

#[test]
fn actions_outside_iam_have_their_category_too() {
    for (action, category, types) in [
        ("DeleteObject", "file", json!(["deletion"])),
        ("SendCommand", "process", json!(["start"])),
        ("Publish", "api", json!(["info"])),
        ("TerminateSession", "session", json!(["end"])),
        ("AuthorizeSecurityGroupIngress", "network", json!(["access"])),
    ] {
        let doc = ecs(json!({"eventName": action}));
        assert_eq!((field(&doc, "event.category"), field(&doc, "event.type")), (json!([category]), types), "{action}");
    }
    assert_eq!(field(&ecs(json!({"eventName": "StartExportTask"})), "event.category"), Value::Null);
}

#[test]
fn names_come_from_where_each_kind_keeps_them() {
    let doc =
        ecs(json!({"eventName": "X", "userIdentity": {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1"}}}));
    assert_eq!(field(&doc, "user"), json!({"id": "u-1"}));
    assert_eq!(field(&doc, "aws.cloudtrail.user_identity.on_behalf_of.user_id"), json!("u-1"));
    let doc = ecs(json!({
        "eventName": "UserAuthentication", "userIdentity": {"type": "Unknown"},
        "additionalEventData": {"UserName": "frank@example.com", "CredentialType": "PASSWORD"},
    }));
    assert_eq!(field(&doc, "user"), json!({"name": "frank@example.com", "email": "frank@example.com"}));
    assert_eq!(field(&doc, "aws.cloudtrail.additional_eventdata"), json!("{CredentialType=PASSWORD}"));
    let doc = ecs(json!({"eventName": "X", "userIdentity": {
        "type": "Root", "sessionContext": {"sessionIssuer": {"userName": "not-mine"}},
    }}));
    assert_eq!(field(&doc, "user"), Value::Null);
}

#[test]
fn resources_lose_repetitions_and_come_in_hash_order() {
    let arn = |name: &str| json!({"ARN": format!("arn:aws:s3:::{name}"), "accountId": "1", "type": "AWS::S3::Bucket"});
    let doc =
        ecs(json!({"eventName": "X", "resources": [arn("b"), arn("a"), "odd", arn("b"), {"type": "AWS::S3::Object"}]}));
    let mapped =
        |name: &str| json!({"arn": format!("arn:aws:s3:::{name}"), "account_id": "1", "type": "AWS::S3::Bucket"});
    assert_eq!(field(&doc, "aws.cloudtrail.resources"), json!([mapped("a"), mapped("b"), {"type": "AWS::S3::Object"}]));
}

#[test]
fn tls_versions_with_and_without_a_protocol() {
    let tls = |version: &str| {
        field(
            &ecs(json!({"eventName": "X", "tlsDetails": {
                "tlsVersion": version, "cipherSuite": "c", "clientProvidedHostHeader": "sts.amazonaws.com",
            }})),
            "tls",
        )
    };
    let with = |more: Value| {
        let mut tls = json!({"cipher": "c", "client": {"server_name": "sts.amazonaws.com"}});
        tls.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        tls
    };
    assert_eq!(tls("TLSv1.3"), with(json!({"version": "1.3", "version_protocol": "tls"})));
    assert_eq!(tls("1.2"), with(json!({"version": "1.2"})));
    assert_eq!(tls("tlsVersion"), Value::Null);
}

#[test]
fn objects_too_long_for_a_term_are_kept_as_a_string_alone() {
    for (length, kept) in [(32_766 - "{k=}".len() - 1, true), (32_766 - "{k=}".len(), false)] {
        let doc = ecs(json!({"eventName": "X", "requestParameters": {"k": "x".repeat(length)}}));
        assert_eq!(field(&doc, "aws.cloudtrail.flattened").is_object(), kept);
        assert_eq!(field(&doc, "aws.cloudtrail.request_parameters").as_str().unwrap().len(), length + "{k=}".len());
    }
}

#[test]
fn odd_values_never_stop_the_mapping() {
    let doc = ecs(json!({
        "eventName": 7, "userIdentity": "me", "eventTime": "yesterday", "sourceIPAddress": ["192.0.2.1"],
        "requestParameters": [1, {"a": 2}], "responseElements": "text", "resources": {"ARN": "a"}, "errorCode": "none",
    }));
    assert_eq!(field(&doc, "event.action"), json!("7"));
    assert_eq!(field(&doc, "event.outcome"), json!("success"));
    assert_eq!(field(&doc, "@timestamp"), Value::Null);
    assert_eq!(field(&doc, "source"), json!({"address": ["192.0.2.1"]}));
    assert_eq!(field(&doc, "aws.cloudtrail.request_parameters"), json!("[1, {a=2}]"));
    assert_eq!(field(&doc, "aws.cloudtrail.response_elements"), json!("text"));
    assert_eq!(field(&doc, "aws.cloudtrail.resources"), json!({"ARN": "a"}));
}
