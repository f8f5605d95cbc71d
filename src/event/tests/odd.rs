//! Records made up to be odd: what is read from their bytes must equal the document all the same.

use proptest::prelude::*;

use super::*;

/// Values as a hostile or broken log may give them where text is expected.
fn odd_value() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec![
        "",
        "-",
        "none",
        "None",
        "X",
        "ConsoleLogin",
        "UserAuthentication",
        "AssumedRole",
        "AWSService",
        "FederatedUser",
        "IdentityCenterUser",
        "Success",
        "198.51.100.7",
        "2001:db8::1",
        "AWS Internal",
        "2026-11-23T10:41:52Z",
        "2026-11-23",
        "a\"b\\c\u{7f}é",
        "arn:aws:sts::1:assumed-role/r/s@x",
    ])
    .prop_map(Value::from);
    let scalar = prop_oneof![8 => text, 1 => Just(Value::Null), 1 => any::<bool>().prop_map(Value::from), 1 => any::<i64>().prop_map(Value::from), 1 => any::<f64>().prop_map(Value::from)];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "eventName",
        "eventSource",
        "eventID",
        "eventTime",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "errorCode",
        "errorMessage",
        "userIdentity",
        "requestParameters",
        "responseElements",
        "additionalEventData",
        "attributes",
        "mfaAuthenticated",
        "ARN",
        "sessionCredentialFromConsole",
        "clientProvidedHostHeader",
        "creationDate",
        "a",
        "recipientAccountId",
        "awsAccountId",
        "digestEndTime",
        "eventVersion",
        "resources",
        "type",
        "userName",
        "arn",
        "accountId",
        "accessKeyId",
        "principalId",
        "invokedBy",
        "sessionContext",
        "sessionIssuer",
        "onBehalfOf",
        "ConsoleLogin",
        "UserName",
        "message",
        "event",
        "event.action",
        "aws.cloudtrail.error_code",
        "@timestamp",
        "tlsDetails",
        "insightDetails",
        "x.y",
        "",
    ])
    .prop_map(str::to_owned)
}

/// The text of an object whose keys may repeat, in whatever form JSON allows.
fn odd_object() -> impl Strategy<Value = String> {
    prop::collection::vec((key(), odd_value(), any::<bool>()), 0..14).prop_map(|members| {
        let members: Vec<String> = members
            .into_iter()
            .map(|(key, value, escaped)| {
                let key = if escaped {
                    key.chars().fold(String::new(), |key, c| key + &format!("\\u{:04x}", u32::from(c)))
                } else {
                    key
                };
                format!(" \"{key}\" :\t{value}")
            })
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn hot_fields_equal_the_document_on_odd_records(members in odd_object()) {
        let text = format!("{{\"eventVersion\":\"1\",{}", &members[1..]).replace(",}", "}");
        if let Ok(event) = Event::parse(text.as_bytes()) {
            assert_hot_equals_document(&event);
            prop_assert!(!event.id().is_empty());
            let _ = actor(&event);
        } else {
            prop_assert!(serde_json::from_str::<Value>(&text).is_err(), "{}", text);
        }
    }

    #[test]
    fn no_object_makes_it_panic(text in odd_object()) {
        if let Ok(event) = Event::parse(text.as_bytes()) {
            let _ = (event.id().len(), event.time(), event.ecs(), actor(&event));
            event.any_field(&mut |_| false);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Event::parse(&bytes);
    }
}

proptest! {
    // Each case asks for every field there is.
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_document_of_an_odd_record_holds_what_queries_see(members in odd_object(), source in prop::sample::select(vec!["iam", "ec2", "s3", "sts", "x"])) {
        let head = format!("{{\"eventVersion\":\"1\",\"eventSource\":\"{source}.amazonaws.com\"");
        let text = format!("{head},{}", &members[1..]).replace(",}", "}");
        assert_the_document_holds_what_queries_see(text.as_bytes());
    }
}
