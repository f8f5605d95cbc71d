//! One pass over the bytes of a record: checks that they are JSON which [`serde_json`] will accept, and hands out the
//! members of the outer object as slices of the text, building nothing.
//!
//! `serde_json::value::RawValue` would give the slices too, but it lets lone surrogates, numbers out of range and
//! any depth through; those would surface later, when a rule happens to ask for a field inside, or never.

use std::borrow::Cow;

use super::BadEvent;
use crate::bytes::block::{Block, at_most, is};

/// The deepest nesting of objects and arrays that is read, the outer object included: what `serde_json` reads.
pub(super) const MAX_DEPTH: u32 = 127;

/// Numbers written with more characters than this are checked for overflow even without an exponent.
const LONG_NUMBER: usize = 300;

/// Calls `member` with the key (as written, without its quotes) and the value (as written) of each member of the
/// object that `text` holds. The whole text is checked, whatever `member` does.
pub(super) fn object<'a>(text: &'a str, mut member: impl FnMut(&'a str, &'a str)) -> Result<(), BadEvent> {
    let bytes = text.as_bytes();
    let mut scan = Scan { text, bytes, at: 0, block: 0, special: special_bytes(&Block::at(bytes, 0, 0)) };
    scan.space();
    scan.demand(b'{', "`{`")?;
    scan.space();
    if scan.peek() == Some(b'}') {
        scan.at += 1;
    } else {
        loop {
            scan.space();
            let key = scan.key()?;
            let start = scan.at;
            scan.value()?;
            member(key, &text[start..scan.at]);
            scan.space();
            match scan.peek() {
                Some(b',') => scan.at += 1,
                Some(b'}') => break scan.at += 1,
                _ => return Err(scan.syntax("`,` or `}`")),
            }
        }
    }
    scan.space();
    if scan.at < scan.bytes.len() { Err(scan.syntax("the end of the record")) } else { Ok(()) }
}

/// The value of `name` in the object that `raw` holds; the last one where the key is repeated. `None` where `raw` is
/// no object or has no such key.
pub(super) fn member<'a>(raw: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    object(raw, |key, value| {
        if is_key(key, name) {
            found = Some(value);
        }
    })
    .ok()?;
    found
}

/// Whether a key as written spells `name`.
fn is_key(written: &str, name: &str) -> bool {
    written == name || unescape(written) == name
}

