//! What a JSON object is, told by its top-level keys: a CloudTrail record, an ECS document, a digest, an insight, an
//! envelope of records, or something else. Reads keys where they stand; builds no values and trusts nothing beyond
//! matching brackets.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::foreign;
use super::scan::{Members, skip_value};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A CloudTrail record.
    Record,
    /// An ECS document, what a shipper made of a record, or some columns of one: what it holds decides.
    Document,
    /// A CloudTrail Insights event, or an aggregated one: neither is a call.
    Insight,
    /// A CloudTrail digest.
    Digest,
    /// Something else.
    Unknown,
}

/// Keys shown of an object that is no record.
const KEYS_SHOWN: usize = 6;

/// Bytes shown of something that is no JSON object; as many must be at hand unless the content ends.
pub(super) const SHOWN: usize = 24;

/// Longest part of a key shown, in bytes.
const KEY_SHOWN: usize = 40;

static INSIGHT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("nsight"));

/// Tells what `object` is. A record that begins as CloudTrail begins one costs no more than its first key.
pub(super) fn kind(object: &[u8]) -> Kind {
    if is_insight(object) {
        return Kind::Insight;
    }
    if is_ordinary(object) {
        return Kind::Record;
    }
    let mut so_far = Kind::Unknown;
    for (key, value) in Members::of(object) {
        match key {
            b"eventCategory" if value.starts_with(br#""Aggregated""#) => return Kind::Insight,
            b"eventVersion" if value.starts_with(br#""1."#) && !value.starts_with(VERSION_1_0) => return Kind::Record,
            b"digestStartTime" | b"digestS3Object" => return Kind::Digest,
            // S3's notifications have some of the keys of a record.
            b"s3" => return Kind::Unknown,
            _ if is_document_key(key) => so_far = Kind::Document,
            _ => {}
        }
    }
    so_far
}

/// The version that CloudTrail's first records and its aggregated events share.
const VERSION_1_0: &[u8] = br#""1.0""#;

/// Whether `record` begins as CloudTrail writes a record of a call, so that nobody need look at its other keys.
pub(super) fn is_ordinary(record: &[u8]) -> bool {
    const BEGINS: &[u8] = br#"{"eventVersion":"#;
    record.strip_prefix(BEGINS).is_some_and(|rest| rest.starts_with(br#""1."#) && !rest.starts_with(VERSION_1_0))
}

fn is_document_key(key: &[u8]) -> bool {
    matches!(key, b"eventVersion" | b"eventName" | b"eventSource" | b"eventTime" | b"eventID")
        || matches!(key, b"@timestamp" | b"event" | b"message" | b"ecs" | b"aws")
        || key.starts_with(b"event.")
        || key.starts_with(b"aws.")
}

/// Whether `record` is a CloudTrail Insights event. Costs one search for records that do not speak of insights.
pub(super) fn is_insight(record: &[u8]) -> bool {
    INSIGHT.find(record).is_some()
        && Members::of(record).any(|(key, value)| {
            (key == b"insightDetails" && value.starts_with(b"{"))
                || (key == b"eventCategory" && value.starts_with(br#""Insight""#))
        })
}

/// Whether `content` looks like one whole delivery file of records and like nothing else: by its beginning and end, by
/// its first record, and by its bytes. Looks at no other record.
pub(super) fn is_sound_delivery(content: &[u8]) -> bool {
    let Some(first) = content.strip_prefix(br#"{"Records":["#) else { return false };
    let first = skip_value(first).map_or(first, |end| &first[..end]);
    let content = content.trim_ascii_end();
    content.ends_with(b"}]}") && kind(first) == Kind::Record && has_sound_bytes(content)
}

/// Whether bytes are what CloudTrail writes: UTF-8 on one line, without control characters. Others are damaged, and not
/// to be skipped, so that somebody is told.
#[must_use]
pub fn has_sound_bytes(bytes: &[u8]) -> bool {
    let (blocks, rest) = bytes.as_chunks::<256>();
    let mut is_ascii = true;
    for block in blocks.iter().map(<[u8; 256]>::as_slice).chain([rest]) {
        // Without a branch, so that many bytes are looked at together.
        let highest = block.iter().fold(0, |highest: u8, byte| highest.max(byte.wrapping_sub(b' ')));
        if highest > 0x7f - b' ' {
            is_ascii = false;
            if block.iter().any(|byte| *byte < b' ') {
                return false;
            }
        }
    }
    is_ascii || std::str::from_utf8(bytes).is_ok()
}

/// The first key of `object`, as written.
pub(super) fn first_key(object: &[u8]) -> Option<&[u8]> {
    Members::of(object).next().map(|(key, _)| key)
}

/// Says what an object that is no record holds: its first keys, made visible.
pub(super) fn describe(object: &[u8]) -> String {
    let mut keys = Members::of(object).map(|(key, _)| key);
    let shown: Vec<String> = keys.by_ref().take(KEYS_SHOWN).map(show_key).collect();
    if shown.is_empty() {
        return if begins_an_object(object) { "an empty JSON object".to_owned() } else { begins_with(object) };
    }
    let rest = if keys.next().is_some() { ", …" } else { "" };
    let noun = if shown.len() == 1 { "key" } else { "keys" };
    let shown = shown.join(", ");
    let remedy = foreign::remedy_of_object(object).map(|remedy| format!("; {remedy}")).unwrap_or_default();
    format!(
        "a JSON object with the {noun} {shown}{rest}: neither a CloudTrail record nor an ECS document nor a known \
         envelope of them{remedy}"
    )
}

/// Whether `text` begins as only a JSON object can (as far as it goes).
pub(super) fn begins_an_object(text: &[u8]) -> bool {
    let Some(inner) = text.strip_prefix(b"{") else { return false };
    matches!(inner.trim_ascii_start().first(), None | Some(b'"' | b'}'))
}

/// Says how a text begins that is no JSON object.
pub(super) fn begins_with(text: &[u8]) -> String {
    let remedy = foreign::remedy_of_line(text).map(|remedy| format!("; {remedy}")).unwrap_or_default();
    format!("begins with {}, not with a JSON object{remedy}", quote(text))
}

/// The first bytes of a text, up to the end of the line, in quotes and made visible.
pub(super) fn quote(text: &[u8]) -> String {
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let cut = &line[..line.len().min(SHOWN)];
    let dots = if cut.len() < line.len() { "…" } else { "" };
    format!("\"{}{dots}\"", crate::text::visible(&String::from_utf8_lossy(cut)))
}

fn show_key(key: &[u8]) -> String {
    let cut = &key[..key.len().min(KEY_SHOWN)];
    let dots = if cut.len() < key.len() { "…" } else { "" };
    format!("{}{dots}", crate::text::visible(&String::from_utf8_lossy(cut)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_told_by_their_top_level_keys() {
        for (object, expected) in [
            (r#"{"eventVersion":"1.08"}"#, Kind::Record),
            (r#"{ "awsRegion" : "us-east-1",  "eventID":"x"}"#, Kind::Document),
            (r#"{"@timestamp":"2026-01-01T00:00:00Z"}"#, Kind::Document),
            (r#"{"agent":{"id":"1"},"event.action":"x"}"#, Kind::Document),
            (r#"{"@timestamp":"2026-01-01T00:00:00Z","eventVersion":"1.08"}"#, Kind::Record),
            (r#"{"eventVersion":"1.0","eventName":"x"}"#, Kind::Document),
            (r#"{"eventVersion":"1.0","eventId":"x","eventCategory":"Aggregated"}"#, Kind::Insight),
            (r#"{"eventVersion":"2.1","eventSource":"aws:s3","s3":{}}"#, Kind::Unknown),
            (r#"{"agent":{"eventName":"x"},"n":1}"#, Kind::Unknown),
            (r#"{"awsAccountId":"1","digestStartTime":"x"}"#, Kind::Digest),
            (r#"{"eventVersion":"1.07","insightDetails":{"state":"Start"},"eventCategory":"Insight"}"#, Kind::Insight),
            (r#"{"eventVersion":"1.07","eventCategory" : "Insight"}"#, Kind::Insight),
            (r#"{"eventVersion":"1.07","requestParameters":{"insightDetails":{}}}"#, Kind::Record),
            (r#"{"eventVersion":"1.07","userAgent":"\"insightDetails\":{"}"#, Kind::Record),
            ("{}", Kind::Unknown),
            (r#"{"a""#, Kind::Unknown),
        ] {
            assert_eq!(kind(object.as_bytes()), expected, "{object}");
        }
    }

    #[test]
    fn says_what_an_object_holds_instead() {
        assert_eq!(
            describe(br#"{"name":"x","version":[1,{"eventName":2}]}"#),
            "a JSON object with the keys name, version: neither a CloudTrail record nor an ECS document nor a known \
             envelope of them"
        );
        assert_eq!(describe(b"{}"), "an empty JSON object");
        let hostile = describe("{\"\u{1b}[31m\":1}".as_bytes());
        assert!(hostile.contains(r"\x1b[31m") && !hostile.contains('\u{1b}'), "{hostile}");
        assert!(describe(br#"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7}"#).contains("f, …"));
    }

    #[test]
    fn bytes_that_cloudtrail_does_not_write_are_told() {
        for length in [0, 1, 255, 256, 257, 600] {
            for at in (0..length).step_by(5) {
                let with = |byte: u8| {
                    let mut bytes = vec![b'a'; length];
                    bytes[at] = byte;
                    has_sound_bytes(&bytes)
                };
                assert!(
                    with(b' ') && with(0x7f) && !with(0x1f) && !with(b'\n') && !with(0) && !with(0xff),
                    "{length} {at}"
                );
            }
        }
        assert!(has_sound_bytes("é".repeat(100).as_bytes()) && !has_sound_bytes(&"é".repeat(100).as_bytes()[1..]));
    }

    #[test]
    fn the_first_key_is_as_written() {
        assert_eq!(first_key(br#"{ "awsRegion" :1}"#), Some(&b"awsRegion"[..]));
        assert_eq!(first_key(b"{}"), None);
    }
}
