//! The last word on a file's content: what it was, whether it ended where it may, and why it is no log.

use super::super::object::{self, Kind};
use super::super::problem::Problem;
use super::super::record::Content;
use super::{Mode, Splitter};

impl Splitter {
    /// Names what the content was, and whether it ended where it may. `tail` is what has not ended.
    pub(super) fn judge(&mut self, tail: &[u8], last: bool) {
        let in_line = matches!(self.mode, Mode::Line { .. });
        self.out.complete = matches!(self.mode, Mode::Top) || (last && in_line);
        self.out.open_line = in_line;
        let mut cut_record = false;
        if !self.out.complete && !in_line && self.out.problem.is_none() {
            cut_record = self.judge_cut(tail, last);
        }
        self.out.content = self.content(cut_record);
        if self.out.content.is_none() && self.out.problem.is_none() {
            self.out.problem = Some(self.no_log());
        }
        if matches!(self.out.problem, Some(Problem::NotALog(_) | Problem::Other(_))) {
            self.out.bad.clear();
            self.out.bad_total = 0;
            self.out.bad_consumed = 0;
        }
    }

    /// Says where the content was cut; returns whether that is inside something that begins like a record.
    fn judge_cut(&mut self, tail: &[u8], last: bool) -> bool {
        let document = matches!(self.mode, Mode::Document(_)) && self.array.is_none();
        let begins_a_value = document && object::begins_an_object(tail);
        let what = match self.mode {
            Mode::Long(ref long) => {
                let is_record = long.is_record();
                self.out.problem = Some(Problem::CutShort(long.has_no_end()));
                return is_record;
            }
            Mode::Resync { from, .. } => format!("no further record behind the bad one at offset {from}"),
            _ if document && !begins_a_value => {
                self.bad(self.here, object::begins_with(tail));
                return false;
            }
            Mode::Document(_) if document => format!("the JSON that begins at offset {} does not end", self.here),
            Mode::Element(_) => format!("the record that begins at offset {} does not end", self.here),
            _ => format!("the JSON ends in the middle, after {} bytes", self.here),
        };
        if last && (document || matches!(self.mode, Mode::Element(_))) {
            self.bad(self.here, "a record that does not end".to_owned());
        }
        self.out.problem = Some(Problem::CutShort(what));
        document && matches!(object::kind(tail), Kind::Record | Kind::Document)
    }

    fn content(&self, cut_record: bool) -> Option<Content> {
        let (records, left_out) = (self.out.records, self.out.left_out);
        if records == 0 && left_out > 0 && !self.going_on {
            return Some(if self.saw.digests == left_out { Content::Digest } else { Content::Insight });
        }
        if self.saw.deliveries {
            return Some(Content::Delivery);
        }
        if self.going_on && !self.saw.arrays {
            return Some(Content::Lines);
        }
        if records == 0 && !cut_record {
            let clean = self.out.bad_total == 0 && self.out.problem.is_none();
            let empty = if self.saw.arrays { Content::Array } else { Content::Empty };
            return clean.then_some(empty);
        }
        if self.saw.arrays {
            return Some(Content::Array);
        }
        let alone = self.saw.documents + u64::from(cut_record) == 1 && self.out.bad_total <= u64::from(cut_record);
        Some(if alone && !self.saw.line { Content::Single } else { Content::Lines })
    }
}
