//! When the next frame is drawn: a key's at once, or together with the answer that it asks for; anything else's when the
//! last frame has stood for a while. Reads no clock.

use std::time::{Duration, Instant};

/// The shortest time between two frames that no key asked for, and the longest that a flood of messages keeps a frame
/// waiting.
pub(super) const FRAME: Duration = Duration::from_millis(33);

/// How long a key's frame waits for an answer that is on its way, so that one frame shows both. One that comes later is
/// drawn when it comes.
const PATIENCE: Duration = Duration::from_millis(5);

/// What was just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// What [`Pace::wait`] said has passed.
    Waited,
    /// The console was given a key, perhaps with other messages.
    Key,
    /// The console has ended what it had put off.
    Finished,
    /// Anything else.
    Other,
}

/// What frames there were, and what they were drawn without.
#[derive(Debug)]
pub(super) struct Pace {
    drawn: Instant,
    /// Until then a key's frame waits for its answer.
    patient_until: Option<Instant>,
    /// A key was drawn without the answer that it asks for, after a while in which nothing was: keys that repeat have to
    /// leave time between frames.
    owes: bool,
}

impl Pace {
    /// As if a frame had just been drawn.
    pub(super) fn new(now: Instant) -> Self {
        Self { drawn: now, patient_until: None, owes: false }
    }

    /// How long a changed picture may still wait.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.patient_until.unwrap_or(self.drawn + FRAME).saturating_duration_since(now)
    }

    /// Whether a changed picture is to be drawn after this step. `awaits`: an answer that changes much of it is on its way.
    pub(super) fn is_time(&mut self, step: Step, awaits: bool, now: Instant) -> bool {
        if step == Step::Waited {
            self.patient_until = None;
        }
        let mut urgent = matches!(step, Step::Waited | Step::Finished);
        if !awaits {
            let answered = self.patient_until.take().is_some() | std::mem::take(&mut self.owes);
            urgent |= answered || step == Step::Key;
        } else if step == Step::Key {
            self.patient_until.get_or_insert(now + PATIENCE);
        }
        urgent || (self.patient_until.is_none() && self.has_stood(now))
    }

    /// Says that a frame is being drawn, with or without an answer that is on its way.
    pub(super) fn begin(&mut self, awaits: bool, now: Instant) {
        self.owes = awaits && self.has_stood(now);
    }

    /// Says that one has been drawn.
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
    fn after(stood: Duration) -> (Pace, Instant) {
        let drawn = Instant::now();
        (Pace::new(drawn), drawn + stood)
    }

    fn draw(pace: &mut Pace, awaits: bool, now: Instant) {
        pace.begin(awaits, now);
        pace.end(now);
    }

    #[test]
    fn a_key_is_drawn_at_once_and_a_message_when_the_last_frame_has_stood() {
        let (mut pace, now) = after(MS);
        assert!(pace.is_time(Step::Key, false, now));
        assert!(pace.is_time(Step::Finished, false, now));
        assert!(!pace.is_time(Step::Other, false, now));
        assert_eq!(pace.wait(now), FRAME - MS);
        assert!(pace.is_time(Step::Waited, false, now + pace.wait(now)));
        let (mut pace, now) = after(FRAME);
        assert!(pace.is_time(Step::Other, false, now), "a flood keeps no frame waiting for longer");
        assert_eq!(pace.wait(now), Duration::ZERO);
    }

    #[test]
    fn a_key_waits_for_its_answer_and_both_are_drawn_together() {
        let (mut pace, now) = after(10 * FRAME);
        assert!(!pace.is_time(Step::Key, true, now));
        assert_eq!(pace.wait(now), PATIENCE);
        assert!(!pace.is_time(Step::Other, true, now + MS));
        assert!(!pace.is_time(Step::Key, true, now + MS), "another key");
        assert_eq!(pace.wait(now + MS), PATIENCE - MS, "does not prolong it");
        assert!(pace.is_time(Step::Other, false, now + 2 * MS), "the answer");
        draw(&mut pace, false, now + 2 * MS);
        assert!(!pace.is_time(Step::Other, false, now + 3 * MS));
    }

    #[test]
    fn an_answer_that_comes_too_late_is_drawn_when_it_comes() {
        let (mut pace, now) = after(10 * FRAME);
        assert!(!pace.is_time(Step::Key, true, now));
        assert!(pace.is_time(Step::Waited, true, now + PATIENCE));
        draw(&mut pace, true, now + PATIENCE);
        assert!(!pace.is_time(Step::Other, true, now + 2 * PATIENCE));
        assert!(pace.is_time(Step::Other, false, now + 3 * PATIENCE));
        assert!(!pace.is_time(Step::Other, false, now + 3 * PATIENCE), "once");
    }

    #[test]
    fn keys_that_repeat_leave_time_between_frames() {
        let (mut pace, now) = after(2 * PATIENCE);
        assert!(!pace.is_time(Step::Key, true, now));
        assert!(pace.is_time(Step::Waited, true, now + PATIENCE));
        draw(&mut pace, true, now + PATIENCE);
        assert!(
            !pace.is_time(Step::Other, false, now + 2 * PATIENCE),
            "the answer waits: a frame was drawn shortly before"
        );
        assert!(pace.wait(now + 2 * PATIENCE) > 3 * PATIENCE);
    }
}
