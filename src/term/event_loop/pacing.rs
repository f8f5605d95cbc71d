//! When the next frame is drawn: after a key at once, or together with the answer that the key asks for; after anything
//! else when the last frame has stood for a while. It reads no clock, so its tests wait for none.

use std::time::{Duration, Instant};

/// Between two frames that no key asked for at least, and the longest that a flood of messages delays one.
pub(super) const FRAME: Duration = Duration::from_millis(33);

/// A key's frame waits this long for an answer that is on its way, so that one frame shows both.
const ANSWER_WAIT: Duration = Duration::from_millis(5);

/// What the event loop woke up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wakeup {
    /// The time that [`Pacing::wait`] gave has passed.
    Timer,
    /// A key, perhaps with other messages.
    Key,
    /// The console has finished what it had put off.
    Finished,
    Other,
}

#[derive(Debug)]
pub(super) struct Pacing {
    drawn: Instant,
    /// A key's frame waits for its answer until then.
    patient_until: Option<Instant>,
    /// A key was drawn before its answer came, which is then drawn at once. Not so where the frame before was recent: keys
    /// that repeat must leave time between frames.
    owes_answer: bool,
}

impl Pacing {
    pub(super) fn new(now: Instant) -> Self {
        Self { drawn: now, patient_until: None, owes_answer: false }
    }

    /// The time that a changed screen may still wait.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.patient_until.unwrap_or(self.drawn + FRAME).saturating_duration_since(now)
    }

    /// Says whether to draw a changed screen now. `awaits`: an answer is on its way that changes much of it.
    pub(super) fn is_time(&mut self, wakeup: Wakeup, awaits: bool, now: Instant) -> bool {
        if wakeup == Wakeup::Timer {
            self.patient_until = None;
        }
        let mut urgent = matches!(wakeup, Wakeup::Timer | Wakeup::Finished);
        if !awaits {
            let answered = self.patient_until.take().is_some() | std::mem::take(&mut self.owes_answer);
            urgent |= answered || wakeup == Wakeup::Key;
        } else if wakeup == Wakeup::Key {
            self.patient_until.get_or_insert(now + ANSWER_WAIT);
        }
        urgent || (self.patient_until.is_none() && self.has_stood(now))
    }

    /// To be called before a frame is drawn.
    pub(super) fn begin(&mut self, awaits: bool, now: Instant) {
        self.owes_answer = awaits && self.has_stood(now);
    }

    /// To be called after a frame was drawn.
    pub(super) fn end(&mut self, now: Instant) {
        self.drawn = now;
    }

    fn has_stood(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.drawn) >= FRAME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A pace whose last frame was drawn `stood` ago, and the time.
    fn after(stood: Duration) -> (Pacing, Instant) {
        let drawn = Instant::now();
        (Pacing::new(drawn), drawn + stood)
    }

    fn draw(pace: &mut Pacing, awaits: bool, now: Instant) {
        pace.begin(awaits, now);
        pace.end(now);
    }

    #[test]
    fn a_key_is_drawn_at_once_and_a_message_when_the_last_frame_has_stood() {
        let (mut pace, now) = after(MS);
        assert!(pace.is_time(Wakeup::Key, false, now));
        assert!(pace.is_time(Wakeup::Finished, false, now));
        assert!(!pace.is_time(Wakeup::Other, false, now));
        assert_eq!(pace.wait(now), FRAME - MS);
        assert!(pace.is_time(Wakeup::Timer, false, now + pace.wait(now)));
        let (mut pace, now) = after(FRAME);
        assert!(pace.is_time(Wakeup::Other, false, now), "a flood keeps no frame waiting for longer");
        assert_eq!(pace.wait(now), Duration::ZERO);
    }

    #[test]
    fn a_key_waits_for_its_answer_and_both_are_drawn_together() {
        let (mut pace, now) = after(10 * FRAME);
        assert!(!pace.is_time(Wakeup::Key, true, now));
        assert_eq!(pace.wait(now), ANSWER_WAIT);
        assert!(!pace.is_time(Wakeup::Other, true, now + MS));
        assert!(!pace.is_time(Wakeup::Key, true, now + MS), "another key");
        assert_eq!(pace.wait(now + MS), ANSWER_WAIT - MS, "does not prolong it");
        assert!(pace.is_time(Wakeup::Other, false, now + 2 * MS), "the answer");
        draw(&mut pace, false, now + 2 * MS);
        assert!(!pace.is_time(Wakeup::Other, false, now + 3 * MS));
    }

    #[test]
    fn an_answer_that_comes_too_late_is_drawn_when_it_comes() {
        let (mut pace, now) = after(10 * FRAME);
        assert!(!pace.is_time(Wakeup::Key, true, now));
        assert!(pace.is_time(Wakeup::Timer, true, now + ANSWER_WAIT));
        draw(&mut pace, true, now + ANSWER_WAIT);
        assert!(!pace.is_time(Wakeup::Other, true, now + 2 * ANSWER_WAIT));
        assert!(pace.is_time(Wakeup::Other, false, now + 3 * ANSWER_WAIT));
        assert!(!pace.is_time(Wakeup::Other, false, now + 3 * ANSWER_WAIT), "once");
    }

    #[test]
    fn keys_that_repeat_leave_time_between_frames() {
        let (mut pace, now) = after(2 * ANSWER_WAIT);
        assert!(!pace.is_time(Wakeup::Key, true, now));
        assert!(pace.is_time(Wakeup::Timer, true, now + ANSWER_WAIT));
        draw(&mut pace, true, now + ANSWER_WAIT);
        assert!(
            !pace.is_time(Wakeup::Other, false, now + 2 * ANSWER_WAIT),
            "the answer waits: a frame was drawn shortly before"
        );
        assert!(pace.wait(now + 2 * ANSWER_WAIT) > 3 * ANSWER_WAIT);
    }
}
