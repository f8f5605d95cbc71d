//! The evidence in the log for each step of the checklist, and the commands beside it.
//!
//! A step is free text; [`super::topics`] finds the kinds of evidence that it asks for.

use chrono::{DateTime, Utc};

use crate::event::IdentityKind;
use crate::rule::{Rule, SectionKind};

use super::notes::Notes;
use super::times::{clock, span};
use super::topics::{Topic, topics};
use super::{Evidence, Facts, Seen, Surroundings, WEEK, commands, rds_export, reason};

mod response;

/// The evidence for each step that has any, in the order of the checklist. A policy that revokes sessions covers those
/// that began before `now`.
#[must_use]
pub fn evidence(rule: &Rule, facts: &Facts, around: &Surroundings, now: DateTime<Utc>) -> Vec<Evidence> {
    let sections = rule.checklist.sections.iter().filter(|s| s.kind != SectionKind::Information);
    let steps = sections.flat_map(|section| section.steps.iter().map(|step| (section.kind, step)));
    steps
        .map(|(kind, step)| {
            let mut gatherer = Gatherer { rule, facts, around, now, notes: Notes::default() };
            for topic in topics(kind, step) {
                gatherer.gather(topic, kind);
            }
            gatherer.notes.into_evidence(step.id.clone())
        })
        .filter(|evidence| !evidence.lines.is_empty() || !evidence.commands.is_empty())
        .collect()
}

/// What a look at the [`WEEK`](super::WEEK) before rests on: the log may hold less.
fn stretch(facts: &Facts, around: &Surroundings) -> String {
    match around.history(facts.time) {
        Some(history) if history < WEEK => format!("in the {} of log before", span(history)),
        _ => format!("in the {} before", span(WEEK)),
    }
}

struct Gatherer<'a> {
    rule: &'a Rule,
    facts: &'a Facts,
    around: &'a Surroundings,
    now: DateTime<Utc>,
    notes: Notes,
}

impl Gatherer<'_> {
    fn gather(&mut self, topic: Topic, kind: SectionKind) {
        let Self { facts, around, notes, .. } = self;
        let export = facts.export.as_ref();
        match topic {
            Topic::Actor => self.actor(),
            Topic::Source => self.source(),
            Topic::Export => export.into_iter().for_each(|export| rds_export::describe(notes, export, facts, around)),
            Topic::Permissions => {
                commands::permissions(notes, facts);
                self.activity();
            }
            Topic::Activity => self.activity(),
            Topic::IamChanges => {
                let what = format!("changes of permissions in the account {}", stretch(facts, around));
                notes.calls(around.permission_changes.as_ref(), &what, true);
            }
            Topic::Owner => self.owner(),
            Topic::Earlier => rds_export::list_earlier(notes, facts, around),
            Topic::Destination => {
                if let Some(export) = export {
                    rds_export::inspect_destination(notes, export, facts, around, kind);
                }
            }
            Topic::Lookup => {
                if let Some(export) = export {
                    rds_export::task(notes, export, facts, false);
                }
                commands::lookup(notes, facts);
            }
            Topic::Contain => {
                commands::contain_identity(notes, facts, self.now);
                if let Some(lineage) = &around.lineage {
                    commands::contain_lineage(notes, facts, lineage, self.now);
                }
                if let Some(export) = export {
                    rds_export::task(notes, export, facts, true);
                    rds_export::deny_writes(notes, export, facts);
                }
            }
            Topic::Notify => self.notify(),
            Topic::Partner => response::partner(notes, facts, around),
            Topic::TestSystem => response::test_system(notes, facts),
            Topic::Data => response::data(notes, around),
            Topic::Needs => response::needs(notes, facts, around),
            Topic::Watch => response::watch(notes, facts, around),
            Topic::Timeline => response::timeline(notes, facts, around),
        }
    }

    fn actor(&mut self) {
        let who = &self.facts.identity;
        let kind = who.kind.to_string();
        match &who.display {
            Some(name) if !name.eq_ignore_ascii_case(&kind) => self.notes.say(format!("{kind} {name}")),
            _ => self.notes.say(kind),
        }
        who.arn.iter().for_each(|arn| self.notes.say(arn));
        if let Some(key) = &who.access_key {
            let what = match key.get(..4) {
                Some("AKIA") => " (long-lived)",
                Some("ASIA") => " (temporary)",
                _ => "",
            };
            self.notes.say(format!("access key {key}{what}"));
        }
        if let Some(mfa) = who.mfa {
            self.notes.say(if mfa { "session opened with MFA" } else { "session opened without MFA" });
        }
        if let Some(issuer) = who.issuer_arn.as_ref().filter(|_| who.kind != IdentityKind::Root) {
            self.notes.say(format!("credentials issued by {issuer}"));
        }
        if let Some(service) = &who.invoked_by {
            self.notes.say(format!("through {service}"));
        }
        if let Some((lineage, time)) = self.around.lineage.as_ref().zip(self.facts.time) {
            lineage.lines(time).into_iter().for_each(|line| self.notes.say(line));
        }
        self.seen(self.around.actor_seen, "the actor");
    }

    fn source(&mut self) {
        match &self.facts.source {
            Some(source) => self.notes.say(format!("from {source}")),
            None => self.notes.say("source address not recorded"),
        }
        self.seen(self.around.address_seen, "the address");
        let others = &self.around.address_actors;
        if !others.is_empty() {
            self.notes.say(format!("also used by {}", others.join(", ")));
        }
        if let Some(agent) = &self.facts.agent {
            self.notes.say(format!("with {} ({})", agent.original, agent.kind.as_str()));
            self.seen(self.around.agent_seen, "the user agent");
        }
    }

    fn seen(&mut self, seen: Seen, what: &str) {
        match seen {
            Seen::Unknown => {}
            Seen::Never => match self.around.log_begins {
                Some(begins) => {
                    self.notes.say(format!("{what} was never seen before; the log begins {}", clock(begins)))
                }
                None => self.notes.say(format!("{what} was never seen before in this log")),
            },
            Seen::Since(first) => self.notes.say(format!("{what} is known since {}", clock(first))),
        }
    }

    fn activity(&mut self) {
        self.notes.telling(self.around.nearby.as_ref(), "other calls by the actor within 30 minutes");
        rds_export::list_failed(&mut self.notes, self.around);
        self.around.gaps.iter().for_each(|gap| self.notes.say(gap));
    }

    fn owner(&mut self) {
        if let Some(account) = &self.facts.account {
            self.notes.say(format!("account {account}"));
        }
        self.around.owner.iter().for_each(|line| self.notes.say(line));
        if let Some(export) = &self.facts.export {
            rds_export::tags(&mut self.notes, export, self.facts);
        }
    }

    fn notify(&mut self) {
        self.notes.say(reason(self.rule, self.facts));
        if let Some(time) = self.facts.time {
            self.notes.say(format!("at {}, event {}", clock(time), self.facts.event_id));
        }
        if let Some(export) = &self.facts.export {
            rds_export::describe_destination(&mut self.notes, export, self.around);
        }
    }
}

#[cfg(test)]
mod tests;
