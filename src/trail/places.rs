//! Where records lie in what other programs make of them: one row a place.

/// What a record lay in: a noun with its article, fit to be shown after "in".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Envelope(pub &'static str);

/// One place where records may lie.
pub(super) struct Row {
    pub(super) envelope: Envelope,
    /// Keys from the object inwards.
    pub(super) path: &'static [&'static str],
}

/// An array at the top of a file of which the elements are read one by one, as a file of any length may be one: its key,
/// and the key of the object around it where that is not the outermost.
pub(super) const ARRAYS: [(&[u8], Envelope); 8] = [
    (b"Events", LOOKUP),
    (b"events", CLOUDWATCH),
    (b"logEvents", CLOUDWATCH),
    (b"results", CLOUDWATCH),
    (b"Messages", QUEUE),
    (b"hits", ELASTICSEARCH),
    (b"responses", ELASTICSEARCH),
    (b"QueryResultRows", LAKE),
];

const LOOKUP: Envelope = Envelope("the output of aws cloudtrail lookup-events");
const EVENTBRIDGE: Envelope = Envelope("an EventBridge event");
const CLOUDWATCH: Envelope = Envelope("CloudWatch Logs");
const QUEUE: Envelope = Envelope("an SQS or SNS message");
const KINESIS: Envelope = Envelope("a Kinesis record");
const OPENTELEMETRY: Envelope = Envelope("an OpenTelemetry log record");
const SPLUNK: Envelope = Envelope("a Splunk event");
const ELASTICSEARCH: Envelope = Envelope("an Elasticsearch hit");
const WAZUH: Envelope = Envelope("a Wazuh alert");
const QUERY: Envelope = Envelope("a row of a query");
const LAKE: Envelope = Envelope("a row of CloudTrail Lake");
pub(super) const SHIPPER: Envelope = Envelope("a shipper's message");
const DELIVERY: Envelope = Envelope("a delivery file");

const fn row(envelope: Envelope, path: &'static [&'static str]) -> Row {
    Row { envelope, path }
}

/// The rows are tried in this order, and the first that holds a record is the one that counts: what is particular comes
/// before the keys that many programs use.
pub(super) const ROWS: [Row; 61] = [
    row(DELIVERY, &["Records"]),
    row(LOOKUP, &["Events"]),
    row(LOOKUP, &["CloudTrailEvent"]),
    row(LOOKUP, &["cloudTrailEvent"]),
    row(QUERY, &["cloudtrail_event"]),
    row(QUERY, &["cloud_trail_event"]),
    row(EVENTBRIDGE, &["detail"]),
    row(CLOUDWATCH, &["logEvents"]),
    row(CLOUDWATCH, &["events"]),
    row(CLOUDWATCH, &["results"]),
    row(CLOUDWATCH, &["@message"]),
    row(CLOUDWATCH, &["awslogs", "data"]),
    row(KINESIS, &["kinesis", "data"]),
    row(KINESIS, &["Data"]),
    row(QUEUE, &["Messages"]),
    row(QUEUE, &["Body"]),
    row(QUEUE, &["body"]),
    row(QUEUE, &["Sns", "Message"]),
    row(QUEUE, &["Message"]),
    row(SPLUNK, &["result", "_raw"]),
    row(SPLUNK, &["_raw"]),
    row(ELASTICSEARCH, &["hits", "hits"]),
    row(ELASTICSEARCH, &["responses"]),
    row(ELASTICSEARCH, &["rawResponse"]),
    row(ELASTICSEARCH, &["docs"]),
    row(ELASTICSEARCH, &["_source"]),
    row(WAZUH, &["data", "aws"]),
    row(WAZUH, &["aws"]),
    row(LAKE, &["eventJson"]),
    row(LAKE, &["QueryResultRows"]),
    row(OPENTELEMETRY, &["resourceLogs"]),
    row(OPENTELEMETRY, &["scopeLogs"]),
    row(OPENTELEMETRY, &["logRecords"]),
    row(OPENTELEMETRY, &["body", "stringValue"]),
    row(SHIPPER, &["event.original"]),
    row(SHIPPER, &["event", "original"]),
    row(SPLUNK, &["event"]),
    row(SHIPPER, &["message"]),
    row(SHIPPER, &["log"]),
    row(SHIPPER, &["json"]),
    row(SHIPPER, &["cloudtrail"]),
    row(SHIPPER, &["short_message"]),
    row(SHIPPER, &["full_message"]),
    row(SHIPPER, &["full_log"]),
    row(SHIPPER, &["MESSAGE"]),
    row(SHIPPER, &["msg"]),
    row(SHIPPER, &["line"]),
    row(SHIPPER, &["record"]),
    row(SHIPPER, &["records"]),
    row(SHIPPER, &["value"]),
    row(SHIPPER, &["raw"]),
    row(SHIPPER, &["raw_log"]),
    row(SHIPPER, &["rawLog"]),
    row(SHIPPER, &["raw_event"]),
    row(SHIPPER, &["rawEvent"]),
    row(SHIPPER, &["RawEventData"]),
    row(SHIPPER, &["payload"]),
    row(SHIPPER, &["content"]),
    row(SHIPPER, &["attributes"]),
    row(SHIPPER, &["_1"]),
    row(SHIPPER, &["data"]),
];
