//! Takes records out of what other programs put around them: the answers of `aws cloudtrail lookup-events` and
//! `aws logs`, EventBridge, SQS and SNS, Splunk, Elasticsearch, Wazuh, CloudTrail Lake, and every shipper that has a
//! field for the line it read.
//!
//! Where records lie is one table of keys ([`super::places`]). What is found there may be an object, JSON as text, a list of
//! either, or a whole delivery file, and may be an envelope again, at most [`MAX_LAYERS`] deep. Text may begin with
//! something that is no JSON, as syslog and `aws logs tail` write it. A record found in an envelope is the record
//! itself, byte for byte once unescaped: its event has the same id and raises the same alert as without.
//!
//! A document that is ECS already stays as it is, and so does one whose `message` or `event.original` is the text of
//! one record: `event` maps the record and keeps what the shipper says beside it.
//!
//! Nothing that looks like an envelope is dropped in silence: what holds no record is handed back to be named.

mod text;

use memchr::memchr;

use self::text::Columns;
use super::object::{self, Kind};
use super::places::{Envelope, ROWS, Row, SHIPPER};
use super::scan::{Members, skip_value};

pub(super) use self::text::line;

/// Most envelopes around one record. Each layer of text at least doubles the backslashes of the one inside, so deeper
/// ones are no accident of transport.
pub const MAX_LAYERS: usize = 4;

/// Text by itself, or with something that is no JSON before the record.
const TEXT: Envelope = Envelope("text");

/// What was found in an envelope.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// A record, or a document that is ECS for certain, and the outermost thing that it lay in.
    Record(&'a [u8], Option<Envelope>),
    /// What may be a document, in the same way.
    Document(&'a [u8], Option<Envelope>),
    /// Something that is left out of detection: an insight, a digest, a control message.
    LeftOut,
    /// An object that is none of these.
    Unknown(&'a [u8]),
    /// Something that cannot be read, and why.
    Bad(String),
}

/// Receives what is found.
type Sink<'s> = dyn FnMut(Found<'_>) + 's;

/// Opens `value`, which is no record by itself: an object, or an array or a string where an object should be.
pub(super) fn open(value: &[u8], sink: &mut Sink<'_>) {
    Opening { layer: 0, outermost: None }.value(value, sink);
}

/// Where opening stands.
#[derive(Debug, Clone, Copy)]
struct Opening {
    layer: usize,
    outermost: Option<Envelope>,
}

impl Opening {
    /// One layer further in.
    fn inside(self, envelope: Envelope) -> Option<Self> {
        (self.layer < MAX_LAYERS).then(|| Self { layer: self.layer + 1, outermost: self.outermost.or(Some(envelope)) })
    }

    fn value(self, value: &[u8], sink: &mut Sink<'_>) {
        match value.first() {
            Some(b'{') => self.object(value, sink),
            Some(b'[') => self.array(value, sink),
            Some(b'"') => self.string(value, sink),
            _ => sink(Found::Bad(format!("{} where a record should be", object::quote(value)))),
        }
    }

    fn object(self, object: &[u8], sink: &mut Sink<'_>) {
        match object::kind(object) {
            Kind::Record => sink(Found::Record(object, self.outermost)),
            Kind::Insight | Kind::Digest => sink(Found::LeftOut),
            Kind::Document if is_mapped(object) || holds_one_record(object) => {
                sink(Found::Record(object, self.outermost));
            }
            kind @ (Kind::Document | Kind::Unknown) => self.envelope(object, kind, sink),
        }
    }

    /// Looks where the table says that records may lie.
    fn envelope(self, object: &[u8], kind: Kind, sink: &mut Sink<'_>) {
        let (mut said, mut document) = (None, None::<(Vec<u8>, Option<Envelope>)>);
        for row in &ROWS {
            let values = row.values(object);
            if values.is_empty() {
                continue;
            }
            let Some(inside) = self.inside(row.envelope) else {
                sink(Found::Bad(format!("envelopes in envelopes, more than {MAX_LAYERS} deep")));
                return;
            };
            let (mut good, mut documents, mut bad) = (false, Vec::new(), Vec::new());
            for value in values {
                inside.value(value, &mut |found| match found {
                    Found::Record(..) | Found::LeftOut => {
                        good = true;
                        sink(found);
                    }
                    Found::Document(bytes, envelope) => documents.push((bytes.to_vec(), envelope)),
                    Found::Unknown(object) => bad.push(object::describe(object)),
                    Found::Bad(reason) => bad.push(reason),
                });
            }
            if good {
                documents.iter().for_each(|(document, envelope)| sink(Found::Document(document, *envelope)));
                bad.into_iter().for_each(|reason| sink(Found::Bad(reason)));
                return;
            }
            document = document.or(documents.into_iter().next());
            let says = bad.into_iter().next().map(|reason| format!("in {}: {reason}", row.envelope.0));
            said = said.or(says.filter(|_| row.envelope != SHIPPER));
        }
        match (document, said) {
            // What a field of a document holds need not be a record.
            _ if kind == Kind::Document => sink(Found::Document(object, self.outermost)),
            (Some((document, envelope)), _) => sink(Found::Document(&document, envelope)),
            (None, Some(reason)) => sink(Found::Bad(reason)),
            (None, None) => sink(Found::Unknown(object)),
        }
    }

    fn array(self, array: &[u8], sink: &mut Sink<'_>) {
        match text::columns(array) {
            Some(Columns::Record(record)) => self.value(record, sink),
            Some(Columns::Without(what)) => {
                sink(Found::Bad(format!("a row of columns, none of which holds the whole record: ask for {what}")));
            }
            None => elements(array).for_each(|element| self.value(element, sink)),
        }
    }

    fn string(self, quoted: &[u8], sink: &mut Sink<'_>) {
        match serde_json::from_slice::<String>(quoted) {
            Ok(text) => Self { outermost: self.outermost.or(Some(TEXT)), ..self }.text(&text, sink),
            Err(error) => sink(Found::Bad(format!("a string that cannot be read: {error}"))),
        }
    }
}

impl Row {
    /// The values at this place of `object`; several where a key is repeated.
    fn values<'a>(&self, object: &'a [u8]) -> Vec<&'a [u8]> {
        let mut values = Vec::new();
        follow(object, self.path, &mut values);
        values
    }
}