/// What a string's content as written (without its quotes) spells.
pub(super) fn unescape(written: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', written.as_bytes()).is_some() {
        // The text was scanned, so this cannot fail; were it to, the text as written is the honest answer.
        serde_json::from_str(&format!("\"{written}\"")).map_or(Cow::Borrowed(written), Cow::Owned)
    } else {
        Cow::Borrowed(written)
    }
}

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Where the block that was looked at last begins, and which of its bytes are special in strings.
    block: usize,
    special: u64,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn syntax(&self, expected: &'static str) -> BadEvent {
        BadEvent::Syntax { offset: self.at, expected }
    }

    fn demand(&mut self, byte: u8, expected: &'static str) -> Result<(), BadEvent> {
        if self.peek() != Some(byte) {
            return Err(self.syntax(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// A key and its colon, up to the first byte of the value. Returns what stands between the quotes.
    fn key(&mut self) -> Result<&'a str, BadEvent> {
        self.demand(b'"', "a key in quotes")?;
        let start = self.at;
        self.string()?;
        let key = &self.text[start..self.at - 1];
        self.space();
        self.demand(b':', "`:`")?;
        self.space();
        Ok(key)
    }

    /// One value inside the outer object, however deep, without recursion.
    fn value(&mut self) -> Result<(), BadEvent> {
        // One bit per open container, the innermost lowest: 1 for an object, 0 for an array.
        let mut objects: u128 = 0;
        let mut depth = 0;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.string()?;
                }
                Some(open @ (b'{' | b'[')) => {
                    if depth + 1 == MAX_DEPTH {
                        return Err(BadEvent::TooDeep { offset: self.at, limit: MAX_DEPTH });
                    }
                    self.at += 1;
                    self.space();
                    let object = open == b'{';
                    if self.peek() == Some(if object { b'}' } else { b']' }) {
                        self.at += 1;
                    } else {
                        depth += 1;
                        objects = objects << 1 | u128::from(object);
                        if object {
                            self.key()?;
                        }
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word("true")?,
                Some(b'f') => self.word("false")?,
                Some(b'n') => self.word("null")?,
                _ => return Err(self.syntax("a value")),
            }
            loop {
                if depth == 0 {
                    return Ok(());
                }
                self.space();
                let object = objects & 1 == 1;
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        self.space();
                        if object {
                            self.key()?;
                        }
                        break;
                    }
                    Some(b'}') if object => {}
                    Some(b']') if !object => {}
                    _ => return Err(self.syntax(if object { "`,` or `}`" } else { "`,` or `]`" })),
                }
                self.at += 1;
                objects >>= 1;
                depth -= 1;
            }
        }
    }

    fn word(&mut self, word: &'static str) -> Result<(), BadEvent> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.syntax("a value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn digits(&mut self) -> Result<(), BadEvent> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.syntax("a digit"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), BadEvent> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        let exponent = matches!(self.peek(), Some(b'e' | b'E'));
        if exponent {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        // The rare number that could overflow is judged by the parser that will read it.
        if (exponent || self.at - start > LONG_NUMBER)
            && serde_json::from_str::<serde_json::Number>(&self.text[start..self.at]).is_err()
        {
            return Err(BadEvent::NumberRange { offset: start });
        }
        Ok(())
    }

    /// The rest of a string, from behind its opening quote to behind its closing one.
    fn string(&mut self) -> Result<(), BadEvent> {
        loop {
            self.at = self.next_special();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.syntax("an escape in place of the control character")),
                None => return Err(self.syntax("the end of the string")),
            }
        }
    }

    /// Where the next byte is that is special in a string: a quote, a backslash, a control character, or the end.
    fn next_special(&mut self) -> usize {
        let mut at = self.at;
        loop {
            let inside = at - self.block;
            if inside < Block::SIZE {
                let special = self.special >> inside;
                if special != 0 {
                    return at + special.trailing_zeros() as usize;
                }
                at = self.block + Block::SIZE;
            }
            self.block = at;
            self.special = special_bytes(&Block::at(self.bytes, at, 0));
        }
    }

    fn escape(&mut self) -> Result<(), BadEvent> {
        let start = self.at;
        match self.bytes.get(start + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let lone = match self.unicode()? {
                    0xDC00..=0xDFFF => true,
                    0xD800..=0xDBFF => {
                        !self.bytes[self.at..].starts_with(b"\\u") || !matches!(self.unicode()?, 0xDC00..=0xDFFF)
                    }
                    _ => false,
                };
                if lone {
                    return Err(BadEvent::LoneSurrogate { offset: start });
                }
            }
            _ => return Err(self.syntax("an escape that JSON knows")),
        }
        Ok(())
    }

    /// `\uXXXX`, from its backslash to behind its last digit.
    fn unicode(&mut self) -> Result<u32, BadEvent> {
        let digits = self.bytes.get(self.at + 2..self.at + 6).unwrap_or_default();
        if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(self.syntax("four hexadecimal digits after `\\u`"));
        }
        self.at += 6;
        Ok(digits.iter().fold(0, |unit, &digit| unit * 16 + char::from(digit).to_digit(16).unwrap_or(0)))
    }
}

