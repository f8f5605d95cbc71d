//! What a call lets others at, what of other accounts it names, and what it turns off that watches.

use super::super::arn::foreign_account;
use super::super::finding::{ACCOUNT, Entry, FindingId};
use super::super::{Facts, Needs, Weight};

const REQUEST: &str = "aws.cloudtrail.request_parameters";
const ACTION: &str = "event.action";
const OWNER: &str = "aws.cloudtrail.resources.account_id";

pub(super) const EXPOSURE: &[Entry] = &[
    Entry {
        id: FindingId::new("open_to_everybody"),
        words: "open to everybody",
        means: "a policy, access list, firewall rule or setting lets everybody in",
        points: 30,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[REQUEST],
        check: |facts, _| Some(tried(facts, &format!("opened to everybody: {}", facts.reach.open?))),
    },
    Entry {
        id: FindingId::new("shared_with_another_account"),
        words: "shared with another account",
        means: "a policy, grant, share or attribute lets another account in",
        points: 30,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[REQUEST, ACCOUNT],
        check: |facts, _| {
            let accounts = Some(&facts.reach.shared_with).filter(|accounts| !accounts.is_empty())?;
            let what = if accounts.len() == 1 { "another account" } else { "other accounts" };
            Some(tried(facts, &format!("access is given to {what}, {}", accounts.join(", "))))
        },
    },
    Entry {
        id: FindingId::new("key_of_another_account"),
        words: "key of another account",
        means: "the call names a KMS key of another account",
        points: 30,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[REQUEST, ACCOUNT],
        check: |facts, _| {
            let of_export = facts.export.as_ref().and_then(|export| export.kms_key.as_deref());
            let foreign = of_export.and_then(|key| of_another_account("the key", key, facts));
            foreign.or_else(|| of_another_account("the key", facts.reach.key.as_deref()?, facts))
        },
    },
    Entry {
        id: FindingId::new("role_of_another_account"),
        words: "role of another account",
        means: "the call hands something a role of another account",
        points: 30,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[REQUEST, ACCOUNT],
        check: |facts, _| {
            let of_export = facts.export.as_ref().and_then(|export| export.role_arn.as_deref());
            let foreign = of_export.and_then(|role| of_another_account("the export role", role, facts));
            foreign.or_else(|| of_another_account("the role", facts.reach.role.as_deref()?, facts))
        },
    },
    Entry {
        id: FindingId::new("bucket_of_another_account"),
        words: "bucket of another account",
        means: "the bucket is called after another account",
        points: 15,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[REQUEST, ACCOUNT],
        check: |facts, _| {
            let (bucket, account) = facts.reach.bucket.as_ref()?;
            Some(format!("the bucket {bucket} is called after another account, {account}"))
        },
    },
    Entry {
        id: FindingId::new("thing_of_another_account"),
        words: "something of another account",
        means: "the call is about, or names, something else of another account",
        points: 10,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[REQUEST, OWNER, ACCOUNT],
        check: |facts, _| {
            // Of an export, that is the snapshot, which has a finding of its own.
            let thing = facts.reach.things.first().filter(|_| facts.export.is_none());
            let named = thing.and_then(|thing| of_another_account(thing, thing, facts));
            let owner = facts.owner.as_ref().filter(|_| facts.reach.became.is_none());
            named.or_else(|| Some(format!("what the call is about belongs to another account, {}", owner?)))
        },
    },
    Entry {
        id: FindingId::new("became_role_of_another_account"),
        words: "role of another account assumed",
        means: "the call assumes a role of another account",
        points: 5,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[REQUEST, ACCOUNT],
        check: |facts, _| of_another_account("the role that was assumed", facts.reach.became.as_deref()?, facts),
    },
    Entry {
        id: FindingId::new("logging_off"),
        words: "logging turned off",
        means: "the call turns off a log, a detector or an alarm, or a part of it",
        points: 20,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[ACTION, REQUEST],
        check: |facts, _| Some(tried(facts, &format!("turns off what watches: {}", facts.turned_off?))),
    },
];

/// The text, and that the call failed if it did: the will was there.
fn tried(facts: &Facts, text: &str) -> String {
    if facts.error.is_some() { format!("{text}; the call failed") } else { text.to_owned() }
}

fn of_another_account(what: &str, arn: &str, facts: &Facts) -> Option<String> {
    let account = foreign_account(arn, facts.account.as_deref())?;
    Some(format!("{what} belongs to another account, {account}"))
}
