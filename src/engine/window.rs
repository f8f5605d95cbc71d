//! The stretch of event times that a run looks at, and which files can matter to it.
//!
//! A delivery file says by its name when it was delivered ([`delivered`]). Its events happened before that, so a file
//! from before `since` holds nothing of the window: that is certain but for the clocks of those who stamp events and
//! name files, for which [`SLACK`] allows. How long before is not certain: CloudTrail takes some five minutes on average
//! and promises nothing; where a bucket cannot be reached it tries again for 30 days. So a file counts as delivered too
//! late for events before `until` only after [`LATEST`]: looking through a month of logs in vain costs less than an event
//! that is not found because somebody has kept the bucket closed for some days.
//!
//! A file whose name says nothing is always opened.
//!
//! Rules that look at more than one event have to know what happened before `since`: it bounds the alerts, not the history.
//! For them files count as far back as the rules look ([`Window::reaching`]), and what happened before is remembered and
//! raises nothing. What is counted or folded together can hang on events still further back, each on the one before: where
//! it does, older files are opened until a group is found to have been quiet ([`super::Input::reach_back`]).

use std::path::Path;

use chrono::{DateTime, Duration, Utc};

use crate::trail::delivered;

/// How much newer than its file's name an event may be: the name tells the minute, and clocks differ.
const SLACK: Duration = Duration::minutes(15);

/// How much later than its events a file may be delivered: the 30 days for which CloudTrail tries again, and one for the
/// delivery itself.
pub const LATEST: Duration = Duration::days(31);

/// Event times that count: from the first, before the second.
#[derive(Debug, Clone, Copy, Default)]
pub struct Window {
    /// At or after this.
    pub since: Option<DateTime<Utc>>,
    /// Before this.
    pub until: Option<DateTime<Utc>>,
}

/// Why no event of a file can lie inside a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// It was delivered before `since`.
    Before,
    /// It was delivered more than [`LATEST`] after `until`.
    After,
}

impl Window {
    /// Whether `time` is inside. An event without a time is inside only when there are no limits.
    #[must_use]
    pub fn holds(&self, time: Option<DateTime<Utc>>) -> bool {
        match time {
            Some(time) => self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until),
            None => self.since.is_none() && self.until.is_none(),
        }
    }

    /// Whether `time` is before it.
    #[must_use]
    pub fn begins_after(&self, time: DateTime<Utc>) -> bool {
        self.since.is_some_and(|since| time < since)
    }

    /// The same window with so much of what happened before.
    #[must_use]
    pub fn reaching(&self, back: Duration) -> Self {
        let earlier = |since: DateTime<Utc>| since.checked_sub_signed(back).unwrap_or(DateTime::<Utc>::MIN_UTC);
        Self { since: self.since.map(earlier), until: self.until }
    }

    /// Why the file at `path` need not be opened; `None` where it must be.
    #[must_use]
    pub fn leaves_out(&self, path: &Path) -> Option<Outside> {
        if self.since.is_none() && self.until.is_none() {
            return None;
        }
        let delivered = delivered(path)?;
        if self.since.is_some_and(|since| delivered.checked_add_signed(SLACK).is_some_and(|latest| latest < since)) {
            return Some(Outside::Before);
        }
        self.until.is_some_and(|until| delivered - LATEST >= until).then_some(Outside::After)
    }
}

/// Files that were not opened, by the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unopened {
    /// As [`Outside::Before`].
    pub before: u64,
    /// As [`Outside::After`].
    pub after: u64,
}

impl Unopened {
    pub fn count(&mut self, why: Outside) {
        match why {
            Outside::Before => self.before += 1,
            Outside::After => self.after += 1,
        }
    }

    #[must_use]
    pub fn total(&self) -> u64 {
        self.before + self.after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn window(since: &str, until: &str) -> Window {
        let time = |text: &str| (!text.is_empty()).then(|| at(text));
        Window { since: time(since), until: time(until) }
    }

    #[test]
    fn a_window_begins_at_its_first_time_and_ends_before_its_second() {
        let window = window("2026-07-10T00:00:00Z", "2026-07-11T00:00:00Z");
        for (time, inside) in [
            ("2026-07-09T23:59:59.999999Z", false),
            ("2026-07-10T00:00:00Z", true),
            ("2026-07-10T23:59:59.999999Z", true),
            ("2026-07-11T00:00:00Z", false),
        ] {
            assert_eq!(window.holds(Some(at(time))), inside, "{time}");
        }
        assert!(!window.holds(None) && Window::default().holds(None));
    }

    #[test]
    fn a_file_is_left_out_only_when_none_of_its_events_can_be_inside() {
        let file = |minute: &str| format!("x/111122223333_CloudTrail_us-east-1_{minute}Z_ncFF38wo4UwY5bhD.json.gz");
        let (since, until) = ("2026-07-10T06:00:00Z", "2026-07-10T07:00:00Z");
        let before = Some(Outside::Before);
        for (since, until, minute, why) in [
            (since, until, "20260710T0544", before),
            (since, until, "20260710T0545", None),
            (since, until, "20260710T0600", None),
            (since, until, "20260810T0659", None),
            (since, until, "20260810T0700", Some(Outside::After)),
            (since, "", "20260710T0544", before),
            (since, "", "20290101T0000", None),
            ("", until, "20200101T0000", None),
            ("", until, "20260810T0700", Some(Outside::After)),
            ("", "", "20200101T0000", None),
        ] {
            assert_eq!(window(since, until).leaves_out(Path::new(&file(minute))), why, "{since} {until} {minute}");
        }
    }

    #[test]
    fn a_file_whose_name_does_not_tell_is_opened() {
        let window = window("2026-07-10T06:00:00Z", "2026-07-10T07:00:00Z");
        for name in ["-", "2020/01/01/x.json.gz", "x_20200101T0000Z_x.json.gz", "CloudTrail_us-east-1_20200101T0000Z"] {
            assert_eq!(window.leaves_out(Path::new(name)), None, "{name}");
        }
    }
}
