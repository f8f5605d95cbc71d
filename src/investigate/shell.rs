//! Builds command lines to copy. An attacker may have written the log, so a value enters a line only in single quotes,
//! and only when it matches the pattern that AWS sets for it. A command with a missing or odd value is not offered.

use super::Command;
use super::arn::Arn;

pub(super) struct Draft {
    title: String,
    /// `None` once a value was refused.
    line: Option<String>,
}

impl Draft {
    /// `words` are our own, e.g. `aws rds describe-export-tasks`.
    pub(super) fn new(title: impl Into<String>, words: &str) -> Self {
        Self { title: title.into(), line: Some(words.to_owned()) }
    }

    /// Adds a flag with a value from the log.
    pub(super) fn value(mut self, flag: &str, value: Option<&str>, valid: fn(&str) -> bool) -> Self {
        let value = value.filter(|value| is_safe(value) && valid(value));
        self.line = self.line.zip(value).map(|(line, value)| format!("{line} {flag} {}", quote(value)));
        self
    }

    /// Adds a flag with a value of our own, which may contain validated parts.
    pub(super) fn own(mut self, flag: &str, value: &str) -> Self {
        self.line = self.line.map(|line| format!("{line} {flag} {}", quote(value)));
        self
    }

    pub(super) fn done(self) -> Option<Command> {
        Some(Command { title: self.title, line: self.line? })
    }
}

/// Quotes `value` as one word for a POSIX shell.
pub(super) fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

/// Short, printable ASCII, without quotes, not an option, and without the prefixes that make the AWS CLI read a file or
/// an address.
fn is_safe(value: &str) -> bool {
    let printable =
        value.bytes().all(|b| (0x20..0x7f).contains(&b) && !matches!(b, b'\'' | b'"' | b'`' | b'\\' | b'$'));
    let reads = ["file:", "fileb:", "http:", "https:"].iter().any(|p| value.to_ascii_lowercase().starts_with(p));
    printable && !value.is_empty() && value.len() <= 1_024 && !value.starts_with('-') && !reads
}

fn only(value: &str, lengths: std::ops::RangeInclusive<usize>, more: &str) -> bool {
    lengths.contains(&value.len()) && value.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

/// The name of an IAM role or user.
pub(super) fn is_iam_name(value: &str) -> bool {
    only(value, 1..=64, "_+=,.@-")
}

pub(super) fn is_access_key(value: &str) -> bool {
    (16..=128).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

pub(super) fn is_account(value: &str) -> bool {
    value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit())
}

/// `us-east-1`, `us-gov-west-1`.
pub(super) fn is_region(value: &str) -> bool {
    let mut parts = value.rsplit('-');
    let number = parts.next().is_some_and(|n| (1..=2).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
    let words: Vec<&str> = parts.collect();
    let lower = words.iter().all(|w| (2..=12).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_lowercase()));
    number && lower && (2..=4).contains(&words.len())
}

pub(super) fn is_task(value: &str) -> bool {
    only(value, 1..=63, "-") && value.starts_with(|c: char| c.is_ascii_alphabetic())
}

pub(super) fn is_bucket(value: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    (3..=63).contains(&value.len()) && value.bytes().all(allowed) && !value.contains("..")
}

/// A prefix of object keys: characters that AWS calls safe, and a few common ones.
pub(super) fn is_prefix(value: &str) -> bool {
    only(value, 1..=1_024, "/!-_.*()=+,@: ")
}

/// A key's ARN or id; not an alias, which not every command takes.
pub(super) fn is_kms_key(value: &str) -> bool {
    let is_id = |id: &str| only(id, 1..=64, "-");
    match Arn::of(value) {
        Some(arn) => is_arn(&arn, "kms") && arn.resource.strip_prefix("key/").is_some_and(is_id),
        None => is_id(value),
    }
}

/// The ARN of a snapshot or cluster of RDS.
pub(super) fn is_rds_arn(value: &str) -> bool {
    let Some(arn) = Arn::of(value) else { return false };
    let Some((kind, name)) = arn.resource.split_once(':') else { return false };
    is_arn(&arn, "rds") && matches!(kind, "snapshot" | "cluster-snapshot" | "cluster") && only(name, 1..=255, "-:")
}

fn is_arn(arn: &Arn<'_>, service: &str) -> bool {
    arn.service == service && is_region(arn.region) && is_account(arn.account) && only(arn.partition, 3..=16, "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_never_make_a_command() {
        for value in [
            "",
            "x'; rm -rf /; '",
            "x\nreboot",
            "$(reboot)",
            "`reboot`",
            "x\u{1b}[31m",
            "-oProxy",
            "--profile",
            "x y",
            "file:///etc/passwd",
            "FILE://x",
            "https://evil.example",
            "ä",
            "a\0b",
            "a;b",
            "a|b",
            "a&b",
            "a\\b",
            "\"",
        ] {
            for valid in [is_iam_name, is_access_key, is_account, is_region, is_task, is_bucket, is_kms_key, is_rds_arn]
            {
                let command = Draft::new("t", "aws x").value("--v", Some(value), valid).own("--w", "1").done();
                assert_eq!(command, None, "{value:?}");
            }
        }
        for value in ["x'; rm", "x\ny", "$(x)", "`x`", "-x", "file://x", "a;b", "a|b", "a&b", "a>b"] {
            assert_eq!(Draft::new("t", "aws").value("--prefix", Some(value), is_prefix).done(), None, "{value:?}");
        }
        assert_eq!(Draft::new("t", "aws").value("--v", None, is_task).done(), None);
        assert_eq!(quote("it's"), r"'it'\''s'");
    }

    #[test]
    fn real_values_pass() {
        assert!(is_iam_name("etl-role") && is_iam_name("jane.doe@example.com"));
        assert!(is_region("us-east-1") && is_region("us-gov-west-1") && is_region("ap-southeast-2"));
        assert!(!is_region("us-east") && !is_region("useast1") && !is_region("-1") && !is_region("US-EAST-1"));
        assert!(is_kms_key("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"));
        assert!(is_kms_key("mrk-1234abcd12ab34cd56ef1234567890ab"));
        assert!(!is_kms_key("alias/rds") && !is_kms_key("arn:aws:kms:us-east-1:111122223333:alias/rds"));
        assert!(is_rds_arn("arn:aws:rds:us-east-1:111122223333:cluster-snapshot:rds:orders-2026-11-23-05-00"));
        assert!(!is_rds_arn("arn:aws:rds:us-east-1:111122223333:db:orders"));
        assert!(is_bucket("finance-exports.prod") && !is_bucket("Finance") && !is_bucket("a..b"));
        assert!(is_prefix("2026/november/") && is_access_key("ASIAIOSFODNN7EXAMPLE") && is_account("111122223333"));
        let command = Draft::new("t", "aws rds x").value("--region", Some("us-east-1"), is_region).done();
        assert_eq!(command.map(|c| c.line).as_deref(), Some("aws rds x --region 'us-east-1'"));
    }
}
