//! Splits the content of a file into records, in one pass, without building values.
//!
//! A file is a sequence of top-level JSON values: CloudTrail delivery documents, arrays of records, records, digests.
//! One of them pretty-printed, one a line, several joined end to end (what decompressing a folder into one stream gives)
//! are all the same to the splitter; [`Content`] only names what was seen. Which of them an object is, its keys decide;
//! what is none of them goes to [`super::envelope`], which may find records in it.
//!
//! Bytes are pushed in pieces of any size; what comes out does not depend on how they were cut. The splitter keeps the
//! beginning of a value that has not ended yet, at most [`MAX_RECORD`] bytes.
//!
//! Something broken is reported once, with its offset, and splitting goes on behind it: at the next line at the top of a
//! file, at the next object that begins like the first good record inside an array, behind the end of one that is too long.

mod array;
mod judge;
mod limits;
mod long;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::BTreeMap;

use memchr::{memchr, memmem};

use self::long::Long;
use super::object::{self, Kind};
use super::places::Envelope;
use super::problem::Problem;
use super::record::{BadRecord, Content, ContentRecord};
use super::scan::{Elements, Fault, MAX_RECORD, Scanner, Step};

/// The same for a record that is too long, and in a file that has shown itself to be a log.
const MAX_STRETCH_IN_LOG: u64 = 1 << 30;

/// Bad records kept with their reason; all are counted.
pub const BAD_KEPT: usize = 100;

/// Longest first key to find back in by.
const RESYNC_KEY: usize = 64;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What gzip data begins with, and no text.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// What splitting a file came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Split {
    /// What it is; `None` when it is no log.
    pub(super) content: Option<Content>,
    /// Records given.
    pub(super) records: u64,
    /// Insight events and digests seen and left out.
    pub(super) left_out: u64,
    /// Records that lay in an envelope, counted by it.
    pub(super) opened: Opened,
    /// Bad stretches, the first [`BAD_KEPT`] of them. Something that is no log has none.
    pub(super) bad: Vec<BadRecord>,
    /// All bad stretches.
    pub(super) bad_total: u64,
    /// Offset behind the last top-level value (or bad line) that has ended.
    pub(super) consumed: u64,
    /// Bad stretches before that offset.
    pub(super) bad_consumed: u64,
    /// Whether the content ended between two top-level values or with a bad line.
    pub(super) complete: bool,
    /// The last line is bad and has no line break at its end.
    pub(super) open_line: bool,
    /// What is wrong with it as a whole.
    pub(super) problem: Option<Problem>,
}

/// What was seen up to an offset, all of it whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SoFar {
    pub(super) offset: u64,
    pub(super) records: u64,
    pub(super) left_out: u64,
    pub(super) bad_total: u64,
}

/// Records counted by the envelope that they lay in.
pub type Opened = BTreeMap<Envelope, u64>;

/// Where the splitter stands.
#[derive(Debug)]
enum Mode {
    /// Between top-level values.
    Top,
    /// In an object at the top, or in what follows its `Records` array.
    Document(Scanner),
    /// Between the elements of an array.
    Elements,
    /// In an element of an array.
    Element(Scanner),
    /// Passing over the rest of a bad line. `searched` bytes hold no end; `brace`: the next line must begin with `{`.
    Line { from: u64, searched: usize, brace: bool },
    /// Passing over a bad element of an array.
    Resync { from: u64, searched: usize },
    /// Passing over a value that is too long, to its end.
    Long(Long),
    /// Where plain text has ended and packed data begins.
    Packed,
    /// Given up.
    Stopped,
}

/// What one step did: how many bytes it used, and whether it needs more to go on.
struct Used(usize, bool);

/// Receives the records of a file.
pub(super) type RecordSink<'s> = dyn FnMut(ContentRecord<'_>) + 's;

