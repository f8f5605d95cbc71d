//! Tests of dates, with date math.

use chrono::{DateTime, Utc};

use super::instants::{Instants, not_a_date, read};
use super::{Op, math};
use crate::query::RangeOp;

impl Instants {
    /// What `op` and `text` (a date, a part of one, or date math) leave; and whether `now` mattered. A date cut short
    /// stands for its whole span where that is what the operator means: `>=` and `<` go by its start, `>` and `<=` by its
    /// end, `:` by both.
    pub(super) fn compare(op: Op, text: &str, now: DateTime<Utc>) -> Result<(Self, bool), String> {
        let (span, uses_now) = match math::anchored(text, now)? {
            Some(span) => (span, text.starts_with("now")),
            None => (read(text).ok_or_else(|| not_a_date(text))?, false),
        };
        let (first, last) = match op {
            Op::Is => (span.first(), span.last()),
            Op::Range(RangeOp::Gt) => (span.last().saturating_add(1), i64::MAX),
            Op::Range(RangeOp::Gte) => (span.first(), i64::MAX),
            Op::Range(RangeOp::Lt) => (i64::MIN, span.first().saturating_sub(1)),
            Op::Range(RangeOp::Lte) => (i64::MIN, span.last()),
        };
        Ok((Self::new(first, last), uses_now))
    }
}
