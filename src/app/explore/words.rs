//! The sentences about an answer. They name everything that the search left out.

use super::super::format::{count, extent, plural, progress};
use super::super::page::{Part, Role, part};
use super::super::shared::Shared;
use super::Explore;
use crate::engine::{Extent, Groups, LISTED, Values};
use crate::query::Language;

/// The prompt before a question: it names the language.
#[must_use]
pub fn lead(language: Language) -> String {
    format!("explore {language} ")
}

/// The most lines of a question.
const QUESTION: usize = 3;

/// A stretch of time in words: `1 hour`, `15 minutes`.
#[must_use]
pub fn span(seconds: i64) -> String {
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let (word, length) = units.into_iter().find(|(_, length)| seconds % length == 0).unwrap_or(("second", 1));
    plural(usize::try_from(seconds / length).unwrap_or_default(), word)
}

impl Explore {
    /// The question in as many lines as it needs, three at most.
    #[must_use]
    pub fn question_lines(&self, columns: usize) -> Vec<String> {
        let text = match self.ask.text() {
            "" if self.asked => "every event".to_owned(),
            text => crate::text::visible(text).into_owned(),
        };
        let room = columns.saturating_sub(lead(self.ask.language()).len()).max(8);
        let mut lines = crate::text::wrap(&text, room);
        if lines.len() > QUESTION {
            let rest = lines.split_off(QUESTION - 1).join(" ");
            lines.push(crate::text::fit(&rest, room, "…").into_owned());
        }
        lines
    }

    /// The number of events, the progress of the search, and its time.
    #[must_use]
    pub fn status(&self, shared: &Shared) -> Vec<Part> {
        let answer = &self.answer;
        if !self.asked {
            let typing = shared.overlay.is_some();
            return if typing { Vec::new() } else { vec![part(Role::Quiet, "nothing asked yet: / asks")] };
        }
        let events = plural(to_usize(answer.matched), "event");
        let mut parts = match answer.groups {
            Groups::None => vec![part(Role::Strong, events)],
            _ if !answer.done => vec![part(Role::Strong, format!("{events} may take part"))],
            Groups::Sequences(found) => vec![part(Role::Strong, plural(to_usize(found), "sequence")), of(&events)],
            Groups::Samples(found) => vec![part(Role::Strong, plural(to_usize(found), "sample")), of(&events)],
        };
        let listed = answer.events.len() as u64;
        if listed < answer.matched && (answer.done || answer.groups == Groups::None) {
            let what = if answer.matched > LISTED as u64 { "the newest" } else { "with a time" };
            parts.push(part(Role::Warn, format!(" · {what} {} listed", count(listed))));
        }
        let progress = progress(answer.read, answer.of);
        parts.push(match (answer.done, self.stopped) {
            (true, _) => {
                // The log goes on, and the answer does not.
                let as_of = self.as_of.map(|t| format!(" as of {}", shared.clock.event(t))).unwrap_or_default();
                part(Role::Quiet, format!(" · in {}{as_of}", extent(answer.of)))
            }
            (false, true) => part(Role::Warn, format!(" · stopped at {progress}: Ctrl+R searches again")),
            (false, false) if answer.of == Extent::default() => part(Role::Warn, " · searching …"),
            (false, false) => part(Role::Warn, format!(" · searching, {progress} …")),
        });
        parts
    }

    /// Everything that the search could not cover, in as many lines as it needs.
    #[must_use]
    pub fn gaps(&self, shared: &Shared, columns: usize) -> Vec<String> {
        let answer = &self.answer;
        let mut gaps: Vec<String> = Vec::new();
        gaps.extend(self.ask.warning().map(|warning| warning.to_owned()));
        // An event that was found may have a field of its own.
        let doubt = self.ask.doubt().filter(|_| self.asked && answer.matched == 0);
        gaps.extend(doubt.map(|doubt| doubt.message.clone()));
        if self.asked && shared.health.pending > 0 {
            let waiting = plural(to_usize(shared.health.pending), "file");
            gaps.push(format!("{waiting} still to be read, and not searched yet: Ctrl+R searches again"));
        }
        gaps.extend(self.counted().filter(|values| values.off_by > 0).map(roughly));
        gaps.extend(answer.gaps.clone());
        if gaps.is_empty() {
            return Vec::new();
        }
        crate::text::wrap(&crate::text::visible(&gaps.join(" · ")), columns)
    }
}

fn of(events: &str) -> Part {
    part(Role::Text, format!(" of {events}"))
}

fn roughly(values: &Values) -> String {
    format!("counts of {} may lack up to {}", crate::text::visible(&values.field), count(values.off_by))
}

fn to_usize(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn stretches_of_time_in_their_largest_whole_unit() {
        assert_eq!(span(1), "1 second");
        assert_eq!(span(900), "15 minutes");
        assert_eq!(span(3 * 3600), "3 hours");
        assert_eq!(span(7 * 86_400), "7 days");
    }
}
