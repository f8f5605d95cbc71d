//! Instants, read and written as the pipeline does; the event's own time in every form that shippers, exports and query
//! engines turn it into.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};

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

/// Reads the time of an event: ISO 8601 in every form (a space for the `T`, no seconds, the basic form, offsets of hours,
/// ` UTC`, up to nine digits of a second), or seconds, milliseconds, microseconds or nanoseconds since 1970.
pub(super) fn parse_event(text: &str) -> Option<DateTime<Utc>> {
    parse_any(text).or_else(|| {
        let text = text.trim();
        since_1970(text).or_else(|| loosely(text))
    })
}

/// Reads a number of seconds since 1970, or of smaller units where it is too large for that: the four units are a thousand
/// apart, and an event lies between 1973 and 5138 in only one of them.
fn since_1970(text: &str) -> Option<DateTime<Utc>> {
    const UNITS: [(f64, i64); 4] = [(1e11, 1_000_000_000), (1e14, 1_000_000), (1e17, 1_000), (1e20, 1)];
    const LEAST: f64 = 1e8;
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    let (_, unit) = UNITS.into_iter().find(|(below, _)| number < *below).filter(|_| number >= LEAST)?;
    match text.parse::<i64>() {
        Ok(whole) => {
            let per_second = 1_000_000_000 / unit;
            let nanos = u32::try_from(whole.rem_euclid(per_second) * unit).ok()?;
            DateTime::from_timestamp(whole.div_euclid(per_second), nanos)
        }
        // A float holds microseconds of our time, and no more.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "below 1e20 nanoseconds by the check above, or out of range"
        )]
        Err(_) => DateTime::from_timestamp_micros((number * unit as f64 / 1_000.0).round() as i64),
    }
}

/// Reads what is nearly ISO 8601.
fn loosely(text: &str) -> Option<DateTime<Utc>> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let date = ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d"].iter().find_map(|form| NaiveDate::parse_from_str(date, form).ok())?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ','))).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(end);
    let (time, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    let time =
        ["%H:%M:%S", "%H:%M", "%H%M%S", "%H%M"].iter().find_map(|form| NaiveTime::parse_from_str(time, form).ok())?;
    let fraction = match fraction {
        "" => 0,
        _ if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) => return None,
        _ => format!("{fraction:0<9}").parse().ok()?,
    };
    let local = date.and_time(time).checked_add_signed(TimeDelta::nanoseconds(fraction))?;
    Some(local.and_utc() - offset(zone.trim())?)
}

/// Reads how far a zone is ahead of UTC.
fn offset(zone: &str) -> Option<TimeDelta> {
    if matches!(zone, "" | "Z" | "z" | "UTC" | "GMT" | "utc") {
        return Some(TimeDelta::zero());
    }
    let behind = zone.starts_with('-');
    let digits = zone.strip_prefix(['+', '-'])?.replace(':', "");
    if !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes: i64 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
    let ahead = TimeDelta::try_hours(hours.parse().ok()?)? + TimeDelta::try_minutes(minutes)?;
    (ahead < TimeDelta::days(1)).then_some(if behind { -ahead } else { ahead })
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

    #[test]
    fn the_time_of_an_event_is_read_in_every_form_it_comes_in() {
        let at = Some("2026-11-20T10:00:00.000Z");
        for (text, expected) in [
            ("2026-11-20T10:00:00Z", at),
            ("2026-11-20 10:00:00", at),
            ("2026-11-20 10:00:00.000 UTC", at),
            ("2026-11-20  10:00:00 GMT", at),
            ("2026-11-20t10:00:00z", at),
            ("2026-11-20T10:00Z", at),
            ("2026-11-20T10:00", at),
            ("20261120T100000Z", at),
            ("20261120T1000", at),
            ("2026-11-20T12:00:00+02", at),
            ("2026-11-20 12:00:00 +0200", at),
            ("2026-11-20T06:30:00.000-0330", at),
            ("2026/11/20 10:00:00", at),
            (" 2026-11-20T10:00:00Z\n", at),
            ("2026-11-20 10:00:00,123456789", Some("2026-11-20T10:00:00.123Z")),
            ("1795168800", at),
            ("1795168800000", at),
            ("1795168800000000", at),
            ("1795168800000000000", at),
            ("1795168800.0", at),
            ("1795168800.5", Some("2026-11-20T10:00:00.500Z")),
            ("1.7951688E9", at),
            ("1795168800123.0", Some("2026-11-20T10:00:00.123Z")),
            ("", None),
            ("0", None),
            ("20261120", None),
            ("-1795168800", None),
            ("1e300", None),
            ("inf", None),
            ("20/11/2026 10:00:00", None),
            ("2026-11-20T25:00:00Z", None),
            ("2026-11-20 10:00:00 PST", None),
            ("2026-11-20 10:00:00+99", None),
        ] {
            assert_eq!(parse_event(text).map(format).as_deref(), expected, "{text}");
        }
    }
}
