//! The replay clock: event time as a function of real time. Pure: real time is handed in as seconds since the start.

use chrono::{DateTime, Duration, Utc};

use super::Playback;

/// The slowest and fastest speeds that faster and slower reach, in event seconds per real second.
const SPEEDS: (f64, f64) = (1.0, 65_536.0);

/// Event time that runs with real time, at a speed.
#[derive(Debug, Clone)]
pub(super) struct ReplayClock {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    now: DateTime<Utc>,
    speed: f64,
    paused: bool,
}

impl ReplayClock {
    /// A clock over `start..=end`, standing at `start`. `speed` is event seconds per real second; infinite is `max`.
    pub(super) fn new(start: DateTime<Utc>, end: DateTime<Utc>, speed: f64, paused: bool) -> Self {
        Self { start, end, now: start, speed, paused }
    }

    /// Lets `seconds` of real time pass. Does nothing while paused.
    pub(super) fn pass(&mut self, seconds: f64) {
        if self.paused {
            return;
        }
        let left = self.end - self.now;
        let step = seconds * self.speed * 1000.0;
        let step = if step.is_finite() && step < left.num_milliseconds() as f64 {
            Duration::milliseconds(step as i64)
        } else {
            left
        };
        self.now += step;
    }

    /// Goes forward to `time`, never back and never past the end.
    pub(super) fn jump(&mut self, time: DateTime<Utc>) {
        self.now = time.clamp(self.now, self.end.max(self.now));
    }

    pub(super) fn toggle(&mut self) {
        self.paused = !self.paused;
    }

    /// Twice as fast; half as fast when `up` is false. From `max`, slower is the fastest finite speed.
    pub(super) fn change_speed(&mut self, up: bool) {
        let speed = if self.speed.is_infinite() { SPEEDS.1 * 2.0 } else { self.speed };
        self.speed = if up { speed * 2.0 } else { speed / 2.0 }.clamp(SPEEDS.0, SPEEDS.1);
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Whether it stands still because it was told to.
    pub(super) fn paused(&self) -> bool {
        self.paused
    }

    /// Whether it has reached the end.
    pub(super) fn ended(&self) -> bool {
        self.now >= self.end
    }

    /// Where it stands, for the screen.
    pub(super) fn playback(&self) -> Playback {
        Playback { now: self.now, start: self.start, end: self.end, speed: self.speed, paused: self.paused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn runs_at_its_speed_and_stops_at_the_end() {
        let mut clock = ReplayClock::new(at(0), at(100), 60.0, false);
        clock.pass(0.5);
        assert_eq!(clock.now(), at(30));
        clock.pass(1e9);
        assert_eq!(clock.now(), at(100));
        assert!(clock.ended());
    }

    #[test]
    fn paused_it_stands_and_still_jumps() {
        let mut clock = ReplayClock::new(at(0), at(100), 60.0, true);
        clock.pass(5.0);
        assert_eq!(clock.now(), at(0));
        clock.jump(at(40));
        clock.jump(at(10));
        assert_eq!(clock.now(), at(40), "never back");
        clock.jump(at(400));
        assert_eq!(clock.now(), at(100), "never past the end");
    }

    #[test]
    fn max_is_there_at_once_and_slows_to_a_finite_speed() {
        let mut clock = ReplayClock::new(at(0), at(100), f64::INFINITY, false);
        let mut slowed = clock.clone();
        clock.pass(0.0001);
        assert!(clock.ended());
        slowed.change_speed(false);
        assert_eq!(slowed.playback().speed, SPEEDS.1);
        slowed.change_speed(true);
        assert_eq!(slowed.playback().speed, SPEEDS.1);
    }
}
