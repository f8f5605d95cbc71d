//! What a search around alerts asks a cluster for, where a hint tells by their bytes which records of files are worth
//! parsing: every event that shares something with the alerts, by the fields in which that stands. Whoever is searched for
//! is compared field by field here too, so nothing is missed. Names of targets count wherever they stand in a record: they are
//! asked for in all fields that may hold one and that every version of the integration maps. A server could not leave anything
//! out for the sake of the others, which older indices lack: parts of newer sessions, and addenda.

use crate::investigate::Link;
use crate::query::kql::Node;

/// Where an actor stands that has no ARN.
const UNNAMED: [&str; 3] = ["user.name", "user.id", "aws.cloudtrail.user_identity.invoked_by"];

/// Where the names of things stand, perhaps within a longer text.
const THINGS: [&str; 16] = [
    "aws.cloudtrail.request_parameters",
    "aws.cloudtrail.response_elements",
    "aws.cloudtrail.additional_eventdata",
    "aws.cloudtrail.service_event_details",
    "aws.cloudtrail.error_message",
    "aws.cloudtrail.resources.arn",
    "aws.cloudtrail.user_identity.arn",
    "aws.cloudtrail.user_identity.session_context.session_issuer.arn",
    "aws.cloudtrail.user_identity.invoked_by",
    "aws.cloudtrail.error_code",
    "event.provider",
    "source.address",
    "tls.client.server_name",
    "user.id",
    "user.name",
    "user_agent.original",
];

/// Where they stand as a whole or not at all.
const WHOLE: [&str; 12] = [
    "aws.cloudtrail.recipient_account_id",
    "aws.cloudtrail.request_id",
    "aws.cloudtrail.resources.account_id",
    "aws.cloudtrail.shared_event_id",
    "aws.cloudtrail.user_identity.access_key_id",
    "aws.cloudtrail.user_identity.session_context.session_issuer.account_id",
    "aws.cloudtrail.user_identity.session_context.session_issuer.principal_id",
    "aws.cloudtrail.vpc_endpoint_id",
    "cloud.account.id",
    "cloud.region",
    "event.action",
    "event.id",
];

const ARN: &str = "aws.cloudtrail.user_identity.arn";

/// Alternatives of one question: with more a server gets two, and sends what both find twice. An alert has eight at most,
/// most have three.
const FULL: usize = 600;

/// What is looked for: whatever has one of these.
#[derive(Debug, Default)]
pub(super) struct Sought(Vec<Node>);

impl Sought {
    /// With more alternatives than this a server is asked for everything: it would take longer to look than to send.
    pub(super) const MOST: usize = 1_000;

    /// Every call that issues credentials.
    pub(super) fn issuing(mut self) -> Self {
        self.0.extend(Link::actions().map(|action| Node::is("event.action", action)));
        self
    }

    /// Calls whose action begins so.
    pub(super) fn beginning(mut self, action: &str) -> Self {
        self.0.push(Node::wildcard("event.action", vec![action.to_owned(), String::new()]));
        self
    }

    /// Calls whose action or service holds one of these texts.
    pub(super) fn calls(mut self, texts: &[&str]) -> Self {
        let within = |field, text: &&str| Node::wildcard(field, vec![String::new(), (*text).to_owned(), String::new()]);
        let fields = |text| [within("event.action", text), within("event.provider", text)];
        self.0.extend(texts.iter().flat_map(fields));
        self
    }

    /// Calls by whoever has this ARN, or this name where there is none.
    pub(super) fn principal(mut self, name: &str) -> Self {
        self.0.push(Node::is(ARN, name));
        if !name.starts_with("arn:") {
            self.0.extend(UNNAMED.map(|field| Node::is(field, name)));
            // One that is put together of several fields.
            self.0.extend(name.contains(['/', ':']).then(|| Node::exists(ARN).negated()));
        }
        self
    }

    /// Calls signed with this access key.
    pub(super) fn key(mut self, key: &str) -> Self {
        self.0.push(Node::is("aws.cloudtrail.user_identity.access_key_id", key));
        self
    }

