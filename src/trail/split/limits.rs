//! When to give up: a file that is no log is not read to its end in search of a record.

use super::super::problem::Problem;
use super::super::record::BadRecord;
use super::super::scan::MAX_RECORD;
use super::{BAD_KEPT, MAX_STRETCH_IN_LOG, Mode, Splitter, Used};

/// Longest stretch without a record that is passed over before a file that has shown no record is given up.
const MAX_STRETCH: u64 = 2 * MAX_RECORD as u64;

/// Bad stretches at the beginning of a file after which it is taken for something else than a log.
const MAX_BAD_FIRST: u64 = 1000;

impl Splitter {
    /// How many bytes from here may still be passed over since `from`.
    pub(super) fn room(&self, from: u64) -> usize {
        usize::try_from((from + self.limit()).saturating_sub(self.here)).unwrap_or(usize::MAX)
    }

    pub(super) fn limit(&self) -> u64 {
        let no_record = self.out.records == 0 && self.out.left_out == 0 && !self.going_on;
        if no_record { MAX_STRETCH } else { MAX_STRETCH_IN_LOG }
    }

    pub(super) fn endless(&mut self, rest: &[u8], blank: usize) -> Option<Used> {
        (blank > self.room(self.progress)).then(|| self.stop("nothing but blank space", self.progress, rest.len()))
    }

    pub(super) fn stop(&mut self, what: &str, from: u64, used: usize) -> Used {
        self.give_up(what, from, self.limit(), used)
    }

    /// Ends with what could not be found `within` so many bytes.
    pub(super) fn give_up(&mut self, what: &str, from: u64, limit: u64, used: usize) -> Used {
        self.mode = Mode::Stopped;
        let first = match self.out.bad.first() {
            Some(bad) if self.nothing_good() => format!(" ({})", bad.reason),
            _ => String::new(),
        };
        let limit = limit >> 20;
        self.out.problem = Some(Problem::Limit(format!("{what} within {limit} MiB from offset {from}{first}")));
        Used(used, true)
    }

    pub(super) fn bad(&mut self, offset: u64, reason: String) {
        self.out.bad_total += 1;
        self.progress = offset;
        if self.out.bad.len() < BAD_KEPT {
            self.out.bad.push(BadRecord { offset, document: None, reason });
        }
        if self.out.bad_total >= MAX_BAD_FIRST && self.nothing_good() {
            self.mode = Mode::Stopped;
            self.out.problem = Some(self.no_log());
        }
    }

    /// Why what was read so far is no log.
    pub(super) fn no_log(&self) -> Problem {
        match self.other {
            Some(other) => Problem::Other(other),
            None => Problem::NotALog(self.first_reason()),
        }
    }

    pub(super) fn nothing_good(&self) -> bool {
        self.out.records == 0 && self.out.left_out == 0 && !self.saw.deliveries && !self.going_on
    }

    pub(super) fn first_reason(&self) -> String {
        self.out.bad.first().map_or_else(String::new, |bad| bad.reason.clone())
    }
}
