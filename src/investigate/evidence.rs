//! What the log says towards each step of the checklist, and the commands beside it.
//!
//! A step is linked to kinds of evidence by what it speaks of, see [`super::topics`].

use chrono::{DateTime, Utc};

use crate::event::IdentityKind;
use crate::rule::{Rule, SectionKind, Step};

use super::commands::{self, Offer};
use super::surroundings::{clock, span};
use super::topics::{Topic, topics};
use super::{Call, Calls, Evidence, Facts, Seen, Surroundings, Tables, reason};

/// The evidence for each step that there is any for, in the order of the checklist. `now` is the time that a policy which
/// revokes sessions counts from.
#[must_use]
pub fn evidence(rule: &Rule, facts: &Facts, around: &Surroundings, now: DateTime<Utc>) -> Vec<Evidence> {
    let sections = rule.checklist.sections.iter().filter(|s| s.kind != SectionKind::Information);
    let steps = sections.flat_map(|section| section.steps.iter().map(|step| (section.kind, step)));
    steps
        .map(|(kind, step)| {
            let mut gathered = Gathered { rule, facts, around, now, lines: Vec::new(), offer: Offer::default() };
            for topic in topics(kind, step) {
                gathered.topic(topic, kind);
            }
            gathered.finish(step)
        })
        .filter(|evidence| !evidence.lines.is_empty() || !evidence.commands.is_empty())
        .collect()
}

/// The most calls that are listed under one step.
const CALLS: usize = 12;

struct Gathered<'a> {
    rule: &'a Rule,
    facts: &'a Facts,
    around: &'a Surroundings,
    now: DateTime<Utc>,
    lines: Vec<String>,
    offer: Offer,
}

