//! Times and numbers as the console writes them: UTC with a `Z`, or local time with its offset, never a relative age
//! (an idle screen must not tick).
//!
//! A time without a date is one of today; whatever is of another day says so, so that nobody takes an alert of last week
//! for one of this morning. On a replay the events' today is that of the replay's clock.

use chrono::{DateTime, Datelike as _, Days, FixedOffset, NaiveTime, TimeDelta, Utc};

use crate::engine::Extent;
use crate::text;

/// Clocks differ: an event may be this far ahead of this machine's before it is marked.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Marks the time of an event that is yet to come.
const AHEAD: char = '»';

/// Writes times in UTC or in the analyst's zone, and knows which day is today.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    offset: fn(DateTime<Utc>) -> FixedOffset,
    local: bool,
    now: DateTime<Utc>,
    replayed: Option<DateTime<Utc>>,
}

impl Clock {
    /// Starts in UTC; `offset` answers the local zone's offset at an instant.
    #[must_use]
    pub fn new(offset: fn(DateTime<Utc>) -> FixedOffset, now: DateTime<Utc>) -> Self {
        Self { offset, local: false, now, replayed: None }
    }

    /// It is `now`.
    pub fn tell(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// A replay has come to `present`.
    pub fn replay(&mut self, present: DateTime<Utc>) {
        self.replayed = Some(present);
    }

    /// The present of the events: on a replay, by its clock.
    #[must_use]
    pub fn present(&self) -> DateTime<Utc> {
        self.replayed.unwrap_or(self.now)
    }

    /// Ahead of this machine's clock by more than clocks differ. On a replay nothing is.
    #[must_use]
    pub fn is_ahead(&self, time: DateTime<Utc>) -> bool {
        self.replayed.is_none() && time.signed_duration_since(self.now) > SKEW
    }

    /// The next time at which times are written otherwise: at midnight, and when an event of `newest` is no longer ahead.
    /// Always later than now.
    #[must_use]
    pub fn turns(&self, newest: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let today = self.at(self.now);
        let midnight = today.date_naive().checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN);
        let midnight = self.now + midnight.signed_duration_since(today.naive_local());
        let reached = newest.filter(|&newest| self.is_ahead(newest)).map(|newest| newest - SKEW);
        Some(reached.map_or(midnight, |reached| reached.min(midnight)))
    }

    /// Switches between UTC and local time.
    pub fn toggle(&mut self) {
        self.local = !self.local;
    }

