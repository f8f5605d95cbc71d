//! What lies beside CloudTrail's logs or is taken for them: the logs of other services and the files that systems leave
//! behind, which are set aside without a word for each; and forms that cannot be read, each with what to do about it.
//!
//! Content decides first: a name only excuses a file in which no record was found.

use std::path::Path;

use super::problem::Problem;
use super::scan::Members;

/// Longest beginning of a line that is looked at.
const LOOKED_AT: usize = 512;

/// Fewest characters of a line that is taken for base64.
const BASE64: usize = 40;

/// What else an object is, by keys of which all must be there.
const OBJECTS: [(&[&str], &str); 15] = [
    (&["configurationItems"], "AWS Config"),
    (&["configSnapshotId"], "AWS Config"),
    (&["configurationItem"], "AWS Config"),
    (&["configurationItemDiff"], "AWS Config"),
    (&["schemaVersion", "service", "type"], "GuardDuty"),
    (&["webaclId"], "AWS WAF"),
    (&["query_name", "query_type"], "Route 53 Resolver"),
    (&["firewall_name"], "Network Firewall"),
    (&["SchemaVersion", "ProductArn"], "Security Hub"),
    (&["auditID", "apiVersion"], "Kubernetes audit"),
    (&["schemaType", "modelId"], "Bedrock invocations"),
    (&["s3", "eventSource"], "S3 notifications"),
    (&["Event", "Bucket"], "S3 notifications"),
    (&["srcaddr", "dstaddr"], "VPC flow"),
    (&["distribution", "x-edge-location"], "CloudFront"),
];

/// What to do about an object, by keys of which all must be there.
const REMEDIES: [(&[&str], &str); 6] = [
    (&["eventversion"], LOWER_CASE),
    (&["eventname"], LOWER_CASE),
    (&["eventsource"], LOWER_CASE),
    (&["_index", "fields"], "these are an Elasticsearch hit's `fields`: ask for `_source`"),
    (&["class_uid", "metadata"], "this is OCSF, as Security Lake has it: read CloudTrail's own delivery files"),
    (&["ResultSet"], "this is the answer of an Athena query: read the delivery files themselves"),
];

const LOWER_CASE: &str = "these are columns of Athena or CloudTrail Lake, whose names are in lower case: read the delivery \
                          files themselves, or the column eventJson";

const CSV: &str = "this looks like CSV: export the records as JSON, or read the delivery files themselves";
const TSV: &str = "this looks like tab-separated columns: export the records as JSON, one a line";

/// Files that say by their names what they are: the beginning and the end of the name.
const NAMES: [(&str, &str, &str); 22] = [
    ("_SUCCESS", "", MARKER),
    ("_committed_", "", MARKER),
    ("_started_", "", MARKER),
    ("ConfigWritabilityCheckFile", "", MARKER),
    ("", ".csv.metadata", MARKER),
    (".DS_Store", "", SYSTEM),
    ("._", "", SYSTEM),
    ("Thumbs.db", "", SYSTEM),
    ("desktop.ini", "", SYSTEM),
    ("README", "", DOCUMENT),
    ("readme", "", DOCUMENT),
    ("LICENSE", "", DOCUMENT),
    ("LICENCE", "", DOCUMENT),
    ("NOTICE", "", DOCUMENT),
    ("CHANGELOG", "", DOCUMENT),
    ("", ".md", DOCUMENT),
    ("", ".pdf", DOCUMENT),
    ("SHA256SUMS", "", CHECKSUM),
    ("MD5SUMS", "", CHECKSUM),
    ("", ".sha256", CHECKSUM),
    ("", ".md5", CHECKSUM),
    ("", ".sig", CHECKSUM),
];

const MARKER: &str = "job markers";
const SYSTEM: &str = "file system leftovers";
const DOCUMENT: &str = "documents";
const CHECKSUM: &str = "checksums";

/// Parts of names that AWS gives to the logs of its services.
const SERVICES: [(&str, &str); 8] = [
    ("_elasticloadbalancing_", "Elastic Load Balancing"),
    ("_vpcflowlogs_", "VPC flow"),
    ("_vpcdnsquerylogs_", "Route 53 Resolver"),
    ("_waflogs_", "AWS WAF"),
    ("aws-waf-logs-", "AWS WAF"),
    ("_Config_", "AWS Config"),
    ("_GuardDuty_", "GuardDuty"),
    ("_network-firewall_", "Network Firewall"),
];

