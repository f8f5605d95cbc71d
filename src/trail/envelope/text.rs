//! Records in text: JSON values one after the other, perhaps behind something that is no JSON.

use super::{Found, MAX_LAYERS, Opening, Sink, TEXT, elements, whole};
use crate::trail::object::{self, Members};
use crate::trail::split::skip_value;

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
            let Some(brace) = memchr::memchr(b'{', &text[at..]) else { break };
            at += brace;
            let Some(end) = skip_value(&text[at..]) else {
                at += 1;
                continue;
            };
            // What is no record here may be anything: a tag, a header, a map of the shipper.
            inside.value(&text[at..at + end], &mut |found| {
                if let Found::Record(..) | Found::Document(..) | Found::LeftOut = found {
                    any = true;
                    sink(found);
                }
            });
            at += end;
        }
        if !any || damaged {
            sink(Found::Bad(object::begins_with(text)));
        }
    }
}

/// The `@message` of a row of CloudWatch Logs Insights, `[{"field":…,"value":…},…]`: nothing where `array` is no such
/// row, and no message where the row has none.
pub(super) fn row_of_insights(array: &[u8]) -> Option<Option<&[u8]>> {
    let columns = elements(array).map(|element| {
        let member = |name: &[u8]| Members::of(element).find(|(key, _)| *key == name).map(|(_, value)| whole(value));
        Some((member(b"field")?, member(b"value")?))
    });
    let columns: Vec<(&[u8], &[u8])> = columns.collect::<Option<_>>()?;
    let message = columns.iter().find(|(field, _)| *field == br#""@message""#).map(|(_, value)| *value);
    (!columns.is_empty()).then_some(message)
}