    /// `UTC` or `local`: for column headings.
    #[must_use]
    pub fn zone(&self) -> &'static str {
        if self.local { "local" } else { "UTC" }
    }

    fn at(&self, time: DateTime<Utc>) -> DateTime<FixedOffset> {
        let utc = FixedOffset::east_opt(0).unwrap_or_else(|| (self.offset)(time));
        time.with_timezone(&if self.local { (self.offset)(time) } else { utc })
    }

    fn suffix(&self) -> &'static str {
        if self.local { "%:z" } else { "Z" }
    }

    /// `10:41:52Z`.
    #[must_use]
    pub fn time(&self, time: DateTime<Utc>) -> String {
        self.at(time).format(&format!("%H:%M:%S{}", self.suffix())).to_string()
    }

    /// `2026-11-24`.
    #[must_use]
    pub fn date(&self, time: DateTime<Utc>) -> String {
        self.at(time).format("%Y-%m-%d").to_string()
    }

    /// `2026-11-24 10:41:52Z`.
    #[must_use]
    pub fn full(&self, time: DateTime<Utc>) -> String {
        self.at(time).format(&format!("%Y-%m-%d %H:%M:%S{}", self.suffix())).to_string()
    }

    /// A time at which somebody did something, with as much of the date as it takes to tell its day from today.
    #[must_use]
    pub fn near(&self, time: DateTime<Utc>) -> String {
        format!("{}{}", self.date_part(time, self.now), self.time(time))
    }

    /// As [`Self::near`], of an event.
    #[must_use]
    pub fn event(&self, time: DateTime<Utc>) -> String {
        format!("{}{}", self.date_part(time, self.present()), self.time(time))
    }

    /// As [`Self::event`], without the zone: for a column whose heading names it. What is [ahead](Self::is_ahead) is
    /// marked.
    #[must_use]
    pub fn cell(&self, time: DateTime<Utc>) -> String {
        let date = self.date_part(time, self.present());
        // On another day the second matters less than the room it takes.
        let format = if date.is_empty() { "%H:%M:%S" } else { "%H:%M" };
        let mut cell = format!("{date}{}", self.at(time).format(format));
        cell.extend(self.is_ahead(time).then_some(AHEAD));
        cell
    }

    /// Columns that [`Self::cell`] takes at most for times between `oldest` and `newest`.
    #[must_use]
    pub fn cell_width(&self, oldest: DateTime<Utc>, newest: DateTime<Utc>) -> usize {
        let columns = |time| text::width(&self.cell(time));
        columns(oldest).max(columns(newest)).max(8)
    }

    fn date_part(&self, time: DateTime<Utc>, today: DateTime<Utc>) -> String {
        let (a, b) = (self.at(time), self.at(today));
        if a.date_naive() == b.date_naive() {
            String::new()
        } else if a.year() == b.year() {
            a.format("%m-%d ").to_string()
        } else {
            a.format("%Y-%m-%d ").to_string()
        }
    }
}

