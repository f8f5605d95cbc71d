//! The shape of a CloudTrail record, and the log that collects them with what each must lead to.

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use serde_json::{Map, Value, json};

use super::rng::Rng;
use super::who::Who;

/// The account whose log this is.
pub(crate) const MAIN: &str = "111122223333";
/// Somebody else's account.
pub(crate) const OUTSIDE: &str = "444455556666";
/// The region where most happens.
pub(crate) const EAST: &str = "us-east-1";
/// The second region.
pub(crate) const EUROPE: &str = "eu-west-1";
/// The third region.
pub(crate) const WEST: &str = "us-west-2";

/// What an event must lead to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// An alert.
    Alert,
    /// None: the attempt failed.
    Failure,
    /// None: it only looks like one.
    Decoy,
}

impl Mark {
    /// The word in `expected.tsv`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Failure => "failure",
            Self::Decoy => "decoy",
        }
    }
}

/// One record, when CloudTrail delivered it, and what it must lead to.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) time: DateTime<Utc>,
    pub(crate) delivered: DateTime<Utc>,
    pub(crate) region: &'static str,
    pub(crate) record: Value,
    pub(crate) mark: Option<(Mark, &'static str)>,
}

impl Event {
    /// The event's id.
    pub(crate) fn id(&self) -> &str {
        self.record["eventID"].as_str().unwrap_or_default()
    }
}

/// All that happened, in the order it was told.
pub(crate) struct Log {
    pub(crate) rng: Rng,
    pub(crate) events: Vec<Event>,
}

impl Log {
    /// An empty log whose ids come from the stream `name`.
    pub(crate) fn new(name: &str) -> Self {
        Self { rng: Rng::named(name), events: Vec::new() }
    }
}

/// A time of November 2026, UTC.
pub(crate) fn at(day: u32, hour: u32, minute: u32, second: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, hour, minute, second).single().unwrap_or_default()
}

/// `2026-11-23T10:41:52Z`.
pub(crate) fn stamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `Nov 23, 2026, 10:41:52 AM`, as services print times in their answers.
pub(crate) fn spoken(time: DateTime<Utc>) -> String {
    time.format("%b %-d, %Y, %-I:%M:%S %p").to_string()
}

/// One API call on its way to becoming a record.
pub(crate) struct Call {
    time: DateTime<Utc>,
    delay: TimeDelta,
    region: &'static str,
    service: &'static str,
    mark: Option<(Mark, &'static str)>,
    fields: Map<String, Value>,
    data: bool,
    tls: bool,
    shared: bool,
    console: bool,
}

impl Call {
    /// `who` calls `service`:`action`.
    pub(crate) fn new(
        time: DateTime<Utc>,
        who: &Who,
        region: &'static str,
        service: &'static str,
        action: &'static str,
    ) -> Self {
        let mut fields = Map::new();
        let mut set = |key: &str, value: Value| fields.insert(key.to_owned(), value);
        set("eventVersion", json!(version(service)));
        if !who.identity.is_null() {
            set("userIdentity", who.identity.clone());
        }
        set("eventTime", json!(stamp(time)));
        set("eventSource", json!(format!("{service}.amazonaws.com")));
        set("eventName", json!(action));
        set("awsRegion", json!(region));
        set("sourceIPAddress", json!(who.ip));
        set("userAgent", json!(who.agent));
        set("requestParameters", Value::Null);
        set("responseElements", Value::Null);
        let kind = who.identity["type"].as_str();
        Self {
            time,
            delay: TimeDelta::seconds(200),
            region,
            service,
            mark: None,
            data: false,
            tls: who.ip.parse::<std::net::IpAddr>().is_ok(),
            shared: matches!(kind, Some("AWSService" | "AWSAccount")),
            console: who.agent.starts_with("Mozilla/") && kind != Some("IdentityCenterUser"),
            fields,
        }
    }

    fn set(mut self, key: &str, value: Value) -> Self {
        self.fields.insert(key.to_owned(), value);
        self
    }

    /// The request's parameters.
    pub(crate) fn params(self, value: Value) -> Self {
        self.set("requestParameters", value)
    }

    /// The answer.
    pub(crate) fn answer(self, value: Value) -> Self {
        self.set("responseElements", value)
    }

