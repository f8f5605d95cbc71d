//! What stands out about an event.

use std::net::IpAddr;

use chrono::Duration;

use crate::event::IdentityKind;

use super::arn::Arn;
use super::overview::foreign;
use super::surroundings::{clock, span};
use super::{AgentKind, Export, Facts, Finding, Seen, SourceKind, Surroundings, Tables, Weight};

/// So many exports within six hours are more than routine.
const MANY_EXPORTS: usize = 3;

/// With less log than this before the event, "never seen before" says little.
const SHORT_LOG: Duration = Duration::hours(24);

/// The findings, most important first. Each names the fields it came from.
#[must_use]
pub fn findings(facts: &Facts, around: &Surroundings) -> Vec<Finding> {
    let mut found = Found { list: Vec::new() };
    found.about_identity(facts);
    if let Some(export) = &facts.export {
        found.about_export(export, facts);
        found.about_exports_around(around, facts);
    }
    found.about_tool(facts);
    found.about_history(facts, around);
    if !facts.suspicious.is_empty() {
        let fields: Vec<&str> = facts.suspicious.iter().map(String::as_str).collect();
        found.add(
            Weight::Alarming,
            "text with characters that steer a terminal or deceive a reader".to_owned(),
            &fields,
        );
    }
    found.list.sort_by_key(|finding| finding.weight);
    found.list
}

const ARN: &str = "aws.cloudtrail.user_identity.arn";
const KIND: &str = "aws.cloudtrail.user_identity.type";
const MFA: &str = "aws.cloudtrail.user_identity.session_context.mfa_authenticated";
const KEY_ID: &str = "aws.cloudtrail.user_identity.access_key_id";
const ACCOUNT: &str = "aws.cloudtrail.recipient_account_id";
const SOURCE: &str = "source.address";
const AGENT: &str = "user_agent.original";
const TIME: &str = "@timestamp";
const SOURCE_ARN: &str = "aws.cloudtrail.flattened.request_parameters.sourceArn";
const EXPORT_ONLY: &str = "aws.cloudtrail.flattened.request_parameters.exportOnly";
const ROLE: &str = "aws.cloudtrail.flattened.request_parameters.iamRoleArn";
const KMS: &str = "aws.cloudtrail.flattened.request_parameters.kmsKeyId";
const BUCKET: &str = "aws.cloudtrail.flattened.request_parameters.s3BucketName";

struct Found {
    list: Vec<Finding>,
}

impl Found {
    fn add(&mut self, weight: Weight, text: String, fields: &[&str]) {
        let fields = fields.iter().map(|f| (*f).to_owned()).collect();
        self.list.push(Finding { text, weight, fields });
    }

    fn about_identity(&mut self, facts: &Facts) {
        let who = &facts.identity;
        match who.kind {
            IdentityKind::Root => self.add(Weight::Alarming, "the root user made the call".to_owned(), &[KIND, ARN]),
            IdentityKind::AwsAccount => {
                self.add(Weight::Alarming, "the caller belongs to another account".to_owned(), &[KIND, ARN]);
            }
            IdentityKind::AwsService => {
                self.add(Weight::Plain, "an AWS service made the call by itself".to_owned(), &[KIND]);
            }
            IdentityKind::Absent => {
                self.add(Weight::Notable, "the log does not say who made the call".to_owned(), &[KIND])
            }
            _ => {}
        }
        if who.mfa == Some(false) {
            self.add(Weight::Notable, "the session was opened without MFA".to_owned(), &[MFA]);
        }
        if who.access_key.as_deref().is_some_and(|key| key.starts_with("AKIA")) {
            self.add(Weight::Plain, "signed with a long-lived access key".to_owned(), &[KEY_ID]);
        }
    }