/// `1204331` as `1,204,331`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 alert`, `2 alerts`.
#[must_use]
pub fn plural(n: usize, word: &str) -> String {
    format!("{} {word}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

/// `3 files and 1,200 documents`.
#[must_use]
pub fn extent(of: Extent) -> String {
    let part = |n: u64, word| plural(usize::try_from(n).unwrap_or(usize::MAX), word);
    match of {
        Extent { files, documents: 0 } => part(files, "file"),
        Extent { files: 0, documents } => part(documents, "document"),
        Extent { files, documents } => format!("{} and {}", part(files, "file"), part(documents, "document")),
    }
}

/// `2 of 3 files, 400 of 1,200 documents`.
#[must_use]
pub fn progress(read: Extent, of: Extent) -> String {
    let part = |read, of, words| format!("{} of {} {words}", count(read), count(of));
    let (files, documents) = (part(read.files, of.files, "files"), part(read.documents, of.documents, "documents"));
    match of {
        Extent { documents: 0, .. } => files,
        Extent { files: 0, .. } => documents,
        Extent { .. } => format!("{files}, {documents}"),
    }
}

/// `512 B`, `1.2 MB`.
#[must_use]
pub fn bytes(n: u64) -> String {
    let (mut of, mut unit) = (n as f64, "B");
    for next in ["KB", "MB", "GB", "TB"] {
        if of < 1000.0 {
            break;
        }
        (of, unit) = (of / 1000.0, next);
    }
    if unit == "B" { format!("{n} B") } else { format!("{of:.1} {unit}") }
}

/// A stretch of time in its two largest units, as narrow as it can be read.
#[must_use]
pub fn span(time: TimeDelta) -> String {
    let seconds = time.num_seconds();
    match seconds {
        ..=0 => format!("{}ms", time.num_milliseconds()),
        1..=59 => format!("{seconds}s"),
        60..=3_599 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3_600..=86_399 => format!("{}h {:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    fn clock() -> Clock {
        Clock::new(|_| FixedOffset::east_opt(7200).unwrap(), at("2026-11-24T10:41:52Z"))
    }

    #[test]
    fn what_is_searched_is_named_by_its_kinds() {
        let of = |files, documents| Extent { files, documents };
        for (read, all, shown, so_far) in [
            (of(0, 0), of(0, 0), "0 files", "0 of 0 files"),
            (of(1, 0), of(1, 0), "1 file", "1 of 1 files"),
            (of(0, 400), of(0, 1_200), "1,200 documents", "400 of 1,200 documents"),
            (of(2, 0), of(3, 1), "3 files and 1 document", "2 of 3 files, 0 of 1 documents"),
        ] {
            assert_eq!((extent(all), progress(read, all)), (shown.to_owned(), so_far.to_owned()));
        }
    }

    #[test]
    fn dates_appear_only_where_the_day_is_not_today() {
        let clock = clock();
        assert_eq!(clock.near(at("2026-11-24T00:00:00Z")), "00:00:00Z");
        assert_eq!(clock.near(at("2026-11-23T23:00:00Z")), "11-23 23:00:00Z");
        assert_eq!(clock.cell(at("2026-11-24T10:41:52Z")), "10:41:52");
        assert_eq!(clock.cell(at("2026-11-19T10:41:52Z")), "11-19 10:41");
        assert_eq!(clock.cell(at("2025-11-24T10:41:52Z")), "2025-11-24 10:41");
        assert_eq!(clock.cell_width(at("2025-11-24T10:41:52Z"), at("2026-11-24T10:41:52Z")), 16);
    }

    #[test]
    fn local_time_carries_its_offset_and_has_its_own_today() {
        let mut clock = clock();
        clock.toggle();
        let time = at("2026-11-23T23:00:00Z");
        assert_eq!(clock.full(time), "2026-11-24 01:00:00+02:00");
        assert_eq!(clock.cell(time), "01:00:00");
        assert_eq!(clock.zone(), "local");
    }

    #[test]
    fn what_is_ahead_of_the_clock_is_marked_beyond_what_clocks_differ() {
        let mut clock = clock();
        assert_eq!(clock.cell(at("2026-11-24T10:46:52Z")), "10:46:52");
        assert_eq!(clock.cell(at("2026-11-24T10:46:53Z")), "10:46:53»");
        assert_eq!(clock.cell(at("2027-01-01T00:00:00Z")), "2027-01-01 00:00»");
        assert_eq!(clock.cell_width(at("2026-11-24T10:00:00Z"), at("2026-11-24T11:00:00Z")), 9);
        clock.replay(at("2020-01-01T00:00:00Z"));
        assert_eq!(clock.cell(at("2020-01-01T10:00:00Z")), "10:00:00", "a replay's today is its own");
        assert_eq!(clock.cell(at("2026-11-24T11:00:00Z")), "2026-11-24 11:00");
    }

    #[test]
    fn times_are_written_anew_at_midnight_and_when_the_future_has_come() {
        let mut clock = clock();
        assert_eq!(clock.turns(None), Some(at("2026-11-25T00:00:00Z")));
        assert_eq!(clock.turns(Some(at("2026-11-24T12:00:00Z"))), Some(at("2026-11-24T11:55:00Z")));
        assert_eq!(clock.turns(Some(at("2026-11-24T10:42:00Z"))), Some(at("2026-11-25T00:00:00Z")));
        clock.toggle();
        assert_eq!(clock.turns(None), Some(at("2026-11-24T22:00:00Z")));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_204_331), "1,204,331");
        assert_eq!(plural(1, "step"), "1 step");
    }

    #[test]
    fn bytes_are_shown_in_the_unit_that_fits() {
        let shown = [0, 999, 1_000, 1_234_567, 5_000_000_000].map(bytes);
        assert_eq!(shown, ["0 B", "999 B", "1.0 KB", "1.2 MB", "5.0 GB"]);
    }

    #[test]
    fn stretches_of_time_are_told_in_their_largest_units() {
        let told = [0, 850, 12_000, 130_000, 11_045_000, 180_000_000].map(|ms| span(TimeDelta::milliseconds(ms)));
        assert_eq!(told, ["0ms", "850ms", "12s", "2m 10s", "3h 04m", "2d 02h"]);
    }
}
