//! What becomes of a value once its end is known: a record is given, an envelope opened, the rest left out or named.

use memchr::memchr;

use super::super::envelope::{self, Found};
use super::super::foreign;
use super::super::object::{self, Kind};
use super::super::places::Envelope;
use super::super::record::ContentRecord;
use super::super::scan::MAX_RECORD;
use super::{Mode, RESYNC_KEY, RecordSink, Splitter, Used};

/// Gives the records of one value offsets of their own: where a record stands in the value as it is, its place; for one
/// that was text, the first byte behind the record before it, or the beginning of the value.
struct Places<'v> {
    value: &'v [u8],
    offset: u64,
    next: u64,
}

impl<'v> Places<'v> {
    fn of(value: &'v [u8], offset: u64) -> Self {
        Self { value, offset, next: offset }
    }

    fn next(&mut self, record: &[u8]) -> u64 {
        let at = record.as_ptr().addr().checked_sub(self.value.as_ptr().addr());
        let at = at.filter(|at| at + record.len() <= self.value.len()).map(|at| self.offset + at as u64);
        let place = at.unwrap_or(self.next);
        self.next = place + 1;
        place
    }
}

impl Splitter {
    pub(super) fn judge_element(&mut self, element: &[u8], offset: u64, sink: &mut RecordSink<'_>) {
        let in_delivery = self.array.is_some_and(|array| array.envelope.is_none());
        match element[0] {
            b'[' | b'"' => self.open(element, offset, sink),
            _ if in_delivery && object::is_ordinary(element) && !object::is_insight(element) => {
                self.give(element, offset, sink);
            }
            _ => self.judge_object(element, offset, sink),
        }
    }

    pub(super) fn judge_object(&mut self, object: &[u8], offset: u64, sink: &mut RecordSink<'_>) {
        match object::kind(object) {
            Kind::Record => self.give(object, offset, sink),
            Kind::Document | Kind::Unknown => self.open(object, offset, sink),
            Kind::Insight => self.out.left_out += 1,
            Kind::Digest => {
                self.out.left_out += 1;
                self.saw.digests += 1;
            }
        }
    }

    fn give(&mut self, record: &[u8], offset: u64, sink: &mut RecordSink<'_>) {
        self.remember_first_key(record);
        self.hand_on(record, offset, None, sink);
    }

    fn hand_on(&mut self, bytes: &[u8], offset: u64, inner: Option<Envelope>, sink: &mut RecordSink<'_>) {
        let envelope = self.array.and_then(|array| array.envelope).or(inner);
        self.out.records += 1;
        if let Some(envelope) = envelope {
            *self.out.opened.entry(envelope).or_default() += 1;
        }
        sink(ContentRecord { bytes, offset, envelope });
    }

    /// Gives what is found in a value that is no record by itself.
    fn open(&mut self, value: &[u8], offset: u64, sink: &mut RecordSink<'_>) {
        let whole = self.any_object && value[0] == b'{';
        let before = self.out.records + self.out.left_out;
        let mut places = Places::of(value, offset);
        envelope::open(value, &mut |found| match found {
            Found::Record(bytes, envelope) | Found::Document(bytes, envelope) => {
                self.remember_first_key(value);
                self.hand_on(bytes, places.next(bytes), envelope, sink);
            }
            Found::LeftOut => self.out.left_out += 1,
            Found::Unknown(_) | Found::Bad(_) if whole => {}
            Found::Unknown(object) => self.unknown(object, offset),
            Found::Bad(reason) => self.bad(offset, reason),
        });
        if whole && before == self.out.records + self.out.left_out {
            self.give(value, offset, sink);
        }
    }

    fn unknown(&mut self, object: &[u8], offset: u64) {
        if self.out.bad_total == 0 {
            self.other = foreign::of_object(object);
        }
        self.bad(offset, object::describe(object));
    }

    /// The elements of an array are found again by the key that the first good one begins with.
    fn remember_first_key(&mut self, element: &[u8]) {
        if self.out.records == 0
            && let Some(key) = object::first_key(element).filter(|key| key.len() <= RESYNC_KEY)
        {
            self.first_key = [b"\"", key, b"\""].concat();
        }
    }

    /// Takes in a line that does not begin with an object, `blank` bytes from here: records may stand in it all the same.
    pub(super) fn text(&mut self, value: &[u8], blank: usize, end: bool, sink: &mut RecordSink<'_>) -> Used {
        let offset = self.here + blank as u64;
        let length = match memchr(b'\n', &value[..value.len().min(MAX_RECORD)]) {
            Some(newline) => newline + 1,
            None if !end && value.len() < MAX_RECORD => return Used(blank, true),
            None if value.len() > MAX_RECORD || self.nothing_to_open(value) => {
                self.bad_line(offset, value);
                return Used(blank, false);
            }
            None => value.len(),
        };
        let line = &value[..length];
        if self.nothing_to_open(line) {
            self.bad_line(offset, value);
            return Used(blank, false);
        }
        let (records, mut bad) = (self.out.records + self.out.left_out, None);
        let mut places = Places::of(line, offset);
        envelope::line(line, &mut |found| match found {
            Found::Record(bytes, envelope) | Found::Document(bytes, envelope) => {
                self.hand_on(bytes, places.next(bytes), envelope, sink);
            }
            Found::LeftOut => self.out.left_out += 1,
            Found::Unknown(object) => bad = bad.take().or_else(|| Some(object::describe(object))),
            Found::Bad(reason) => bad = bad.take().or(Some(reason)),
        });
        if self.out.records + self.out.left_out == records {
            self.bad_line(offset, value);
            return Used(blank, false);
        }
        if let Some(reason) = bad {
            self.bad(offset, reason);
        }
        self.saw.documents += 1;
        self.saw.line = true;
        self.ended(blank + length);
        Used(blank + length, false)
    }

    /// Whether nothing in a line can be a record.
    fn nothing_to_open(&self, line: &[u8]) -> bool {
        memchr(b'{', line).is_none()
    }

    fn bad_line(&mut self, offset: u64, value: &[u8]) {
        if self.out.bad_total == 0 {
            self.other = foreign::of_line(value);
        }
        self.bad(offset, object::begins_with(value));
        self.pass_over(Mode::Line { from: offset, searched: 0, brace: false });
    }
}
