//! Dates as the instants they stand for: ISO 8601 with any tail left out, or milliseconds since 1970. Times without an
//! offset are UTC. A date whose tail is left out is all that it leaves open: `2026` is the year, `2026-11` the month,
//! `2026-11-23T10` the hour. Elasticsearch widens the time of day alone, so that `2026` is the first of January there:
//! nobody who types it means that.

use chrono::{Months, NaiveDate};

use crate::query::document::Scalar;

/// The instants from `first` to `last`, both included, in milliseconds since 1970 (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) struct Instants {
    first: i64,
    last: i64,
}

impl Instants {
    pub(super) fn new(first: i64, last: i64) -> Self {
        Self { first, last }
    }

    pub(super) fn first(self) -> i64 {
        self.first
    }

    pub(super) fn last(self) -> i64 {
        self.last
    }

    pub(super) fn hold(&self, value: Scalar<'_>) -> bool {
        let at = match value {
            Scalar::Str(text) => read(text).map(|span| span.first),
            Scalar::Int(millis) => Some(millis),
            Scalar::Float(_) | Scalar::Bool(_) => None,
        };
        at.is_some_and(|at| (self.first..=self.last).contains(&at))
    }
}

pub(super) fn not_a_date(text: &str) -> String {
    format!("\"{text}\" is not a date; write 2026-11-23, 2026-11-23T09:30:00Z, or now-1h")
}

/// Reads a date, or a part of one, as the instants it may stand for.
pub(super) fn read(text: &str) -> Option<Instants> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.len() != 4 && digits.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(|millis| Instants::new(millis, millis));
    }
    Reader { rest: text.as_bytes() }.date()
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn date(&mut self) -> Option<Instants> {
        let year = i32::try_from(self.digits(4)?).ok()?;
        let month = if self.eat(b'-') { Some(self.digits(2)?) } else { None };
        let day = if month.is_some() && self.eat(b'-') { Some(self.digits(2)?) } else { None };
        let date = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1))?;
        let midnight = |date: NaiveDate| Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis());
        let first = midnight(date)?;
        let span = if day.is_some() && self.eat(b'T') {
            let (earliest, latest) = self.time()?;
            Instants::new(first + earliest, first + latest)
        } else {
            let next = match (month, day) {
                (None, _) => date.checked_add_months(Months::new(12)),
                (_, None) => date.checked_add_months(Months::new(1)),
                _ => date.succ_opt(),
            };
            Instants::new(first, midnight(next?)? - 1)
        };
        self.rest.is_empty().then_some(span)
    }

    /// The milliseconds since midnight UTC, the earliest and the latest.
    fn time(&mut self) -> Option<(i64, i64)> {
        let mut time = [None; 3];
        for (i, (part, limit)) in time.iter_mut().zip([24, 60, 60]).enumerate() {
            if self.rest.first().is_none_or(|b| !b.is_ascii_digit()) && i == 0 || i > 0 && !self.eat(b':') {
                break;
            }
            *part = Some(self.digits(2).filter(|&n| n < limit)?);
        }
        let millis =
            if time[2].is_some() && (self.eat(b'.') || self.eat(b',')) { Some(self.fraction()?) } else { None };
        let offset = self.offset()?;
        let at = |missing: [u32; 4]| {
            let [hour, minute, second] = [0, 1, 2].map(|i| i64::from(time[i].unwrap_or(missing[i])));
            ((hour * 60 + minute) * 60 + second) * 1000 + i64::from(millis.unwrap_or(missing[3])) - offset
        };
        Some((at([0; 4]), at([23, 59, 59, 999])))
    }

    /// Milliseconds, from one to nine digits.
    fn fraction(&mut self) -> Option<u32> {
        let len = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(len);
        self.rest = rest;
        let digit = |i: usize| digits.get(i).map_or(0, |b| u32::from(b - b'0'));
        (1..=9).contains(&len).then(|| digit(0) * 100 + digit(1) * 10 + digit(2))
    }

    /// Milliseconds east of UTC: `Z`, `+hh`, `+hhmm`, `+hh:mm`, or nothing.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.rest.first() {
            None => return Some(0),
            Some(b'Z') => {
                self.eat(b'Z');
                return Some(0);
            }
            Some(b'+') => 1,
            Some(b'-') => -1,
            Some(_) => return None,
        };
        self.rest = &self.rest[1..];
        let hours = self.digits(2).filter(|&n| n <= 18)?;
        let minutes = if self.eat(b':') || !self.rest.is_empty() { self.digits(2).filter(|&n| n < 60)? } else { 0 };
        Some(sign * i64::from(hours * 60 + minutes) * 60_000)
    }

    fn digits(&mut self, len: usize) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        digits.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
    }

    fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }
}
