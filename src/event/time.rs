//! Instants, read and written as the pipeline does.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

/// Reads an ISO 8601 date, or date and time; without an offset it is UTC.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc));
    }
    let (date, rest) = text.split_once('T').unwrap_or((text, ""));
    if rest.is_empty() {
        return NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0).map(|time| time.and_utc());
    }
    DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")
        .map(|time| time.with_timezone(&Utc))
        .ok()
        .or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc()).ok())
}

/// Reads ISO 8601's basic form too, `20261123T104152Z`.
pub(super) fn parse_any(text: &str) -> Option<DateTime<Utc>> {
    let basic = || DateTime::parse_from_str(text, "%Y%m%dT%H%M%S%.f%#z").map(|time| time.with_timezone(&Utc));
    parse(text).or_else(|| basic().ok())
}

/// Writes an instant as Elastic stores it: milliseconds, `Z`.
pub(super) fn format(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_of_iso_8601_and_writes_milliseconds() {
        for (text, expected) in [
            ("2020-01-08T20:43:06Z", Some("2020-01-08T20:43:06.000Z")),
            ("2020-01-08T20:43:06.1239Z", Some("2020-01-08T20:43:06.123Z")),
            ("2020-01-08T22:43:06+02:00", Some("2020-01-08T20:43:06.000Z")),
            ("2020-01-08T22:43:06+0200", Some("2020-01-08T20:43:06.000Z")),
            ("2020-01-08T20:43:06", Some("2020-01-08T20:43:06.000Z")),
            ("2020-01-08", Some("2020-01-08T00:00:00.000Z")),
            ("Jan 8, 2020", None),
            ("2020-13-08T20:43:06Z", None),
            ("", None),
        ] {
            assert_eq!(parse(text).map(format).as_deref(), expected, "{text}");
            assert_eq!(parse_any(text).map(format).as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("20200108T204306Z", Some("2020-01-08T20:43:06.000Z")),
            ("20200108T224306.123+0200", Some("2020-01-08T20:43:06.123Z")),
            ("20200108", None),
        ] {
            assert_eq!(parse_any(text).map(format).as_deref(), expected, "{text}");
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