impl Gathered<'_> {
    fn finish(mut self, step: &Step) -> Evidence {
        self.lines.append(&mut self.offer.guidance);
        let mut lines = Vec::new();
        for line in self.lines {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let mut commands = Vec::new();
        for command in self.offer.commands {
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
        Evidence { step: step.id.clone(), lines, commands }
    }

    fn say(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn offer(&mut self, mut offer: Offer) {
        self.offer.commands.append(&mut offer.commands);
        self.offer.guidance.append(&mut offer.guidance);
    }

    fn topic(&mut self, topic: Topic, kind: SectionKind) {
        let facts = self.facts;
        match topic {
            Topic::Actor => self.actor(),
            Topic::Source => self.source(),
            Topic::Export => self.export(),
            Topic::Permissions => {
                self.offer(commands::permissions(facts));
                self.activity();
            }
            Topic::Activity => self.activity(),
            Topic::IamChanges => {
                let what = "changes to IAM in the account in the 7 days before";
                self.calls(self.around.iam_changes.as_ref(), what, true);
            }
            Topic::Owner => self.owner(),
            Topic::Earlier => self.earlier(),
            Topic::Destination => {
                if let Some(export) = &facts.export {
                    if kind != SectionKind::Response {
                        self.destination();
                    }
                    self.offer(commands::bucket(export, facts));
                    self.offer(commands::key(export, facts));
                }
            }
            Topic::Lookup => {
                if let Some(export) = &facts.export {
                    self.offer(commands::task(export, facts, false));
                }
                self.offer(commands::lookup(facts));
            }
            Topic::Contain => {
                self.offer(commands::contain_identity(facts, self.now));
                if let Some(export) = &facts.export {
                    self.offer(commands::task(export, facts, true));
                    self.offer(commands::deny_writes(export, facts));
                }
            }
            Topic::Notify => self.notify(),
        }
    }

    fn actor(&mut self) {
        let who = &self.facts.identity;
        let kind = who.kind.to_string();
        match &who.display {
            Some(name) if !name.eq_ignore_ascii_case(&kind) => self.say(format!("{kind} {name}")),
            _ => self.say(kind),
        }
        self.lines.extend(who.arn.clone());
        if let Some(key) = &who.access_key {
            let what = match key.get(..4) {
                Some("AKIA") => " (long-lived)",
                Some("ASIA") => " (temporary)",
                _ => "",
            };
            self.say(format!("access key {key}{what}"));
        }
        if let Some(mfa) = who.mfa {
            self.say(if mfa { "session opened with MFA" } else { "session opened without MFA" });
        }
        if let Some(issuer) = who.issuer_arn.as_ref().filter(|_| who.kind != IdentityKind::Root) {
            self.say(format!("credentials issued by {issuer}"));
        }
        if let Some(service) = &who.invoked_by {
            self.say(format!("through {service}"));
        }
        self.seen(self.around.actor_seen, "the actor");
    }

    fn source(&mut self) {
        match &self.facts.source {
            Some(source) => self.say(format!("from {source}")),
            None => self.say("source address not recorded"),
        }
        self.seen(self.around.address_seen, "the address");
        let others = &self.around.address_actors;
        if !others.is_empty() {
            self.say(format!("also used by {}", others.join(", ")));
        }
        if let Some(agent) = &self.facts.agent {
            self.say(format!("with {} ({})", agent.original, agent.kind.as_str()));
            self.seen(self.around.agent_seen, "the user agent");
        }
    }

    fn seen(&mut self, seen: Seen, what: &str) {
        match seen {
            Seen::Unknown => {}
            Seen::Never => match self.around.log_begins {
                Some(begins) => self.say(format!("{what} was never seen before; the log begins {}", clock(begins))),
                None => self.say(format!("{what} was never seen before in this log")),
            },
            Seen::Since(first) => self.say(format!("{what} is known since {}", clock(first))),
        }
    }

    fn export(&mut self) {
        let Some(export) = &self.facts.export else { return };
        let source = export.source_arn.as_deref().unwrap_or("not recorded");
        self.say(format!("source {source} ({})", export.source_kind().as_str()));
        if export.is_automated() {
            self.say("taken by RDS itself, as its name begins with rds:");
        }
        match &export.tables {
            Tables::All => self.say("tables: all"),
            Tables::Only(names) => self.say(format!("tables: {}", names.join(", "))),
            Tables::NotRecorded => self.say("tables not recorded"),
        }
        self.destination();
        if let Some(made) = &self.around.snapshot_made {
            self.say(format!("{} by the same actor at {}", made.action, clock(made.time)));
        }
        self.offer(commands::task(export, self.facts, false));
        self.offer(commands::bucket(export, self.facts));
        self.offer(commands::key(export, self.facts));
    }

    fn destination(&mut self) {
        let Some(export) = &self.facts.export else { return };
        self.say(format!("to {}", export.destination().as_deref().unwrap_or("a bucket not recorded")));
        self.say(format!("role {}", export.role_arn.as_deref().unwrap_or("not recorded")));
        self.say(format!("key {}", export.kms_key.as_deref().unwrap_or("not recorded")));
        if self.around.bucket_seen == Seen::Never {
            self.say("no export went to this bucket before");
        }
    }

    fn activity(&mut self) {
        self.calls(self.around.nearby.as_ref(), "other calls by the actor within 30 minutes", false);
        if self.around.failed_exports.as_ref().is_some_and(|failed| failed.total > 0) {
            self.calls(self.around.failed_exports.as_ref(), "failed exports by the actor within 6 hours", false);
        }
        self.lines.extend(self.around.gaps.clone());
    }

    fn calls(&mut self, calls: Option<&Calls>, what: &str, with_actor: bool) {
        let Some(calls) = calls else { return };
        if calls.total == 0 {
            self.say(format!("no {what}"));
            return;
        }
        self.say(format!("{what}: {}", calls.total));
        for call in calls.list.iter().take(CALLS) {
            self.say(call_line(call, with_actor));
        }
        let shown = calls.list.len().min(CALLS);
        if calls.total > shown {
            self.say(format!("  … and {} more", calls.total - shown));
        }
    }

    fn owner(&mut self) {
        if let Some(account) = &self.facts.account {
            self.say(format!("account {account}"));
        }
        self.lines.extend(self.around.owner.iter().cloned());
        if let Some(export) = &self.facts.export {
            self.offer(commands::tags(export, self.facts));
        }
    }

    fn earlier(&mut self) {
        let Some(earlier) = &self.around.earlier_exports else { return };
        if earlier.is_empty() {
            self.say("no earlier export by the same actor or role, or to the same bucket");
            return;
        }
        self.say(format!("earlier exports that are alike: {}", earlier.len()));
        for export in earlier.iter().take(CALLS) {
            let same = [("actor", export.same_actor), ("role", export.same_role), ("bucket", export.same_bucket)];
            let same: Vec<&str> = same.iter().filter(|(_, same)| *same).map(|(what, _)| *what).collect();
            let time = clock(export.time);
            let what = format!("  {time}  {}  {}  to {}", export.actor, export.target, export.destination);
            self.say(format!("{what}  (same {})", same.join(", ")));
        }
        if earlier.len() > CALLS {
            self.say(format!("  … and {} more", earlier.len() - CALLS));
        }
        if let (Some(time), Some(last)) = (self.facts.time, earlier.first()) {
            self.say(format!("the last of them {} before", span(time - last.time)));
        }
    }

    fn notify(&mut self) {
        self.say(reason(self.rule, self.facts));
        if let Some(time) = self.facts.time {
            self.say(format!("at {}, event {}", clock(time), self.facts.event_id));
        }
        if self.facts.export.is_some() {
            self.destination();
        }
    }
}

fn call_line(call: &Call, with_actor: bool) -> String {
    let error = call.error.as_ref().map(|error| format!("  {error}")).unwrap_or_default();
    let actor = if with_actor { format!("  by {}", call.actor) } else { String::new() };
    format!("  {}  {} {}{actor}{error}", clock(call.time), call.service, call.action)
}

#[cfg(test)]
mod tests;