/// A splitter for one file's content.
#[derive(Debug)]
pub(super) struct Splitter {
    mode: Mode,
    /// Bytes that belong to a value that has not ended.
    kept: Vec<u8>,
    /// Offset of the next byte to use.
    here: u64,
    /// Offset behind the last record, bad stretch or array.
    progress: u64,
    /// The array of a document that is being read.
    array: Option<Elements>,
    /// What comes goes on with lines of records.
    going_on: bool,
    /// An object that is nothing else is given as it is.
    any_object: bool,
    /// What comes stands like this in the file: packed data in it can be told.
    may_be_packed: bool,
    saw: Saw,
    /// What the first bad stretch is of, when nothing else was there.
    other: Option<&'static str>,
    first_key: Vec<u8>,
    out: Split,
}

/// What the content has shown itself to be made of.
#[derive(Debug, Default)]
struct Saw {
    deliveries: bool,
    arrays: bool,
    digests: u64,
    documents: u64,
    /// The first document covers several lines.
    pretty: bool,
    /// The first document covers one line that has ended.
    line: bool,
}

impl Splitter {
    /// A splitter for content that begins at `origin`, using `kept` as memory.
    pub(super) fn new(origin: u64, mut kept: Vec<u8>) -> Self {
        kept.clear();
        Self {
            mode: Mode::Top,
            kept,
            here: origin,
            progress: origin,
            array: None,
            going_on: false,
            any_object: false,
            may_be_packed: false,
            saw: Saw::default(),
            other: None,
            first_key: b"\"eventVersion\"".to_vec(),
            out: Split { consumed: origin, ..Split::default() },
        }
    }

    /// Says whether the content goes on with lines of records read before: nothing in it can make it no log.
    pub(super) fn going_on(mut self, going_on: bool) -> Self {
        self.going_on = going_on;
        self
    }

    /// Says whether every object is a record: what is none of CloudTrail's, no document and no envelope of them, too.
    pub(super) fn any_object(mut self, any_object: bool) -> Self {
        self.any_object = any_object;
        self
    }

    /// Takes the next bytes and gives the records that end in them.
    pub(super) fn feed(&mut self, bytes: &[u8], sink: &mut RecordSink<'_>) {
        if self.kept.is_empty() {
            let used = self.run(bytes, false, sink);
            self.kept.extend_from_slice(&bytes[used..]);
        } else {
            let mut kept = std::mem::take(&mut self.kept);
            kept.extend_from_slice(bytes);
            let used = self.run(&kept, false, sink);
            kept.drain(..used);
            self.kept = kept;
        }
    }

    /// Whether it has given up, so that further bytes change nothing.
    pub(super) fn stopped(&self) -> bool {
        matches!(self.mode, Mode::Stopped)
    }

    /// Ends the content, and gives back the memory. `last` says that nothing will follow what is there: a value that has
    /// not ended is then bad, and lines behind it are looked at.
    pub(super) fn finish(mut self, last: bool, sink: &mut RecordSink<'_>) -> (Split, Vec<u8>) {
        let kept = std::mem::take(&mut self.kept);
        let mut at = 0;
        loop {
            at += self.run(&kept[at..], true, sink);
            let rest = &kept[at..];
            let next_line = match self.mode {
                Mode::Document(_) if last && self.array.is_none() => memmem::find(rest, b"\n{"),
                _ => None,
            };
            let Some(newline) = next_line else { break };
            self.bad(self.here, "a record that does not end".to_owned());
            at += newline + 1;
            self.ended(newline + 1);
            self.here += newline as u64 + 1;
        }
        self.judge(&kept[at..], last);
        (self.out, kept)
    }

    /// Uses as much of `data` as it can and returns how much.
    fn run(&mut self, data: &[u8], end: bool, sink: &mut RecordSink<'_>) -> usize {
        let mut at = 0;
        loop {
            let rest = &data[at..];
            if rest.is_empty() {
                return at;
            }
            let Used(used, starved) = match std::mem::replace(&mut self.mode, Mode::Stopped) {
                Mode::Top => self.top(rest, end, sink),
                Mode::Document(scanner) => self.document(rest, scanner, sink),
                Mode::Elements => self.elements(rest, end),
                Mode::Element(scanner) => self.element(rest, scanner, sink),
                Mode::Line { from, searched, brace } => self.line(rest, end, from, searched, brace),
                Mode::Resync { from, searched } => self.resync(rest, from, searched),
                Mode::Long(long) => self.long(rest, long),
                Mode::Packed => self.packed(),
                Mode::Stopped => Used(rest.len(), true),
            };
            at += used;
            self.here += used as u64;
            if starved {
                return at;
            }
        }
    }