/// What else than a record `object` is.
pub(super) fn of_object(object: &[u8]) -> Option<&'static str> {
    by_keys(object, &OBJECTS)
}

/// What to do about an object that is no record.
pub(super) fn remedy_of_object(object: &[u8]) -> Option<&'static str> {
    by_keys(object, &REMEDIES)
}

fn by_keys(object: &[u8], table: &[(&[&str], &'static str)]) -> Option<&'static str> {
    let keys: Vec<&[u8]> = Members::of(object).map(|(key, _)| key).collect();
    let has = |key: &&str| keys.contains(&key.as_bytes());
    table.iter().find(|(asked, _)| asked.iter().all(has)).map(|(_, what)| *what)
}

/// What other log a line of text is of.
pub(super) fn of_line(line: &[u8]) -> Option<&'static str> {
    let line = beginning(line);
    let mut words = line.split(' ');
    let (first, second, third) = (words.next()?, words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match first {
        "http" | "https" | "h2" | "grpcs" | "ws" | "wss" if is_instant(second) => Some("Elastic Load Balancing"),
        "tls" if is_instant(third) => Some("Elastic Load Balancing"),
        "#Version:" | "#Fields:" => Some("CloudFront"),
        _ if is_instant(first) && third.contains(':') && line.contains("\"") => Some("Elastic Load Balancing"),
        _ if line.contains("interface-id") || line.contains("srcaddr") || third.starts_with("eni-") => Some("VPC flow"),
        _ if third.starts_with('[') && first.bytes().all(|b| b.is_ascii_hexdigit()) => Some("S3 server access"),
        _ => None,
    }
}

/// What to do about a line of text that holds no record.
pub(super) fn remedy_of_line(line: &[u8]) -> Option<&'static str> {
    if line.starts_with(b"\x1b[") {
        return Some("these are a terminal's colours: write the file without them (jq -M)");
    }
    if line.starts_with(b"\x1f\x8b") {
        return Some("this is gzip within the content: unpack it first");
    }
    let line = beginning(line);
    let lower = line.to_ascii_lowercase();
    let columns = [
        "eventversion",
        "eventname",
        "event_name",
        "eventid",
        "cloudtrailevent",
        "@message",
        "useridentity",
        "event name",
        "event.action",
        "_source",
    ];
    let names_columns = columns.iter().any(|column| lower.contains(column));
    if line.starts_with("{'") || line.starts_with("[{'") {
        Some("this is how Python prints a dict: write it with json.dumps")
    } else if ["Events:", "- CloudTrailEvent:", "- eventVersion:", "---", "Records:"]
        .iter()
        .any(|y| line.starts_with(y))
    {
        Some("this looks like YAML: ask for JSON (--output json)")
    } else if names_columns && line.contains('\t') {
        Some(TSV)
    } else if names_columns && line.contains(',') {
        Some(CSV)
    } else if line.starts_with("<?xml") || lower.starts_with("<!doctype") || lower.starts_with("<html") {
        Some("this is a page or XML, not a log: was the download refused?")
    } else if line.starts_with("An error occurred") {
        Some("this is an error of the AWS CLI, not its output")
    } else if line.len() >= BASE64 && line.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=-_".contains(&b)) {
        Some("this looks like base64: decode it first (base64 -d)")
    } else {
        None
    }
}

/// Sets a file in which no record was found aside, if its name says what it is.
pub(super) fn excuse(problem: &mut Option<Problem>, path: &Path) {
    if matches!(problem, Some(Problem::NotALog(_) | Problem::Unsupported(_)))
        && let Some(what) = of_path(path)
    {
        *problem = Some(Problem::Other(what));
    }
}

/// What a file in which no record was found is, by its name and the folders it lies in.
fn of_path(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy();
    if path.iter().any(|part| part == "__MACOSX") {
        return Some(SYSTEM);
    }
    let named = NAMES.iter().find(|(begins, ends, _)| name.starts_with(begins) && name.ends_with(ends));
    let service = || SERVICES.iter().find(|(part, _)| name.contains(part)).map(|(_, what)| *what);
    named.map(|(_, _, what)| *what).or_else(service)
}

/// The beginning of a line, as far as it is text.
fn beginning(text: &[u8]) -> &str {
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = &line[..line.len().min(LOOKED_AT)];
    match std::str::from_utf8(line) {
        Ok(line) => line.trim_end(),
        Err(error) => std::str::from_utf8(&line[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// Whether a word is an instant as AWS writes it in its logs, `2026-11-20T10:00:00.1Z`.
fn is_instant(word: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(word).is_ok()
        || chrono::NaiveDateTime::parse_from_str(word, "%Y-%m-%dT%H:%M:%S%.f").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_logs_are_told_by_a_line_or_by_their_keys() {
        for (line, expected) in [
            (r#"http 2026-11-20T10:00:00.1Z app/x 192.0.2.1:80 - 0 0 0 200 200 1 1 "GET /""#, "Elastic Load Balancing"),
            ("tls 2.0 2026-11-20T10:00:00 net/x", "Elastic Load Balancing"),
            (r#"2026-11-20T10:00:00.1Z lb 192.0.2.1:80 192.0.2.2:80 0 0 0 200 "GET /""#, "Elastic Load Balancing"),
            ("version account-id interface-id srcaddr", "VPC flow"),
            ("2 111122223333 eni-0a 192.0.2.1 192.0.2.2 443", "VPC flow"),
            ("79a59df900b949e5 bucket [20/Nov/2026:10:00:00 +0000] 192.0.2.3", "S3 server access"),
            ("#Version: 1.0", "CloudFront"),
        ] {
            assert_eq!(of_line(line.as_bytes()), Some(expected), "{line}");
        }
        for line in ["", "notes", "Nov 20 10:00:00 host cloudtrail: x", "2026-11-20T10:00:00Z stream {}"] {
            assert_eq!(of_line(line.as_bytes()), None, "{line}");
        }
        for (object, expected) in [
            (r#"{"fileVersion":"1.0","configSnapshotId":"x","configurationItems":[]}"#, Some("AWS Config")),
            (r#"{"schemaVersion":"2.0","type":"Recon","service":{}}"#, Some("GuardDuty")),
            (r#"{"eventVersion":"2.1","eventSource":"aws:s3","s3":{"bucket":{}}}"#, Some("S3 notifications")),
            (r#"{"a":1}"#, None),
        ] {
            assert_eq!(of_object(object.as_bytes()), expected, "{object}");
        }
    }

    #[test]
    fn names_excuse_what_systems_leave_behind() {
        for (path, expected) in [
            ("logs/_SUCCESS", Some(MARKER)),
            ("logs/x.csv.metadata", Some(MARKER)),
            ("logs/._a.json.gz", Some(SYSTEM)),
            ("__MACOSX/AWSLogs/a.json.gz", Some(SYSTEM)),
            ("README.txt", Some(DOCUMENT)),
            ("111122223333_elasticloadbalancing_eu-west-1_app.lb_x.log.gz", Some("Elastic Load Balancing")),
            ("111122223333_CloudTrail_eu-west-1_20261120T1005Z_A.json.gz", None),
            ("notes.txt", None),
        ] {
            assert_eq!(of_path(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn what_cannot_be_read_comes_with_what_to_do() {
        for (line, word) in [
            ("\"eventversion\",\"useridentity\",\"eventtime\"", "CSV"),
            ("EventId\tCloudTrailEvent", "tab-separated"),
            ("{'Records': [{'eventVersion': '1.11'}]}", "json.dumps"),
            ("Events:", "--output json"),
            ("\u{1b}[1;39m{", "jq -M"),
            ("H4sIAHhIB2sC/+1UUWvbQAz+L/c8O7bLBr03Lw3D", "base64"),
        ] {
            let remedy = remedy_of_line(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
            assert!(remedy.contains(word), "{line}: {remedy}");
        }
        assert_eq!(remedy_of_line(b"notes"), None);
        assert!(remedy_of_object(br#"{"eventversion":"1.11","useridentity":{}}"#).unwrap().contains("lower case"));
    }
}
