//! Instants and spans of time in words.

use chrono::{DateTime, Duration, Utc};

/// `2026-11-24 10:41:52Z`.
pub(super) fn clock(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// In the largest unit that leaves two or more of it, rounded down: `9 months`, `3 days`, `30 hours`, `5 minutes`.
#[must_use]
pub fn span(duration: Duration) -> String {
    let (n, unit) = match duration.num_minutes().max(0) {
        m @ 0..60 => (m, "minute"),
        m @ 60..2_880 => (m / 60, "hour"),
        m @ 2_880..87_840 => (m / 1_440, "day"),
        m @ 87_840..1_051_920 => (m / 43_920, "month"),
        m => (m / 525_960, "year"),
    };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_in_the_unit_that_people_use() {
        for (minutes, said) in [
            (-5, "0 minutes"),
            (1, "1 minute"),
            (59, "59 minutes"),
            (60, "1 hour"),
            (2_879, "47 hours"),
            (2_880, "2 days"),
            (60 * 1_440, "60 days"),
            (61 * 1_440, "2 months"),
            (275 * 1_440, "9 months"),
            (3 * 366 * 1_440, "3 years"),
        ] {
            assert_eq!(span(Duration::minutes(minutes)), said);
        }
    }
}
