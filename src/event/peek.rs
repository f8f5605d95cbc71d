//! A look at the bytes of a record: which call it is of, and which of some texts stand in it, told without reading it.
//! What cannot be told at a glance for certain is not told, and the record has to be read.

use super::searchable::{ESCAPES, may_spell};
use crate::bytes::any_of::{AnyOf, Found};

/// How CloudTrail begins a record.
const BEGINS: &[u8] = br#"{"eventVersion":""#;

/// The keys of the call and its service, by their rarer part, and how they begin.
const KEYS: [&str; 2] = [r#"tName""#, r#"tSource""#];
const KEYS_BEGIN: &[u8] = br#""even"#;

/// Before the texts that are looked for.
const OWN: usize = ESCAPES.len() + KEYS.len();

/// What is told of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peek<'a> {
    /// `event.action`, if it has one.
    pub action: &'a str,
    /// `event.provider`, if it has one.
    pub provider: &'a str,
    /// Which of the texts may stand in it, a bit for each by its place. One whose bit is not set does not.
    pub texts: u64,
}

/// Looks at records.
#[derive(Debug)]
pub struct Glancer {
    search: Option<AnyOf>,
    /// For each text as it is searched for, the bits of those that begin with it.
    bits: Vec<u64>,
}

impl Glancer {
    /// The most texts that can be looked for.
    pub const MOST: usize = 48;

    /// Looks for the first [`Glancer::MOST`] of `texts`, which are made of ASCII letters, digits, `.`, `_` and `-`, perhaps
    /// with the quote before a string.
    #[must_use]
    pub fn new(texts: &[&str]) -> Self {
        let texts = &texts[..texts.len().min(Self::MOST)];
        let mut searched = texts.to_vec();
        // Where two begin, the first is named.
        searched.sort_by_key(|text| text.len());
        let begins = |text: &str| {
            (0..).zip(texts).filter(|(_, longer)| longer.starts_with(text)).fold(0, |bits, (at, _)| bits | 1 << at)
        };
        let bits = searched.iter().map(|text| begins(text)).collect();
        Self { search: AnyOf::new(ESCAPES.into_iter().chain(KEYS).chain(searched)), bits }
    }

    /// What is told of `record`, if it is one that CloudTrail wrote, and no event that a shipper made of one. `None` where
    /// that takes reading it: a key is not there exactly once, or something may be spelled with escapes.
    #[must_use]
    pub fn look<'r>(&self, record: &'r [u8]) -> Option<Peek<'r>> {
        let search = self.search.as_ref().filter(|_| record.starts_with(BEGINS))?;
        let mut call = [None; KEYS.len()];
        let mut texts = 0;
        for Found { text, at } in search.find_iter(record) {
            match text.checked_sub(ESCAPES.len()) {
                // Behind a backslash it is text, which may be read once more.
                None if record[..at].ends_with(br"\") || may_spell(&record[at..]) => return None,
                None => {}
                Some(key) if key < KEYS.len() => {
                    let is_key = record[..at].ends_with(KEYS_BEGIN);
                    if is_key && call[key].replace(value(&record[at + KEYS[key].len()..])?).is_some() {
                        return None;
                    }
                }
                Some(_) => texts |= self.bits.get(text - OWN)?,
            }
        }
        let [action, provider] = call;
        Some(Peek { action: action?, provider: provider?, texts })
    }
}

/// The text behind a key, if it is one that is spelled as it is.
fn value(behind: &[u8]) -> Option<&str> {
    let text = behind.strip_prefix(br#":""#)?;
    let end = memchr::memchr2(b'"', b'\\', text)?;
    (text[end] == b'"').then(|| std::str::from_utf8(&text[..end]).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_certain_is_told_and_nothing_else() {
        let known = Some(Peek { action: "GetUser", provider: "iam.amazonaws.com", texts: 0 });
        let glancer = Glancer::new(&[]);
        for (record, expected) in [
            (r#"{"eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventName":"GetUser"}"#, known),
            (
                r#"{"eventVersion":"1.11","a":"x\u003dy","eventSource":"iam.amazonaws.com","eventName":"GetUser"}"#,
                known,
            ),
            (
                r#"{"eventVersion":"1.11","clientName":"x","eventSource":"iam.amazonaws.com","eventName":"GetUser"}"#,
                known,
            ),
            (r#"{"eventVersion":"1.11","a":"\u0065","eventSource":"iam.amazonaws.com","eventName":"GetUser"}"#, None),
            (r#"{"eventVersion":"1.11","a":"\\u003d","eventSource":"iam.amazonaws.com","eventName":"GetUser"}"#, None),
            (r#"{"eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventName":"Get\/User"}"#, None),
            (r#"{"eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventName":5}"#, None),
            (r#"{"eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventName": "GetUser"}"#, None),
            (
                r#"{"eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventName":"GetUser","eventName":"A"}"#,
                None,
            ),
            (r#"{"eventVersion":"1.11","eventSource":"iam.amazonaws.com"}"#, None),
            (r#"{"message":"","eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventName":"GetUser"}"#, None),
            (r#"{"eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventName":"GetUser"#, None),
        ] {
            assert_eq!(glancer.look(record.as_bytes()), expected, "{record}");
        }
    }

    #[test]
    fn texts_that_may_stand_there_are_told() {
        let glancer = Glancer::new(&["AKIA", "Core", "AgentCore", "AKIA2"]);
        for (text, expected) in [
            ("", 0),
            ("AKI", 0),
            ("AKIA", 0b1001),
            ("xAKIA2x", 0b1001),
            ("AgentCore", 0b0110),
            ("core Core", 0b0010),
            ("AKIAgentCore", 0b1111),
        ] {
            let record = format!(r#"{{"eventVersion":"1.11","eventSource":"s","eventName":"A","a":"{text}"}}"#);
            assert_eq!(glancer.look(record.as_bytes()).unwrap().texts, expected, "{text}");
        }
    }
}
