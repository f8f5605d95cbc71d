//! Records in text: JSON values one after the other, perhaps behind something that is no JSON.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;

use super::{Found, MAX_LAYERS, Opening, Sink, TEXT, elements, whole};
use crate::trail::object;
use crate::trail::scan::{MAX_RECORD, Members, skip_value};

/// What CloudWatch Logs writes to a new subscription, in place of a record.
const CONTROL: &str = "CWL CONTROL MESSAGE";

/// Places at which a line of text is tried for a JSON object.
const TRIES: usize = 16;

/// Takes the records out of a line of text that does not begin with an object.
pub(in crate::trail) fn line(line: &[u8], sink: &mut Sink<'_>) {
    match std::str::from_utf8(line) {
        Ok(text) => Opening { layer: 0, outermost: None }.text(text, sink),
        Err(_) => sink(Found::Bad(object::begins_with(line))),
    }
}

impl Opening {
    /// Takes the records out of text that was in a string, or is a line by itself.
    pub(super) fn text(self, text: &str, sink: &mut Sink<'_>) {
        let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'));
        if text.starts_with(CONTROL) {
            sink(Found::LeftOut);
            return;
        }
        if let Some(decoded) = of_base64(text) {
            match self.inside(TEXT) {
                Some(inside) => inside.text(&decoded, sink),
                None => sink(Found::Bad(format!("text in text, more than {MAX_LAYERS} deep"))),
            }
            return;
        }
        let mut values = Vec::new();
        let mut rest = text.as_bytes();
        while let Some(b'{' | b'[' | b'"') = rest.first()
            && let Some(end) = skip_value(rest)
        {
            values.push(&rest[..end]);
            rest = rest[end..].trim_ascii_start();
        }
        // What is no object may be the beginning of a line: `[0] tag: …`, `"key" …`.
        let begins_a_line = !rest.is_empty() && values.first().is_some_and(|value| !value.starts_with(b"{"));
        if values.is_empty() || begins_a_line {
            return self.prefixed(text.as_bytes(), sink);
        }
        for value in values {
            match if value.starts_with(b"\"") { self.inside(TEXT) } else { Some(self) } {
                Some(inside) => inside.value(value, sink),
                None => sink(Found::Bad(format!("text in text, more than {MAX_LAYERS} deep"))),
            }
        }
        if !rest.is_empty() {
            self.prefixed(rest, sink);
        }
    }

    /// Takes records out of text that begins with something else.
    fn prefixed(self, text: &[u8], sink: &mut Sink<'_>) {
        let Some(inside) = self.inside(TEXT) else {
            sink(Found::Bad(format!("text in text, more than {MAX_LAYERS} deep")));
            return;
        };
        let (mut at, mut any) = (0, false);
        let before = &text[..memchr::memchr(b'{', text).unwrap_or(text.len())];
        // The rest of a record that has lost its beginning, as opposed to a time or a name.
        let damaged = memchr::memchr(b'}', before).is_some() || memchr::memmem::find(before, b"\":").is_some();
        for _ in 0..TRIES {
            let Some(bracket) = memchr::memchr2(b'{', b'[', &text[at..]) else { break };
            at += bracket;
            let Some(end) = skip_value(&text[at..]) else {
                at += 1;
                continue;
            };
            // What is no record here may be anything: a tag, a header, a map of the shipper.
            let mut here = false;
            inside.value(&text[at..at + end], &mut |found| {
                if let Found::Record(..) | Found::Document(..) | Found::LeftOut = found {
                    here = true;
                    sink(found);
                }
            });
            any |= here;
            // In an array that holds none, a record may follow a time.
            at += if text[at] == b'[' && !here { 1 } else { end };
        }
        if !any || damaged {
            sink(Found::Bad(object::begins_with(text)));
        }
    }
}

/// The text of base64, unpacked where that is gzip, as Kinesis and Lambda hand it over; nothing where `text` is no base64
/// of text, or of more than a record may have.
fn of_base64(text: &str) -> Option<String> {
    const FEWEST: usize = 40;
    if text.len() < FEWEST || text.bytes().any(|byte| !(byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))) {
        return None;
    }
    let bytes = STANDARD.decode(text).ok()?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return String::from_utf8(bytes).ok();
    }
    let mut unpacked = String::new();
    MultiGzDecoder::new(bytes.as_slice()).take(MAX_RECORD as u64 + 1).read_to_string(&mut unpacked).ok()?;
    (unpacked.len() <= MAX_RECORD).then_some(unpacked)
}

fn column<'a>(row: &[(&[u8], &'a [u8])], name: &[u8]) -> Option<&'a [u8]> {
    row.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
}

/// A row that is an array of columns.
pub(super) enum Columns<'a> {
    /// It has a column that holds the whole record.
    Record(&'a [u8]),
    /// It has none; what to ask for.
    Without(&'static str),
}

/// Reads `array` as a row of CloudWatch Logs Insights, `[{"field":"@message","value":…},…]`, or of CloudTrail Lake,
/// `[{"eventJson":…},…]`; nothing where it is neither.
pub(super) fn columns(array: &[u8]) -> Option<Columns<'_>> {
    let rows: Vec<Vec<(&[u8], &[u8])>> =
        elements(array).map(|column| Members::of(column).map(|(key, value)| (key, whole(value))).collect()).collect();

    if rows.is_empty() {
        None
    } else if rows.iter().all(|row| column(row, b"field").is_some() && column(row, b"value").is_some()) {
        let message = rows.iter().find(|row| column(row, b"field") == Some(br#""@message""#));
        let message = message.and_then(|row| column(row, b"value"));
        Some(message.map_or(Columns::Without("`fields @message`"), Columns::Record))
    } else if rows.len() > 1 && rows.iter().all(|row| row.len() == 1) && rows.iter().any(|row| row[0].0 != rows[0][0].0)
    {
        let record = rows.iter().find_map(|row| column(row, b"eventJson"));
        Some(record.map_or(Columns::Without("the column eventJson"), Columns::Record))
    } else {
        None
    }
}