    fn about_export(&mut self, export: &Export, facts: &Facts) {
        let home = facts.account.as_deref();
        if let Some(key) = &export.kms_key {
            match foreign(key, home) {
                Some(account) => {
                    let text = format!("the key belongs to another account, {account}");
                    self.add(Weight::Alarming, text, &[KMS, ACCOUNT]);
                }
                None if Arn::of(key).is_none() => {
                    let text = "the key is given without its account: whose it is cannot be told from the log";
                    self.add(Weight::Plain, text.to_owned(), &[KMS]);
                }
                None => {}
            }
        }
        if let Some(account) = export.role_arn.as_deref().and_then(|role| foreign(role, home)) {
            let text = format!("the export role belongs to another account, {account}");
            self.add(Weight::Alarming, text, &[ROLE, ACCOUNT]);
        }
        if let Some(account) = export.source_arn.as_deref().and_then(|arn| foreign(arn, home)) {
            let text = format!("the snapshot belongs to another account, {account}");
            self.add(Weight::Notable, text, &[SOURCE_ARN, ACCOUNT]);
        }
        if export.tables == Tables::All {
            self.add(Weight::Notable, "everything is exported, not single tables".to_owned(), &[EXPORT_ONLY]);
        }
        if export.source_kind() == SourceKind::Cluster {
            let text = "a live cluster is exported: there is no snapshot to find";
            self.add(Weight::Notable, text.to_owned(), &[SOURCE_ARN]);
        }
        if export.is_automated() {
            self.add(Weight::Plain, "the snapshot is one that RDS takes by itself".to_owned(), &[SOURCE_ARN]);
        }
    }

    fn about_exports_around(&mut self, around: &Surroundings, facts: &Facts) {
        if let Some(count) = around.exports_by_actor_6h.filter(|count| *count >= MANY_EXPORTS) {
            self.add(Weight::Alarming, format!("{count} exports by the same actor within 6 hours"), &[ARN, TIME]);
        }
        if let Some(made) = &around.snapshot_made {
            let before = facts.time.map(|time| span(time - made.time)).unwrap_or_default();
            let text = format!("the same actor called {} for this snapshot {before} before", made.action);
            self.add(Weight::Alarming, text, &[ARN, SOURCE_ARN, TIME]);
        }
        if let Some(failed) = around.failed_exports.as_ref().filter(|failed| failed.total > 0) {
            let codes: Vec<&str> = failed.list.iter().filter_map(|call| call.error.as_deref()).collect();
            let mut kinds = codes;
            kinds.sort_unstable();
            kinds.dedup();
            let attempts = if failed.total == 1 {
                "1 failed export".to_owned()
            } else {
                format!("{} failed exports", failed.total)
            };
            let text = format!("{attempts} by the same actor within 6 hours: {}", kinds.join(", "));
            self.add(
                Weight::Notable,
                text.trim_end_matches([':', ' ']).to_owned(),
                &[ARN, "aws.cloudtrail.error_code"],
            );
        }
        self.first_time(around.bucket_seen, "no export went to this bucket before", BUCKET, facts, around);
    }

    fn about_tool(&mut self, facts: &Facts) {
        if let Some(source) = facts.source.as_deref().filter(|s| s.parse::<IpAddr>().is_err()) {
            let text = format!("the source is no address but {source}: the call came through AWS itself");
            self.add(Weight::Plain, text, &[SOURCE]);
        }
        if let Some(agent) = &facts.agent {
            let (weight, text) = match agent.kind {
                AgentKind::Console => (Weight::Plain, "made in the web console"),
                AgentKind::Cli => (Weight::Plain, "made with a command line"),
                AgentKind::Sdk => (Weight::Plain, "made by a program with an AWS SDK"),
                AgentKind::Infrastructure => (Weight::Plain, "made by infrastructure as code"),
                AgentKind::Service => (Weight::Plain, "made by an AWS service for the actor"),
                AgentKind::Browser => (Weight::Plain, "made with a browser"),
                AgentKind::Other => (Weight::Notable, "made with a tool that is none of AWS's own"),
            };
            self.add(weight, text.to_owned(), &[AGENT]);
        }
    }

    fn about_history(&mut self, facts: &Facts, around: &Surroundings) {
        self.first_time(around.actor_seen, "actor never seen before", ARN, facts, around);
        if facts.source.is_some() {
            self.first_time(around.address_seen, "source address never seen before", SOURCE, facts, around);
        }
        if facts.agent.is_some() {
            self.first_time(around.agent_seen, "user agent never seen before", AGENT, facts, around);
        }
    }

    fn first_time(&mut self, seen: Seen, text: &str, field: &str, facts: &Facts, around: &Surroundings) {
        if seen != Seen::Never {
            return;
        }
        let (weight, text) = match (around.history(facts.time), around.log_begins) {
            (Some(history), Some(begins)) if history < SHORT_LOG => {
                (Weight::Plain, format!("{text} in this log, which only begins {}", clock(begins)))
            }
            (_, Some(begins)) => (Weight::Notable, format!("{text} in this log, which begins {}", clock(begins))),
            _ => (Weight::Notable, format!("{text} in this log")),
        };
        self.add(weight, text, &[field]);
    }
}
