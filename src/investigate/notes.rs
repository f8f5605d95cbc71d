//! Collects the evidence for one step of the checklist.

use super::surroundings::clock;
use super::{Call, Calls, Command, Evidence};
use crate::rule::StepId;

/// The most calls listed under one step.
pub(super) const CALLS: usize = 12;

#[derive(Debug, Default)]
pub(super) struct Notes {
    lines: Vec<String>,
    advice: Vec<String>,
    commands: Vec<Command>,
}

impl Notes {
    pub(super) fn say(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Adds advice, which comes after the other lines.
    pub(super) fn advise(&mut self, line: impl Into<String>) {
        self.advice.push(line.into());
    }

    pub(super) fn offer(&mut self, command: Option<Command>) {
        self.commands.extend(command);
    }

    /// Lists calls; adds nothing where nobody looked for them.
    pub(super) fn calls(&mut self, calls: Option<&Calls>, what: &str, with_actor: bool) {
        let Some(calls) = calls else { return };
        if calls.total == 0 {
            self.say(format!("no {what}"));
            return;
        }
        self.say(format!("{what}: {}", calls.total));
        for call in calls.list.iter().take(CALLS) {
            self.say(call_line(call, with_actor));
        }
        self.say_more(calls.total, calls.list.len());
    }

    /// Adds how many of `total` are not shown.
    pub(super) fn say_more(&mut self, total: usize, listed: usize) {
        let shown = listed.min(CALLS);
        if total > shown {
            self.say(format!("  … and {} more", total - shown));
        }
    }

    /// The evidence for `step`: each line and command once, as several topics may ask for the same.
    pub(super) fn into_evidence(self, step: StepId) -> Evidence {
        Evidence { step, lines: once(self.lines.into_iter().chain(self.advice)), commands: once(self.commands) }
    }
}

fn once<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

fn call_line(call: &Call, with_actor: bool) -> String {
    let error = call.error.as_ref().map(|error| format!("  {error}")).unwrap_or_default();
    let actor = if with_actor { format!("  by {}", call.actor) } else { String::new() };
    format!("  {}  {} {}{actor}{error}", clock(call.time), call.service, call.action)
}
