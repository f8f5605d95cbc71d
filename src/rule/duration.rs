//! Elastic's durations, such as `10m`, and look-back windows, such as `now-60m`.

use chrono::Duration;

/// Reads `90s`, `10m`, `2h`, `7d` or `1w`. `None` for anything else, and for more than 1,000 years.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let digits = &text[..text.len() - unit.len_utf8()];
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let total = digits.parse::<i64>().ok()?.checked_mul(seconds)?;
    (total <= 1_000 * 366 * 86_400).then(|| Duration::seconds(total))
}

/// How far `text` reaches back from now: one hour for `now-60m`, zero for `now`. Rounding to a unit (`now-1d/d`) counts
/// as the whole unit, the most it can add.
#[must_use]
pub fn parse_look_back(text: &str) -> Option<Duration> {
    let text = text.trim().strip_prefix("now")?;
    if text.is_empty() {
        return Some(Duration::zero());
    }
    let back = text.strip_prefix('-')?;
    let (back, widened) = match back.split_once('/') {
        Some((back, unit)) => (back, parse_duration(&format!("1{unit}"))?),
        None => (back, Duration::zero()),
    };
    Some(parse_duration(back)? + widened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_windows() {
        assert_eq!(parse_duration("10m"), Some(Duration::minutes(10)));
        assert_eq!(parse_duration("1w"), Some(Duration::days(7)));
        assert_eq!(parse_look_back("now-60m"), Some(Duration::hours(1)));
        assert_eq!(parse_look_back("now-1d/d"), Some(Duration::days(2)));
        assert_eq!(parse_look_back("now"), Some(Duration::zero()));
        for bad in ["", "m", "10", "-1m", "+1m", "1.5h", "10 m", "10M", "99999999999999999999s", "1y"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
        for bad in ["60m", "now+60m", "now-", "now-60", "now-1d/x", "yesterday", "nowä"] {
            assert_eq!(parse_look_back(bad), None, "{bad}");
        }
    }
}