/// The values at `path`, below `value`.
fn follow<'a>(value: &'a [u8], path: &[&str], found: &mut Vec<&'a [u8]>) {
    let Some((key, rest)) = path.split_first() else {
        found.push(value);
        return;
    };
    let members = Members::of(value).filter(|(name, _)| *name == key.as_bytes());
    members.for_each(|(_, value)| follow(whole(value), rest, found));
}

/// The value that `text` begins with.
fn whole(text: &[u8]) -> &[u8] {
    skip_value(text).map_or(text, |end| &text[..end])
}

/// The elements of an array, up to the first place that is not shaped like one.
fn elements(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = array.strip_prefix(b"[").unwrap_or_default();
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
        let end = skip_value(rest).filter(|end| *end > 0)?;
        let element = &rest[..end];
        rest = &rest[end..];
        Some(element.trim_ascii_end())
    })
}

/// Whether a document says what was called, or came from the integration: then it is ECS, whatever else it holds.
fn is_mapped(document: &[u8]) -> bool {
    let has = |object: &[u8], keys: &[&[u8]]| Members::of(object).any(|(key, _)| keys.contains(&key));
    Members::of(document).any(|(key, value)| match key {
        b"event" => value.starts_with(b"{") && has(value, &[b"action", b"provider"]),
        b"aws" => value.starts_with(b"{") && has(value, &[b"cloudtrail"]),
        b"event.action" | b"event.provider" => true,
        _ => key.starts_with(b"aws.cloudtrail"),
    })
}

/// Whether a document in Elastic's sense holds, as the text that a shipper read, one CloudTrail record and nothing else.
fn holds_one_record(document: &[u8]) -> bool {
    let is_elastic = |key: &[u8]| matches!(key, b"@timestamp" | b"event" | b"ecs") || key.starts_with(b"event.");
    if !Members::of(document).any(|(key, _)| is_elastic(key)) {
        return false;
    }
    let mut values = Vec::new();
    for path in [&["event.original"][..], &["event", "original"], &["message"]] {
        follow(document, path, &mut values);
    }
    let Some(quoted) = values.first().filter(|value| value.starts_with(b"\"")) else { return false };
    // Most are told by the first key, which needs no unescaping of the rest.
    if memchr(b'{', &quoted[..quoted.len().min(16)]).is_none() {
        return false;
    }
    let Ok(text) = serde_json::from_slice::<String>(quoted) else { return false };
    let text = text.trim().as_bytes();
    text.starts_with(b"{") && skip_value(text) == Some(text.len()) && object::kind(text) == Kind::Record
}

#[cfg(test)]
mod tests;