    fn top(&mut self, rest: &[u8], end: bool, sink: &mut RecordSink<'_>) -> Used {
        let blank = rest.len() - rest.trim_ascii_start().len();
        if let Some(used) = self.endless(rest, blank) {
            return used;
        }
        if self.saw.documents == 1 && !self.saw.pretty && memchr(b'\n', &rest[..blank]).is_some() {
            self.saw.line = true;
        }
        self.mode = Mode::Top;
        let value = &rest[blank..];
        if value.is_empty() || (!end && value.len() < BOM.len() && BOM.starts_with(value)) {
            return Used(blank, true);
        }
        if value.starts_with(BOM) {
            return Used(blank + BOM.len(), false);
        }
        if self.may_be_packed && !end && value.starts_with(&MAGIC) {
            self.mode = Mode::Packed;
            return Used(blank, true);
        }
        if value[0] == b'{' {
            self.mode = Mode::Document(Scanner::default());
            return Used(blank, false);
        }
        if value[0] == b'[' {
            match value[1..].trim_ascii_start().first() {
                Some(b'{' | b'[' | b'"' | b']' | b'n') => {
                    self.saw.arrays = true;
                    self.mode = Mode::Elements;
                    self.progress = self.here + blank as u64 + 1;
                    return Used(blank + 1, false);
                }
                None if !end && value.len() < MAX_RECORD => return Used(blank, true),
                _ => {}
            }
        }
        self.text(value, blank, end, sink)
    }

    fn document(&mut self, rest: &[u8], mut scanner: Scanner, sink: &mut RecordSink<'_>) -> Used {
        let offset = self.here;
        let mut step = scanner.advance(&rest[..rest.len().min(MAX_RECORD)], true);
        // A document may have an array of that name without being an envelope.
        while let Step::Array(Elements { at, envelope: Some(_), .. }) = step
            && self.array.is_none()
            && object::kind(&rest[..at]) != Kind::Unknown
        {
            step = scanner.advance(&rest[..rest.len().min(MAX_RECORD)], true);
        }
        let (at, reason) = match step {
            Step::More if rest.len() < MAX_RECORD => {
                self.mode = Mode::Document(scanner);
                return Used(0, true);
            }
            Step::Array(array) => return self.begin_array(array),
            Step::Closed(end) => {
                if self.array.take().is_none() {
                    self.saw.pretty |= self.saw.documents == 0 && memchr(b'\n', &rest[..end]).is_some();
                    self.saw.documents += 1;
                    self.judge_object(&rest[..end], offset, sink);
                }
                self.ended(end);
                return Used(end, false);
            }
            Step::More => return self.too_long(&rest[..MAX_RECORD], scanner, true),
            Step::Broken(at, fault) => (at, explain(fault).to_owned()),
        };
        self.bad(offset, reason);
        self.pass_over_lines(rest, at, offset);
        Used(0, false)
    }

    /// Goes on in `mode` unless the last bad record was one too many.
    fn pass_over(&mut self, mode: Mode) {
        if self.out.problem.is_none() {
            self.mode = mode;
        }
    }

    /// A top-level value, or a bad line, has ended `length` bytes from here.
    fn ended(&mut self, length: usize) {
        self.progress = self.here + length as u64;
        self.out.consumed = self.progress;
        self.out.bad_consumed = self.out.bad_total;
        self.pass_over(Mode::Top);
    }
}

fn explain(fault: Fault) -> &'static str {
    match fault {
        Fault::OpenString => "a line break inside a string",
        Fault::Mismatch => "brackets that do not match",
        Fault::Misplaced => "a bracket where no value can begin",
        Fault::TooDeep => "nested deeper than 512, the most a record may have",
    }
}