    /// The resources it touched: type and ARN, all of the main account unless the ARN says otherwise.
    pub(crate) fn resources(self, items: &[(&str, String)]) -> Self {
        let item = |(kind, arn): &(&str, String)| {
            let account = if arn.contains(OUTSIDE) { OUTSIDE } else { MAIN };
            json!({ "accountId": account, "type": kind, "ARN": arn })
        };
        self.set("resources", items.iter().map(item).collect())
    }

    /// A failure; an empty `message` is left out.
    pub(crate) fn error(self, code: &str, message: &str) -> Self {
        let failed = self.set("errorCode", json!(code)).answer(Value::Null);
        if message.is_empty() { failed } else { failed.set("errorMessage", json!(message)) }
    }

    /// Any other field.
    pub(crate) fn field(self, key: &str, value: Value) -> Self {
        self.set(key, value)
    }

    /// A data event.
    pub(crate) fn data(mut self) -> Self {
        self.data = true;
        self
    }

    /// Delivered `minutes` after the event.
    pub(crate) fn delivered_after(mut self, minutes: i64) -> Self {
        self.delay = TimeDelta::minutes(minutes);
        self
    }

    /// What it must lead to, and why.
    pub(crate) fn must(mut self, mark: Mark, why: &'static str) -> Self {
        self.mark = Some((mark, why));
        self
    }

    /// Finishes the record, in CloudTrail's order of fields, and adds it to the log.
    pub(crate) fn log(mut self, log: &mut Log) {
        let action = self.fields["eventName"].as_str().unwrap_or_default().to_owned();
        let mut record = Map::new();
        let mut take = |record: &mut Map<String, Value>, keys: &[&str]| {
            for key in keys {
                if let Some(value) = self.fields.remove(*key) {
                    record.insert((*key).to_owned(), value);
                }
            }
        };
        take(&mut record, &["eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion"]);
        take(&mut record, &["sourceIPAddress", "userAgent", "errorCode", "errorMessage", "requestParameters"]);
        take(&mut record, &["responseElements", "additionalEventData", "serviceEventDetails"]);
        let request = if self.service == "s3" { log.rng.upper(16) } else { log.rng.uuid() };
        record.insert("requestID".to_owned(), json!(request));
        record.insert("eventID".to_owned(), json!(log.rng.uuid()));
        record.insert("readOnly".to_owned(), json!(reads(&action)));
        take(&mut record, &["resources", "eventType"]);
        record.entry("eventType").or_insert_with(|| json!("AwsApiCall"));
        record.insert("managementEvent".to_owned(), json!(!self.data));
        record.insert("recipientAccountId".to_owned(), json!(MAIN));
        if self.shared {
            record.insert("sharedEventID".to_owned(), json!(log.rng.uuid()));
        }
        take(&mut record, &["vpcEndpointId"]);
        record.insert("eventCategory".to_owned(), json!(if self.data { "Data" } else { "Management" }));
        if self.tls {
            record.insert("tlsDetails".to_owned(), tls(self.service, self.region));
        }
        if self.console && record["eventType"] == "AwsApiCall" {
            record.insert("sessionCredentialFromConsole".to_owned(), json!("true"));
        }
        let event = Event {
            time: self.time,
            delivered: self.time + self.delay,
            region: self.region,
            record: Value::Object(record),
            mark: self.mark,
        };
        log.events.push(event);
    }
}

fn version(service: &str) -> &'static str {
    match service {
        "sts" | "signin" | "ssm" | "sso" | "backup" => "1.08",
        "dynamodb" | "ecr" | "lambda" | "config" => "1.09",
        "iam" | "ec2" | "secretsmanager" | "cloudformation" | "eks" => "1.10",
        _ => "1.11",
    }
}

fn reads(action: &str) -> bool {
    let read = ["Describe", "Get", "List", "Head", "BatchGet", "BatchCheck", "Lookup", "AssumeRole", "Query", "Scan"];
    if action == "GetFederationToken" {
        return false;
    }
    action == "Decrypt" || action == "GenerateDataKey" || read.iter().any(|prefix| action.starts_with(prefix))
}

fn tls(service: &str, region: &str) -> Value {
    let host = match service {
        "iam" => "iam.amazonaws.com".to_owned(),
        "signin" => format!("{region}.signin.aws.amazon.com"),
        "ecr" => format!("api.ecr.{region}.amazonaws.com"),
        _ => format!("{service}.{region}.amazonaws.com"),
    };
    json!({ "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host })
}
