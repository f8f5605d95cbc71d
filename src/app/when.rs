//! Times and numbers as the console writes them: UTC with a `Z`, or local time with its offset, never a relative age
//! (an idle screen must not tick).

use chrono::{DateTime, Datelike as _, FixedOffset, Utc};

/// How times are written: UTC, or the zone the analyst sits in.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    offset: fn(DateTime<Utc>) -> FixedOffset,
    local: bool,
}

impl Clock {
    /// Starts in UTC; `offset` answers the local zone's offset at an instant.
    #[must_use]
    pub fn new(offset: fn(DateTime<Utc>) -> FixedOffset) -> Self {
        Self { offset, local: false }
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

    /// The time, with as much of the date as it takes to tell it from the day of `today`.
    #[must_use]
    pub fn near(&self, time: DateTime<Utc>, today: DateTime<Utc>) -> String {
        format!("{}{}", self.date_part(time, today), self.time(time))
    }

    /// As [`Self::near`], without the zone: for a column whose heading names it.
    #[must_use]
    pub fn cell(&self, time: DateTime<Utc>, today: DateTime<Utc>) -> String {
        let date = self.date_part(time, today);
        // On another day the second matters less than the room it takes.
        let format = if date.is_empty() { "%H:%M:%S" } else { "%H:%M" };
        format!("{date}{}", self.at(time).format(format))
    }

    /// Columns that [`Self::cell`] takes at most for times between `oldest` and `newest`, seen from `newest`.
    #[must_use]
    pub fn cell_width(&self, oldest: DateTime<Utc>, newest: DateTime<Utc>) -> usize {
        self.cell(oldest, newest).len().max(8)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::new(|_| FixedOffset::east_opt(7200).unwrap())
    }

    #[test]
    fn dates_appear_only_where_the_day_differs() {
        let today: DateTime<Utc> = "2026-11-24T10:41:52Z".parse().unwrap();
        let clock = clock();
        assert_eq!(clock.near(today, today), "10:41:52Z");
        assert_eq!(clock.near("2026-11-23T23:00:00Z".parse().unwrap(), today), "11-23 23:00:00Z");
        assert_eq!(clock.cell("2025-11-24T10:41:52Z".parse().unwrap(), today), "2025-11-24 10:41");
    }

    #[test]
    fn local_time_carries_its_offset() {
        let mut clock = clock();
        clock.toggle();
        let time = "2026-11-23T23:00:00Z".parse().unwrap();
        assert_eq!(clock.full(time), "2026-11-24 01:00:00+02:00");
        assert_eq!(clock.zone(), "local");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_204_331), "1,204,331");
        assert_eq!(plural(1, "step"), "1 step");
    }
}
