//! What the log says towards each step of the checklist, and the commands beside it.
//!
//! A guide is free text, so a step is linked to kinds of evidence by what it speaks of: [`TOPICS`] lists the words. They
//! are chosen to work for guides in several hands, ours among them; a step that speaks of nothing known gets nothing.

use chrono::{DateTime, Utc};

use crate::event::IdentityKind;
use crate::rule::{Detail, Rule, SectionKind, Step};

use super::commands::{self, Offer};
use super::surroundings::{clock, span};
use super::{Call, Calls, Evidence, Facts, Seen, Surroundings, Tables, reason};

/// A kind of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    /// Who made the call.
    Actor,
    /// From where, with what.
    Source,
    /// What was exported, where to.
    Export,
    /// What the identity is allowed to do.
    Permissions,
    /// What the actor did around the event.
    Activity,
    /// Changes to IAM before.
    IamChanges,
    /// Whose it is.
    Owner,
    /// Exports before that are alike.
    Earlier,
    /// The bucket and the key.
    Destination,
    /// Everything by these credentials.
    Lookup,
    /// Stop it: the identity, the task, the writing.
    Contain,
    /// What to tell others.
    Notify,
}

/// Which sections a topic belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Any,
    Investigation,
    Response,
}

/// A step that holds one of the words, in lower case, speaks of the topic.
const TOPICS: &[(Topic, In, &[&str])] = &[
    (
        Topic::Actor,
        In::Investigation,
        &[
            "user_identity",
            "user.name",
            "access_key_id",
            "access key id",
            "identify the user",
            "identify the actor",
            "identify the principal",
            "identify who",
            "identify the initiator",
            "user or role that",
            "user or role responsible",
            "specific user or role",
            "which principal",
            "which user",
            "who started",
            "who initiated",
            "who performed",
            "who made the call",
            "calling user",
            "the caller",
        ],
    ),
    (
        Topic::Source,
        In::Investigation,
        &[
            "source.ip",
            "source ip",
            "ip address",
            "source.address",
            "source.geo",
            "user_agent",
            "user agent",
            "geolocation",
            "where did the call",
            "call come from",
            "from where",
            "request origin",
            "origin of the request",
        ],
    ),
    (
        Topic::Export,
        In::Investigation,
        &[
            "request_parameters",
            "sourcearn",
            "which snapshot",
            "database snapshot",
            "was exported",
            "what was exported",
            "s3bucketname",
            "snapshot identifier",
        ],
    ),
    (
        Topic::Permissions,
        In::Investigation,
        &[
            "policies and permissions",
            "legitimate access",
            "authorized to",
            "allowed to",
            "may this identity",
            "iam policies with",
            "permissions of the",
            "validate access permissions",
            "least privilege",
        ],
    ),
    (
        Topic::Activity,
        In::Any,
        &[
            "other activities",
            "other unusual",
            "other suspicious",
            "any other unauthorized",
            "what else",
            "before and after",
            "half an hour",
            "same actor",
            "same identity",
            "same user",
            "same principal",
            "same account",
            "same access key",
            "in the hour around",
            "correlate",
            "surrounding",
            "around the time",
            "activity around",
            "related events",
            "policies and permissions",
            "legitimate access",
            "first odd call",
        ],
    ),
    (
        Topic::IamChanges,
        In::Investigation,
        &[
            "changes in iam",
            "changes to iam",
            "iam changes",
            "iam role changes",
            "iam modifications",
            "permission changes",
            "permissions change",
            "policy and role changes",
            "recent iam",
            "privilege escalation",
            "policy changes",
        ],
    ),
    (
        Topic::Owner,
        In::Any,
        &[
            "data owner",
            "owner",
            "stakeholder",
            "authorized and aligns",
            "confirm with",
            "contact the",
            "whether this was planned",
            "business needs",
            "tags",
        ],
    ),
    (
        Topic::Earlier,
        In::Investigation,
        &[
            "historically",
            "earlier exports",
            "previous exports",
            "prior exports",
            "multiple snapshots",
            "used it, and this tool, before",
            "normally perform",
            "typically perform",
        ],
    ),
    (
        Topic::Destination,
        In::Any,
        &["s3 bucket", "destination bucket", "destination", "kms key", "s3bucketname", "key policy"],
    ),
    (
        Topic::Lookup,
        In::Response,
        &[
            "cloudtrail logs",
            "through cloudtrail",
            "use cloudtrail",
            "using cloudtrail",
            "in cloudtrail",
            "search cloudtrail",
            "query cloudtrail",
            "enumerate",
            "hunt",
        ],
    ),
    (
        Topic::Contain,
        In::Response,
        &[
            "revoke",
            "rotate",
            "cut off",
            "deactivate",
            "disable or rotate",
            "credentials are compromised",
            "compromised credentials",
            "compromised iam",
            "contain potential",
            "cancel the export",
            "remove access",
            "isolate",
            "immediately",
        ],
    ),
    (Topic::Notify, In::Response, &["notify", "inform", "tell the people", "escalate", "call the security"]),
];

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

fn topics(kind: SectionKind, step: &Step) -> Vec<Topic> {
    let mut text = format!("{} {}", step.group.as_deref().unwrap_or_default(), step.text);
    add_details(&step.details, &mut text);
    let text = text.to_lowercase();
    let mut topics: Vec<Topic> = TOPICS
        .iter()
        .filter(|(_, place, _)| match place {
            In::Any => true,
            In::Investigation => kind == SectionKind::Investigation,
            In::Response => kind == SectionKind::Response,
        })
        .filter(|(_, _, words)| words.iter().any(|word| text.contains(word)))
        .map(|(topic, ..)| *topic)
        .collect();
    // Whether it is a false positive is told by what was routine before.
    if kind == SectionKind::FalsePositives {
        topics.insert(0, Topic::Earlier);
    }
    topics
}

fn add_details(details: &[Detail], text: &mut String) {
    for detail in details {
        text.push(' ');
        text.push_str(&detail.text);
        add_details(&detail.details, text);
    }
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
            Topic::Permissions => self.offer(commands::permissions(facts)),
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
        self.say(format!("{} {what}:", calls.total));
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
        self.say(format!("{} earlier exports that are alike:", earlier.len()));
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
