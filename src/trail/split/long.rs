//! What must be passed over and not read: a value longer than any record may be, to its end, the rest of a bad line, and
//! packed data behind plain text.
//!
//! A value that is too long costs only itself. Its brackets are counted to the last, and nothing of it is kept but the few
//! bytes that tell what the next bracket is about.

use memchr::{memchr, memchr_iter, memmem};

use super::super::foreign;
use super::super::object::{self, Kind};
use super::super::scan::{Fault, MAX_RECORD, Scanner, Step};
use super::{MAGIC, MAX_STRETCH_IN_LOG, Mode, Splitter, Used, explain};

/// A value that is too long.
#[derive(Debug)]
pub(super) struct Long {
    /// Where it begins.
    from: u64,
    scanner: Scanner,
    /// It stands at the top of the file.
    document: bool,
    /// By its first keys it is a record, or it stands where one should be.
    record: bool,
}

impl Long {
    pub(super) fn is_record(&self) -> bool {
        self.document && self.record
    }

    pub(super) fn has_no_end(&self) -> String {
        format!("the JSON that begins at offset {} does not end", self.from)
    }
}

impl Splitter {
    /// Names a value that goes on behind `head`, the most a record may have.
    pub(super) fn too_long(&mut self, head: &[u8], scanner: Scanner, document: bool) -> Used {
        let from = self.here;
        let unknown = document && self.array.is_none() && object::kind(head) == Kind::Unknown;
        if unknown && self.out.bad_total == 0 {
            self.other = foreign::of_object(head);
        }
        let limit = format!("longer than {} MiB, the most a record may have", MAX_RECORD >> 20);
        let reason = if unknown { format!("{}, and {limit}", object::describe(head)) } else { limit };
        self.bad(from, reason);
        self.pass_over(Mode::Long(Long { from, scanner, document, record: !unknown }));
        Used(0, self.stopped())
    }

    /// Goes on through a value that is too long.
    pub(super) fn long(&mut self, rest: &[u8], mut long: Long) -> Used {
        let (at, fault) = match long.scanner.advance(rest, long.document) {
            Step::More if self.here + rest.len() as u64 - long.from > MAX_STRETCH_IN_LOG => {
                return self.give_up("no end of the record", long.from, MAX_STRETCH_IN_LOG, rest.len());
            }
            Step::More => {
                let gone = long.scanner.let_go();
                self.mode = Mode::Long(long);
                return Used(gone, true);
            }
            Step::Closed(end) if long.document => {
                self.array = None;
                self.ended(end);
                return Used(end, false);
            }
            Step::Closed(end) => {
                self.progress = self.here + end as u64;
                self.mode = Mode::Elements;
                return Used(end, false);
            }
            Step::Array(array) if long.document => return self.begin_array(array),
            Step::Array(array) => (array.at, Fault::Misplaced),
            Step::Broken(at, fault) => (at, fault),
        };
        // It has been named already; where it goes wrong tells whoever looks for its end.
        if let Some(named) = self.out.bad.last_mut().filter(|bad| bad.offset == long.from) {
            named.reason = format!("{}, and {}", named.reason, explain(fault));
        }
        if long.document {
            self.pass_over_lines(rest, at, long.from);
        } else {
            self.pass_over(Mode::Resync { from: long.from, searched: 1 });
        }
        Used(0, self.stopped())
    }

    /// Goes on with the next line behind what is broken at `at`.
    pub(super) fn pass_over_lines(&mut self, rest: &[u8], at: usize, from: u64) {
        // When it covers several lines, the first of them may be the only bad one.
        let brace = memchr(b'\n', &rest[..at]).is_some();
        self.array = None;
        self.pass_over(Mode::Line { from, searched: if brace { 0 } else { at }, brace });
    }

    /// Says that what comes stands in the file as it is: gzip data in it is told, and not split.
    pub(in crate::trail) fn may_be_packed(&mut self, may_be: bool) {
        self.may_be_packed = may_be;
    }

    /// What was fed of packed data, if that is what comes next. Whoever unpacks it goes on feeding.
    pub(in crate::trail) fn take_packed(&mut self) -> Option<Vec<u8>> {
        if !matches!(self.mode, Mode::Packed) {
            return None;
        }
        self.mode = Mode::Top;
        Some(std::mem::take(&mut self.kept))
    }

    pub(super) fn packed(&mut self) -> Used {
        self.mode = Mode::Packed;
        Used(0, true)
    }

    /// Where packed data begins in something that is no record, in a file that is a log.
    pub(super) fn packed_data(&self, bytes: &[u8]) -> Option<usize> {
        if self.nothing_good() { None } else { memmem::find(bytes, &MAGIC) }
    }

    /// What was seen up to here.
    pub(in crate::trail) fn so_far(&self) -> super::SoFar {
        let super::Split { records, left_out, bad_total, .. } = self.out;
        super::SoFar { offset: self.here, records, left_out, bad_total }
    }
    pub(super) fn line(&mut self, rest: &[u8], end: bool, from: u64, searched: usize, brace: bool) -> Used {
        let room = self.room(from);
        let seen = &rest[..rest.len().min(room)];
        let start = searched.min(seen.len());
        let packed = if self.may_be_packed && !end { self.packed_data(&seen[start..]) } else { None };
        for newline in memchr_iter(b'\n', &seen[start..]).map(|found| start + found) {
            if packed.is_some_and(|packed| start + packed < newline) {
                break;
            }
            match rest.get(newline + 1) {
                None if brace && !end => {
                    self.mode = Mode::Line { from, searched: newline, brace };
                    return Used(0, true);
                }
                Some(b'{') => {}
                _ if brace => continue,
                _ => {}
            }
            self.ended(newline + 1);
            return Used(newline + 1, false);
        }
        if let Some(packed) = packed {
            self.ended(start + packed);
            self.mode = Mode::Packed;
            return Used(start + packed, true);
        }
        if seen.len() == room {
            return self.stop("no end of line", from, rest.len());
        }
        self.mode = Mode::Line { from, searched: 0, brace };
        Used(rest.len(), true)
    }
}