/// The bytes that are a quote, a backslash or a control character.
fn special_bytes(block: &Block) -> u64 {
    block.mask(|lane| is(lane, b'"') | is(lane, b'\\') | at_most(lane, 0x1f))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn check(text: &str) -> Result<(), BadEvent> {
        object(text, |_, _| {})
    }

    #[test]
    fn hands_out_members_as_written() {
        let text = r#" { "a" : {"x":[1,{"y":"}"}]} , "b\u0063":"v\"w", "a":-1.5e3 } "#;
        let mut members = Vec::new();
        object(text, |key, value| members.push((key, value))).unwrap();
        assert_eq!(members, [("a", r#"{"x":[1,{"y":"}"}]}"#), (r"b\u0063", r#""v\"w""#), ("a", "-1.5e3")]);
        assert_eq!(member(text, "a"), Some("-1.5e3"));
        assert_eq!(member(text, "bc"), Some(r#""v\"w""#));
        assert_eq!(member(text, "x"), None);
        assert_eq!(member("[1]", "x"), None);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (text, error) in [
            ("", BadEvent::Syntax { offset: 0, expected: "`{`" }),
            ("[]", BadEvent::Syntax { offset: 0, expected: "`{`" }),
            (r#"{"a":1"#, BadEvent::Syntax { offset: 6, expected: "`,` or `}`" }),
            (r#"{"a":}"#, BadEvent::Syntax { offset: 5, expected: "a value" }),
            (r#"{"a":01}"#, BadEvent::Syntax { offset: 6, expected: "`,` or `}`" }),
            (r#"{"a":[1,]}"#, BadEvent::Syntax { offset: 8, expected: "a value" }),
            (r#"{"a":1,}"#, BadEvent::Syntax { offset: 7, expected: "a key in quotes" }),
            (r#"{"a":1} x"#, BadEvent::Syntax { offset: 8, expected: "the end of the record" }),
            (
                "{\"a\":\"12345678\n\"}",
                BadEvent::Syntax { offset: 14, expected: "an escape in place of the control character" },
            ),
            (r#"{"a":"\x"}"#, BadEvent::Syntax { offset: 6, expected: "an escape that JSON knows" }),
            (r#"{"a":"b\ud800"}"#, BadEvent::LoneSurrogate { offset: 7 }),
            (r#"{"a":"\udc00\ud800"}"#, BadEvent::LoneSurrogate { offset: 6 }),
            (r#"{"a":"\ud83d\u0041"}"#, BadEvent::LoneSurrogate { offset: 6 }),
            (r#"{"a":[0,1e400]}"#, BadEvent::NumberRange { offset: 8 }),
        ] {
            assert_eq!(check(text), Err(error), "{text}");
        }
        assert_eq!(check(r#"{"a":"\ud83d\ude00","b":0e400,"c":1e-400}"#), Ok(()));
        assert!(matches!(check(&format!("{{\"a\":{}}}", "9".repeat(400))), Err(BadEvent::NumberRange { offset: 5 })));
    }

    #[test]
    fn reads_as_deep_as_the_parser_and_no_deeper() {
        for (open, close) in [("[", "]"), (r#"{"k":"#, "}")] {
            for (levels, good) in [(126, true), (127, false), (5000, false)] {
                let text = format!("{{\"a\":{}1{}}}", open.repeat(levels), close.repeat(levels));
                assert_eq!(check(&text).is_ok(), good, "{levels} × {open}");
                assert_eq!(serde_json::from_str::<Value>(&text).is_ok(), good, "{levels} × {open}");
            }
        }
    }

    /// Text made of the pieces JSON is made of, so that most of it is nearly right.
    fn nearly_json() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"a\":", "\"", "\\", "\\u00e9", "\\ud83d", "\\ude00", "1", "-",
            "0", ".5", "e9", "E-2", "e400", "true", "false", "null", " ", "\n", "\u{1}", "é", "12345678", "nul",
        ]);
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn accepts_exactly_what_the_parser_accepts(inner in nearly_json()) {
            for text in [inner.clone(), format!("{{\"a\":{inner}}}"), format!("{{\"a\":[{inner}]}}"), format!("{{\"{inner}\":1}}")] {
                let parsed = serde_json::from_str::<Value>(&text);
                prop_assert_eq!(check(&text).is_ok(), matches!(parsed, Ok(Value::Object(_))), "{}", text);
            }
        }
    }
}
