//! Elasticsearch's date math: `now` or a date with `||`, then steps such as `-1h` and roundings such as `/d`.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};

use super::instants::{Instants, not_a_date, read};

/// Reads date math. `None` when `text` is not such, but perhaps a plain date.
///
/// # Errors
/// The text starts as date math, but does not go on so.
pub(super) fn anchored(text: &str, now: DateTime<Utc>) -> Result<Option<Instants>, String> {
    let (anchor, steps) = if let Some(steps) = text.strip_prefix("now") {
        let now = now.timestamp_millis();
        (Instants::new(now, now), steps)
    } else if let Some((anchor, steps)) = text.split_once("||") {
        let anchor = read(anchor).ok_or_else(|| not_a_date(anchor))?;
        // A date that steps follow is its start, whatever it leaves out.
        (if steps.is_empty() { anchor } else { Instants::new(anchor.first(), anchor.first()) }, steps)
    } else {
        return Ok(None);
    };
    if steps.is_empty() {
        return Ok(Some(anchor));
    }
    let bad = || format!("\"{text}\" is not date math; write such as now-1h, now/d or 2026-11-23||+1M/d");
    let steps = parse(steps).ok_or_else(bad)?;
    let at = DateTime::from_timestamp_millis(anchor.first()).ok_or_else(bad)?;
    let first = walk(at, &steps, false).ok_or_else(bad)?;
    let last = walk(at, &steps, true).ok_or_else(bad)?;
    Ok(Some(Instants::new(first.timestamp_millis(), last.timestamp_millis())))
}

#[derive(Clone, Copy)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

#[derive(Clone, Copy)]
enum Step {
    Add(i64, Unit),
    Round(Unit),
}

fn parse(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while let Some(op) = rest.chars().next() {
        rest = &rest[op.len_utf8()..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let count: i64 = if digits == 0 { 1 } else { rest[..digits].parse().ok()? };
        rest = &rest[digits..];
        let unit = match rest.chars().next()? {
            'y' => Unit::Year,
            'M' => Unit::Month,
            'w' => Unit::Week,
            'd' => Unit::Day,
            'h' | 'H' => Unit::Hour,
            'm' => Unit::Minute,
            's' => Unit::Second,
            _ => return None,
        };
        rest = &rest[1..];
        steps.push(match op {
            '+' => Step::Add(count, unit),
            '-' => Step::Add(-count, unit),
            '/' if count == 1 => Step::Round(unit),
            _ => return None,
        });
    }
    Some(steps)
}

fn walk(from: DateTime<Utc>, steps: &[Step], up: bool) -> Option<DateTime<Utc>> {
    steps.iter().try_fold(from, |at, step| match *step {
        Step::Add(count, unit) => add(at, count, unit),
        Step::Round(unit) if up => add(floor(at, unit)?, 1, unit)?.checked_sub_signed(TimeDelta::milliseconds(1)),
        Step::Round(unit) => floor(at, unit),
    })
}

fn add(at: DateTime<Utc>, count: i64, unit: Unit) -> Option<DateTime<Utc>> {
    let months = |per_unit: i64| {
        let months = count.checked_mul(per_unit)?;
        let size = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        if months < 0 { at.checked_sub_months(size) } else { at.checked_add_months(size) }
    };
    let delta = match unit {
        Unit::Year => return months(12),
        Unit::Month => return months(1),
        Unit::Week => TimeDelta::try_weeks(count),
        Unit::Day => TimeDelta::try_days(count),
        Unit::Hour => TimeDelta::try_hours(count),
        Unit::Minute => TimeDelta::try_minutes(count),
        Unit::Second => TimeDelta::try_seconds(count),
    };
    at.checked_add_signed(delta?)
}

fn floor(at: DateTime<Utc>, unit: Unit) -> Option<DateTime<Utc>> {
    let day = at.date_naive();
    let midnight = |day: NaiveDate| day.and_hms_opt(0, 0, 0).map(|at| at.and_utc());
    let seconds = match unit {
        Unit::Year => return midnight(day.with_ordinal(1)?),
        Unit::Month => return midnight(day.with_day(1)?),
        Unit::Week => return midnight(day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))?),
        Unit::Day => return midnight(day),
        Unit::Hour => 3600,
        Unit::Minute => 60,
        Unit::Second => 1,
    };
    let since = at.timestamp();
    DateTime::from_timestamp(since - since.rem_euclid(seconds), 0)
}
