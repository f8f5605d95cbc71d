//! A look at the bytes of a record, without parsing it: which call it is of, and which strings occur in it. Only what is
//! certain counts; otherwise the record has to be parsed.

use super::escapes::{ESCAPES, may_spell};
use crate::bytes::any_of::{AnyOf, Found};

/// How CloudTrail begins a record.
const BEGINS: &[u8] = br#"{"eventVersion":""#;

/// The keys of the action and its service, by their rarer part, and how they begin.
const KEYS: [&str; 2] = [r#"tName""#, r#"tSource""#];
const KEYS_BEGIN: &[u8] = br#""even"#;

/// Where the strings begin among all that is searched for.
const STRINGS: usize = ESCAPES.len() + KEYS.len();

/// What the bytes of a record show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Peek<'a> {
    /// `event.action`, if the record has one.
    pub(super) action: &'a str,
    /// `event.provider`, if the record has one.
    pub(super) provider: &'a str,
    /// A bit for each string: unset, it does not occur.
    pub(super) strings: u64,
}

#[derive(Debug)]
pub(super) struct Peeker {
    search: Option<AnyOf>,
    /// For each string as it is searched for, the bits of those that begin with it.
    bits: Vec<u64>,
}

impl Peeker {
    /// Most strings that can be searched for.
    pub(super) const MOST: usize = 48;

    /// Searches for the first [`Peeker::MOST`] of `strings`, which are made as [`crate::query::Query::literals`] says.
    pub(super) fn new(strings: &[&str]) -> Self {
        let strings = &strings[..strings.len().min(Self::MOST)];
        let mut searched = strings.to_vec();
        // Where two begin, the first is named.
        searched.sort_by_key(|string| string.len());
        let begins = |string: &str| {
            (0..).zip(strings).filter(|(_, longer)| longer.starts_with(string)).fold(0, |bits, (at, _)| bits | 1 << at)
        };
        let bits = searched.iter().map(|string| begins(string)).collect();
        Self { search: AnyOf::new(ESCAPES.into_iter().chain(KEYS).chain(searched)), bits }
    }

    /// `None` where `record` is not as CloudTrail writes it (a shipper's document, say), where a key is not there exactly
    /// once, and where something may be spelled with escapes.
    pub(super) fn peek<'r>(&self, record: &'r [u8]) -> Option<Peek<'r>> {
        let search = self.search.as_ref().filter(|_| record.starts_with(BEGINS))?;
        let mut call = [None; KEYS.len()];
        let mut strings = 0;
        for Found { text, at } in search.find_iter(record) {
            match text.checked_sub(ESCAPES.len()) {
                None if may_spell(record, at) => return None,
                None => {}
                Some(key) if key < KEYS.len() => {
                    let is_key = record[..at].ends_with(KEYS_BEGIN);
                    if is_key && call[key].replace(value(&record[at + KEYS[key].len()..])?).is_some() {
                        return None;
                    }
                }
                Some(_) => strings |= self.bits.get(text - STRINGS)?,
            }
        }
        let [action, provider] = call;
        Some(Peek { action: action?, provider: provider?, strings })
    }
}

/// The string behind a key, if none of it is escaped.
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
        let known = Some(Peek { action: "GetUser", provider: "iam.amazonaws.com", strings: 0 });
        let peeker = Peeker::new(&[]);
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
            assert_eq!(peeker.peek(record.as_bytes()), expected, "{record}");
        }
    }

    #[test]
    fn strings_that_may_occur_are_told() {
        let peeker = Peeker::new(&["AKIA", "Core", "AgentCore", "AKIA2"]);
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
            assert_eq!(peeker.peek(record.as_bytes()).unwrap().strings, expected, "{text}");
        }
    }
}
