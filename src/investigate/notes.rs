//! Collects the evidence for one step of the checklist.

use std::collections::BTreeMap;

use super::call::is_read;
use super::times::clock;
use super::{Call, Calls, Command, Evidence, EvidenceLine};
use crate::rule::StepId;

/// The most calls listed under one step.
pub(super) const CALLS: usize = 12;

#[derive(Debug, Default)]
pub(super) struct Notes {
    lines: Vec<EvidenceLine>,
    advice: Vec<EvidenceLine>,
    commands: Vec<Command>,
}

impl Notes {
    pub(super) fn say(&mut self, line: impl Into<String>) {
        self.lines.push(line.into().into());
    }

    /// Adds advice, which comes after the other lines.
    pub(super) fn advise(&mut self, line: impl Into<String>) {
        self.advice.push(line.into().into());
    }

    pub(super) fn offer(&mut self, command: Option<Command>) {
        self.commands.extend(command);
    }

    /// Adds a line that a record says.
    pub(super) fn call(&mut self, call: &Call, with_actor: bool) {
        self.lines.push(EvidenceLine { text: call_line(call, with_actor), record: call.record.clone() });
    }

    /// Lists calls; adds nothing where nobody looked for them.
    pub(super) fn calls(&mut self, calls: Option<&Calls>, what: &str, with_actor: bool) {
        let Some(calls) = calls else { return };
        if calls.total == 0 {
            self.say(format!("no {what}"));
            return;
        }
        self.say(format!("{what}: {}", calls.total));
        calls.list.iter().take(CALLS).for_each(|call| self.call(call, with_actor));
        self.say_more(calls.total, calls.list.len());
    }

    /// Lists calls that changed something or failed; counts those that only read.
    pub(super) fn telling(&mut self, calls: Option<&Calls>, what: &str) {
        let Some(calls) = calls else { return };
        let (reads, telling): (Vec<&Call>, Vec<&Call>) = calls.list.iter().partition(|call| is_quiet(call));
        if telling.is_empty() || reads.is_empty() {
            return self.calls(Some(calls), what, false);
        }
        self.say(format!("{what}: {}", calls.total));
        telling.iter().take(CALLS).for_each(|call| self.call(call, false));
        let unlisted = calls.total - calls.list.len();
        self.say_more(telling.len() + unlisted, telling.len());
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for call in &reads {
            *kinds.entry(kind(call)).or_default() += 1;
        }
        let mut kinds: Vec<(String, usize)> = kinds.into_iter().collect();
        kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        self.say(format!("  {} that only read: {}", reads.len(), kinds.join(", ")));
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

/// Whether it read something and was let.
pub(super) fn is_quiet(call: &Call) -> bool {
    is_read(&call.action) && call.error.is_none()
}

/// `rds Describe*`.
fn kind(call: &Call) -> String {
    let verb: String =
        call.action.char_indices().take_while(|(at, c)| *at == 0 || !c.is_ascii_uppercase()).map(|(_, c)| c).collect();
    format!("{} {verb}*", call.service)
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
    let object = call.object.as_ref().map(|object| format!(" {object}")).unwrap_or_default();
    let error = call.error.as_ref().map(|error| format!("  {error}")).unwrap_or_default();
    let actor = if with_actor { format!("  by {}", call.actor) } else { String::new() };
    format!("  {}  {} {}{object}{actor}{error}", clock(call.time), call.service, call.action)
}
