//! What the name of a delivery file tells: when CloudTrail delivered it.
//!
//! `ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHMMZ_UNIQUE.json.gz`, with `CloudTrail-Insight` the same; a digest is named
//! `ACCOUNT_CloudTrail-Digest_REGION_TRAIL_REGION_YYYYMMDDTHHMMSSZ.json.gz`. The time is that of delivery, in UTC: every
//! event in the file is older, most by some five minutes, none by a guaranteed limit. Unpacked, the same names without
//! `.gz` count too.
//!
//! A name counts only when it is one through and through. A copy that was renamed, a file of another shipper, a folder of
//! the day it lies in: those tell nothing, as anybody may have put anything there.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

/// When the file at `path` was delivered, by its name, to the minute and never later than it was; `None` when the name
/// is not that of a delivery file.
#[must_use]
pub fn delivered(path: &Path) -> Option<DateTime<Utc>> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(".gz").unwrap_or(name).strip_suffix(".json")?;
    let (account, rest) = stem.split_once('_')?;
    let (kind, rest) = rest.split_once('_')?;
    let (region, rest) = rest.split_once('_')?;
    if !(account.len() == 12 && digits(account) && is_region(region)) {
        return None;
    }
    match kind {
        "CloudTrail" | "CloudTrail-Insight" => {
            let (written, unique) = rest.split_once('_')?;
            let whole = written.len() == 14 && unique.len() == 16 && unique.bytes().all(|b| b.is_ascii_alphanumeric());
            whole.then(|| time(written))?
        }
        "CloudTrail-Digest" => {
            rest.rsplit_once('_').map(|(_, written)| written).filter(|w| w.len() == 16).and_then(time)
        }
        _ => None,
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether it looks like `us-east-1` or `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let number = parts.next_back().is_some_and(|part| !part.is_empty() && digits(part));
    let words = parts.clone().count() >= 2
        && parts.all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()));
    number && words
}

/// `YYYYMMDDTHHMMZ`, or with seconds.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let (day, clock) = text.strip_suffix('Z')?.split_once('T')?;
    if !digits(day) || !digits(clock) {
        return None;
    }
    let year = day.get(..4)?.parse().ok()?;
    let pair = |text: &str, at: usize| text.get(at..at + 2)?.parse::<u32>().ok();
    let date = NaiveDate::from_ymd_opt(year, pair(day, 4)?, pair(day, 6)?).filter(|_| day.len() == 8)?;
    let seconds = if clock.len() == 4 { 0 } else { pair(clock, 4)? };
    Some(date.and_hms_opt(pair(clock, 0)?, pair(clock, 2)?, seconds)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str) -> Option<String> {
        delivered(&Path::new("AWSLogs/111122223333/CloudTrail/us-east-1/2019/09/09").join(name)).map(|t| t.to_rfc3339())
    }

    #[test]
    fn the_names_of_delivery_files_tell_when_they_were_delivered() {
        for (name, time) in [
            ("111122223333_CloudTrail_us-east-1_20260102T0304Z_ncFF38wo4UwY5bhD.json.gz", "2026-01-02T03:04:00+00:00"),
            ("111122223333_CloudTrail_us-gov-west-1_20260102T0304Z_ncFF38wo4UwY5bhD.json", "2026-01-02T03:04:00+00:00"),
            (
                "111122223333_CloudTrail-Insight_us-east-1_20261231T2359Z_ncFF38wo4UwY5bhD.json.gz",
                "2026-12-31T23:59:00+00:00",
            ),
            (
                "111122223333_CloudTrail-Digest_us-east-1_my_org-trail_us-east-1_20261123T120007Z.json.gz",
                "2026-11-23T12:00:07+00:00",
            ),
        ] {
            assert_eq!(told(name).as_deref(), Some(time), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_only_like_one_tells_nothing() {
        for name in [
            "20260102T0304Z.json.gz",
            "events_20260102T0304Z_x.json.gz",
            "copy of 111122223333_CloudTrail_us-east-1_20260102T0304Z_ncFF38wo4UwY5bhD.json.gz",
            "prod_111122223333_CloudTrail_us-east-1_20260102T0304Z_ncFF38wo4UwY5bhD.json.gz",
            "111122223333_CloudTrail_us-east-1_20260102T0304Z_ncFF38wo4UwY5bhD (1).json.gz",
            "111122223333_CloudTrail_us-east-1_20260102T0304Z_ncFF38wo4UwY5bhD_merged.json.gz",
            "111122223333_CloudTrail_us-east-1_20260102T0304Z_ncFF38wo4UwY5bhD.ndjson",
            "111122223333_CloudTrail_us-east-1_20260102T0304Z_ncFF38wo4UwY5bhD.json.gz.6Eb8a9C1",
            "111122223333_CloudTrail_us-east-1_20260102T0304Z_short.json.gz",
            "111122223333_CloudTrail_us-east-1_20260102T030405Z_ncFF38wo4UwY5bhD.json.gz",
            "111122223333_CloudTrail_us-east-1_20261302T0304Z_ncFF38wo4UwY5bhD.json.gz",
            "111122223333_CloudTrail_us-east-1_2026+102T0304Z_ncFF38wo4UwY5bhD.json.gz",
            "111122223333_CloudTrail_us-east-1_20260102T2404Z_ncFF38wo4UwY5bhD.json.gz",
            "111122223333_CloudTrail_useast1_20260102T0304Z_ncFF38wo4UwY5bhD.json.gz",
            "111122223333_CloudTrail__20260102T0304Z_ncFF38wo4UwY5bhD.json.gz",
            "111122223333_cloudtrail_us-east-1_20260102T0304Z_ncFF38wo4UwY5bhD.json.gz",
            "111122223333_CloudTrail-Other_us-east-1_20260102T0304Z_ncFF38wo4UwY5bhD.json.gz",
            "1111_CloudTrail_us-east-1_20260102T0304Z_ncFF38wo4UwY5bhD.json.gz",
            "111122223333_elasticloadbalancing_us-east-1_app.lb_20260102T0304Z_10.0.0.1_ncFF38wo.log.gz",
            "111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20261123T1200Z.json.gz",
        ] {
            assert_eq!(told(name), None, "{name}");
        }
        assert_eq!(delivered(Path::new("-")), None);
        assert_eq!(delivered(Path::new("/")), None);
    }
}
