//! Moments as people write them: RFC 3339, a date, or how long ago.

use std::str::FromStr;

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc};

/// A moment, absolute or counted back from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeArg {
    /// At this time.
    At(DateTime<Utc>),
    /// This long before now.
    Ago(Duration),
}

impl TimeArg {
    /// The moment as a time, `now` being now.
    #[must_use]
    pub fn resolve(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(time) => time,
            Self::Ago(back) => now.checked_sub_signed(back).unwrap_or(DateTime::<Utc>::MIN_UTC),
        }
    }
}

impl FromStr for TimeArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(time.to_utc()));
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::At(date.and_time(chrono::NaiveTime::MIN).and_utc()));
        }
        for format in ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"] {
            if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
                return Ok(Self::At(time.and_utc()));
            }
        }
        ago(text).map(Self::Ago).ok_or_else(|| {
            "expected a time such as 2026-11-23T10:00:00Z, a date such as 2026-11-23 (UTC), or how long ago, such as 7d, 12h or 90m"
                .to_owned()
        })
    }
}

fn ago(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok().filter(|n| *n >= 0)?;
    match unit {
        's' => Duration::try_seconds(count),
        'm' => Duration::try_minutes(count),
        'h' => Duration::try_hours(count),
        'd' => Duration::try_days(count),
        'w' => Duration::try_weeks(count),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> String {
        let now = DateTime::parse_from_rfc3339("2026-11-24T12:00:00Z").unwrap().to_utc();
        match text.parse::<TimeArg>() {
            Ok(moment) => moment.resolve(now).to_rfc3339(),
            Err(message) => message,
        }
    }

    #[test]
    fn reads_times_dates_and_how_long_ago() {
        assert_eq!(at("2026-11-23T10:00:00+02:00"), "2026-11-23T08:00:00+00:00");
        assert_eq!(at("2026-11-23"), "2026-11-23T00:00:00+00:00");
        assert_eq!(at("2026-11-23 10:05"), "2026-11-23T10:05:00+00:00");
        assert_eq!(at("90m"), "2026-11-24T10:30:00+00:00");
        assert_eq!(at("7d"), "2026-11-17T12:00:00+00:00");
    }

    #[test]
    fn a_typo_is_an_error_that_says_what_is_expected() {
        for typo in ["", "7", "d", "-7d", "7y", "2026-13-01", "9999999999999999999d", "٣d", "d7"] {
            assert!(at(typo).starts_with("expected a time"), "{typo}");
        }
    }
}