    /// Calls from here.
    pub(super) fn address(mut self, address: &str) -> Self {
        self.0.push(Node::is("source.address", address));
        // Documents of others may have it there alone.
        self.0.extend(address.parse::<std::net::IpAddr>().is_ok().then(|| Node::is("source.ip", address)));
        self
    }

    /// Calls about what has this name.
    pub(super) fn named(mut self, name: &str) -> Self {
        let within = |field| Node::wildcard(field, vec![String::new(), name.to_owned(), String::new()]);
        self.0.extend(THINGS.map(within));
        self.0.extend(WHOLE.map(|field| Node::is(field, name)));
        self
    }

    /// The event with this id, where it has one of its own.
    pub(super) fn event(mut self, id: &str) -> Self {
        self.0.push(Node::is("event.id", id));
        self
    }

    /// The same of each of these.
    pub(super) fn each<'t>(self, texts: impl IntoIterator<Item = &'t String>, add: fn(Self, &str) -> Self) -> Self {
        texts.into_iter().fold(self, |sought, text| add(sought, text))
    }

    /// Whether what else is sought had better be asked for by itself.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= FULL
    }

    /// The question; `None` where everything is to be read.
    pub(super) fn node(self) -> Option<Node> {
        if self.0.len() > Self::MOST { None } else { Node::any(self.0) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::{self, Event};
    use crate::investigate::is_named;
    use crate::query::{Query, kql};

    fn query(sought: Sought) -> Query {
        kql::compile(&sought.node().unwrap().to_string(), event::schema()).unwrap()
    }

    fn record(action: &str, who: &str, more: &str) -> String {
        format!(
            r#"{{"eventVersion":"1.08","eventID":"e-1","eventTime":"2026-11-23T10:41:52Z","eventName":"{action}",
            "eventSource":"iam.amazonaws.com","sourceIPAddress":"198.51.100.7","userIdentity":{who}{more}}}"#
        )
    }

    #[test]
    fn what_shares_something_is_asked_for_and_nothing_else() {
        let mallory =
            r#"{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mallory","accessKeyId":"AKIAEXAMPLE"}"#;
        let unnamed = r#"{"type":"SAMLUser","principalId":"P:jsmith","userName":"jsmith"}"#;
        let about = r#","requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/etl-1"}"#;
        let of = Sought::default;
        for (sought, raw, finds) in [
            (of().principal("arn:aws:iam::111122223333:user/mallory"), record("X", mallory, ""), true),
            (of().principal("arn:aws:iam::111122223333:user/bob"), record("X", mallory, ""), false),
            (of().principal("jsmith"), record("X", unnamed, ""), true),
            (of().principal("P/jsmith"), record("X", unnamed, ""), true),
            (of().principal("P/jsmith"), record("X", mallory, ""), false),
            (of().key("AKIAEXAMPLE"), record("X", mallory, ""), true),
            (of().key("AKIAOTHEREXAMPLE"), record("X", mallory, ""), false),
            (of().address("198.51.100.7"), record("X", mallory, ""), true),
            (of().address("cloudformation.amazonaws.com"), record("X", mallory, ""), false),
            (of().named("etl-1"), record("X", unnamed, about), true),
            (of().named("etl-2"), record("X", unnamed, about), false),
            (of().event("e-1"), record("X", mallory, ""), true),
            (of().issuing(), record("AssumeRoleWithSAML", mallory, ""), true),
            (of().issuing(), record("ListUsers", mallory, ""), false),
            (of().beginning("AssumeR"), record("AssumeRoot", mallory, ""), true),
            (of().calls(&["Policy", "cloudtrail"]), record("PutRolePolicy", mallory, ""), true),
            (of().calls(&["Policy", "cloudtrail"]), record("ListUsers", mallory, ""), false),
            (of().key("K").calls(&["iam.amazonaws.com"]), record("ListUsers", mallory, ""), true),
        ] {
            let question = format!("{sought:?}");
            assert_eq!(query(sought).matches(&Event::parse(raw.as_bytes()).unwrap()), finds, "{question} {raw}");
        }
    }

    /// Tells of each text of a record with its path and the record that has `text` in its place.
    fn everywhere(at: &Value, path: &str, text: &str, tell: &mut dyn FnMut(&str, Value)) {
        let (parts, is_list): (Vec<(String, &Value)>, bool) = match at {
            Value::Object(object) => (object.iter().map(|(key, part)| (format!("/{key}"), part)).collect(), false),
            Value::Array(list) => (list.iter().enumerate().map(|(n, part)| (format!("/{n}"), part)).collect(), true),
            _ => return tell(path, text.into()),
        };
        for (step, part) in parts {
            let shown = if is_list { path.to_owned() } else { format!("{path}{step}") };
            everywhere(part, &shown, text, &mut |path, changed| {
                let mut whole = at.clone();
                *whole.pointer_mut(&step).unwrap() = changed;
                tell(path, whole);
            });
        }
    }

    #[test]
    fn a_target_is_asked_for_wherever_its_name_counts() {
        let record = json!({
            "eventVersion": "1.11", "eventID": "e", "eventTime": "2026-11-23T10:41:52Z", "eventName": "X",
            "eventSource": "iam.amazonaws.com", "awsRegion": "us-east-1", "sourceIPAddress": "s", "userAgent": "u",
            "errorCode": "c", "errorMessage": "m", "requestID": "r", "sharedEventID": "s", "vpcEndpointId": "v",
            "recipientAccountId": "a", "eventType": "AwsApiCall", "eventCategory": "Management",
            "userIdentity": {
                "type": "AssumedRole", "principalId": "p", "arn": "a", "accountId": "a", "accessKeyId": "k", "invokedBy": "i",
                "sessionContext": {
                    "sessionIssuer": {"type": "Role", "principalId": "p", "arn": "a", "accountId": "a", "userName": "n"},
                    "webIdFederationData": {"federatedProvider": "f"}, "sourceIdentity": "s",
                },
            },
            "requestParameters": {"a": {"b": ["c"]}}, "responseElements": {"a": "b"}, "additionalEventData": {"a": "b"},
            "serviceEventDetails": {"a": "b"}, "resources": [{"ARN": "a", "accountId": "a", "type": "t"}],
            "tlsDetails": {"clientProvidedHostHeader": "h"},
        });
        let name = "orders-2026";
        let question = query(Sought::default().named(name));
        assert!(!question.matches(&Event::parse(record.to_string().as_bytes()).unwrap()));
        let missed = |text: &str| {
            let mut missed = Vec::new();
            everywhere(&record, "", text, &mut |path, changed| {
                let raw = changed.to_string();
                let event = Event::parse(raw.as_bytes()).unwrap();
                assert!(is_named(event.raw(), name));
                if !question.matches(&event) {
                    missed.push(path.rsplit('/').next().unwrap().to_owned());
                }
            });
            missed.join(" ")
        };
        // What is the same in too many records to be a name, and what older indices lack.
        let known = "eventVersion eventTime eventType eventCategory type type federatedProvider sourceIdentity type";
        assert_eq!(missed(name), known);
        // And values that have no parts.
        assert_eq!(
            missed(&format!("x/{name}")),
            "eventVersion eventID eventTime eventName awsRegion requestID sharedEventID vpcEndpointId recipientAccountId \
             eventType eventCategory type accountId accessKeyId type principalId accountId federatedProvider sourceIdentity \
             accountId type"
        );
    }

    #[test]
    fn too_much_to_ask_for_is_everything() {
        let keys: Vec<String> = (0..=Sought::MOST).map(|n| format!("AKIA{n}EXAMPLE")).collect();
        assert!(Sought::default().each(&keys[..Sought::MOST], Sought::key).node().is_some());
        assert!(Sought::default().each(&keys, Sought::key).node().is_none());
        assert!(Sought::default().node().is_none());
        // One question holds this; more had better be another's.
        let room = FULL - 1;
        assert!(!Sought::default().each(&keys[..room], Sought::key).is_full());
        assert!(Sought::default().each(&keys[..=room], Sought::key).is_full());
    }
}
