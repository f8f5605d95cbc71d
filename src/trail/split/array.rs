//! Arrays whose elements are read one by one: the `Records` of a delivery file, and what stands for them elsewhere.

use memchr::memmem;

use super::super::object;
use super::super::scan::{Elements, Fault, MAX_RECORD, Scanner, Step};
use super::{Mode, RecordSink, Splitter, Used, explain};

/// Most white space between `{` and its first key for an object to be recognised as a record when finding back in.
const RESYNC_BLANK: usize = 256;

impl Splitter {
    pub(super) fn begin_array(&mut self, array: Elements) -> Used {
        if array.envelope.is_some() {
            self.saw.arrays = true;
        } else {
            self.saw.deliveries = true;
        }
        self.array = Some(array);
        self.progress = self.here + array.at as u64;
        self.mode = Mode::Elements;
        Used(array.at, false)
    }

    pub(super) fn elements(&mut self, rest: &[u8], end: bool) -> Used {
        let blank = rest.iter().position(|b| !b.is_ascii_whitespace() && *b != b',').unwrap_or(rest.len());
        if let Some(used) = self.endless(rest, blank) {
            return used;
        }
        self.mode = Mode::Elements;
        let value = &rest[blank..];
        let Some(first) = value.first() else { return Used(blank, true) };
        match first {
            b'{' | b'[' | b'"' => self.mode = Mode::Element(Scanner::default()),
            b']' => {
                if let Some(array) = &self.array {
                    self.progress = self.here + blank as u64 + 1;
                    self.mode = Mode::Document(Scanner::inside_objects(array.depth));
                    return Used(blank + 1, false);
                }
                self.ended(blank + 1);
                return Used(blank + 1, false);
            }
            _ if !end && value.len() <= object::SHOWN => return Used(blank, true),
            _ => {
                let offset = self.here + blank as u64;
                self.bad(offset, format!("{} where a record should be", object::quote(value)));
                let scalar =
                    value.iter().take(object::SHOWN).position(|b| !b.is_ascii_alphanumeric() && !b"+-.".contains(b));
                if let Some(length @ 1..) = scalar {
                    return Used(blank + length, self.stopped());
                }
                self.pass_over(Mode::Resync { from: offset, searched: 1 });
            }
        }
        Used(blank, false)
    }

    pub(super) fn element(&mut self, rest: &[u8], mut scanner: Scanner, sink: &mut RecordSink<'_>) -> Used {
        let offset = self.here;
        let reason = match scanner.advance(&rest[..rest.len().min(MAX_RECORD)], false) {
            Step::More if rest.len() < MAX_RECORD => {
                self.mode = Mode::Element(scanner);
                return Used(0, true);
            }
            Step::More => return self.too_long(&rest[..MAX_RECORD], scanner, false),
            Step::Closed(end) => {
                self.mode = Mode::Elements;
                self.judge_element(&rest[..end], offset, sink);
                self.progress = offset + end as u64;
                return Used(end, false);
            }
            Step::Broken(_, fault) => explain(fault).to_owned(),
            Step::Array(_) => explain(Fault::Misplaced).to_owned(),
        };
        self.bad(offset, reason);
        self.pass_over(Mode::Resync { from: offset, searched: 1 });
        Used(0, false)
    }

    pub(super) fn resync(&mut self, rest: &[u8], from: u64, searched: usize) -> Used {
        let room = self.room(from);
        let seen = &rest[..rest.len().min(room)];
        let start = searched.min(seen.len());
        for found in memmem::find_iter(&seen[start..], &self.first_key) {
            let before = &seen[..start + found];
            let Some(brace) = before.trim_ascii_end().len().checked_sub(1) else { continue };
            if before[brace] == b'{' && before.len() - brace <= RESYNC_BLANK && self.here + brace as u64 > from {
                self.mode = Mode::Element(Scanner::default());
                return Used(brace, false);
            }
        }
        if seen.len() == room {
            return self.stop("no further record", from, rest.len());
        }
        let used = rest.len().saturating_sub(RESYNC_BLANK + self.first_key.len());
        self.mode = Mode::Resync { from, searched: (rest.len() - used).saturating_sub(self.first_key.len() - 1) };
        Used(used, true)
    }
}
