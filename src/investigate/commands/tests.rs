use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::investigate::lineage::tests::{AWAY, LONG, assume, at, call, chain, lineage, session, user};
use crate::investigate::tests::facts_of;
use crate::investigate::{Command, Evidence};
use crate::rule::bundled;

fn contained(records: &[Value], alert: &Value, now: &str) -> Evidence {
    let mut notes = Notes::default();
    contain_lineage(&mut notes, &facts_of(alert), &lineage(records, alert), at(now));
    notes.into_evidence(bundled()[0].checklist.steps().next().unwrap().id.clone())
}

fn starts(commands: &[Command]) -> Vec<&str> {
    commands.iter().map(|command| command.line.split(" --policy-name").next().unwrap()).collect()
}

/// In the session of role `b`, which that of `a` opened, which the user's key opened.
fn alert() -> Value {
    call("10:15:00", "StartExportTask", session("b", "js", "ASIATWOEXAMPLE", "10:10:00"))
}

#[test]
fn every_live_link_is_cut_off() {
    let found = contained(&chain(), &alert(), "10:40:00");
    assert_eq!(
        starts(&found.commands)[..3],
        [
            "aws iam update-access-key --user-name 'jsmith' --access-key-id 'AKIAJSMITHEXAMPLE' --status 'Inactive'",
            "aws iam delete-login-profile --user-name 'jsmith'",
            "aws iam list-attached-user-policies --user-name 'jsmith'",
        ]
    );
    for role in ["a", "b", "c", "d"] {
        let revokes = format!("aws iam put-role-policy --role-name '{role}'");
        assert!(starts(&found.commands).contains(&revokes.as_str()), "{role}: {:?}", found.commands);
    }
    assert!(
        found.commands.iter().any(|command| command.line.contains("\"aws:TokenIssueTime\":\"2026-11-23T10:40:00Z\""))
    );
    assert!(found.lines.iter().any(|line| line.text == "ASIAONEEXAMPLE ends by itself at 2026-11-23 11:12:04Z"));
}

#[test]
fn what_has_ended_is_not_revoked_and_the_key_still_is() {
    let found = contained(&chain(), &alert(), "12:00:00");
    assert!(found.commands.iter().all(|command| !command.line.contains("put-role-policy")), "{:?}", found.commands);
    assert!(found.commands[0].line.contains("--access-key-id 'AKIAJSMITHEXAMPLE'"));
    let ended = "ASIATWOEXAMPLE ended at 2026-11-23 11:12:04Z: there is nothing left to revoke";
    assert!(found.lines.iter().any(|line| line.text == ended), "{:?}", found.lines);
}

#[test]
fn a_key_made_meanwhile_lives_on_and_another_account_is_named() {
    let mut made = call("10:05:00", "CreateAccessKey", session("a", "js", "ASIAONEEXAMPLE", "10:00:00"));
    made["responseElements"] = json!({"accessKey": {"accessKeyId": "AKIABACKDOOREXAMPLE", "userName": "backup"}});
    let mut away =
        assume("10:06:00", session("a", "js", "ASIAONEEXAMPLE", "10:00:00"), "vault", "js", "ASIAAWAYEXAMPLE");
    away["requestParameters"]["roleArn"] = format!("arn:aws:iam::{AWAY}:role/vault").into();
    away["responseElements"]["assumedRoleUser"]["arn"] = format!("arn:aws:sts::{AWAY}:assumed-role/vault/js").into();
    let records = [chain().remove(0), made, away];
    let alert = call("10:04:00", "StartExportTask", session("a", "js", "ASIAONEEXAMPLE", "10:00:00"));
    let found = contained(&records, &alert, "10:40:00");
    let title = "Deny everything to sessions of the role that began before now (in account 444455556666)";
    assert!(found.commands.iter().any(|command| command.title == title && command.line.contains("'vault'")));
    let late = contained(&records, &alert, "23:00:00");
    let key =
        "aws iam update-access-key --user-name 'backup' --access-key-id 'AKIABACKDOOREXAMPLE' --status 'Inactive'";
    assert!(starts(&late.commands).contains(&key), "{:?}", late.commands);
}

#[test]
fn what_no_command_can_cut_off_is_advice() {
    let role = "AWSReservedSSO_Admin_4f1e0f6f2b7d9a3c";
    let records = [assume("10:00:00", json!({"type": "Root", "accessKeyId": LONG}), role, "js", "ASIATWOEXAMPLE")];
    let alert = call("10:15:00", "StartExportTask", session(role, "js", "ASIATWOEXAMPLE", "10:00:00"));
    let found = contained(&records, &alert, "10:40:00");
    assert_eq!(found.commands, []);
    assert!(found.lines.iter().any(|line| line.text.starts_with("It began with root: change its password")));
    assert!(found.lines.iter().any(|line| line.text.starts_with("Permission set Admin: remove")), "{:?}", found.lines);
}

/// Text that an attacker may bring into a log.
fn hostile() -> impl Strategy<Value = String> {
    let odd =
        proptest::sample::select(vec!["'", "$(x)", "`x`", ";", "\n", " ", "\\", "-", "--x", "\u{202e}", "file://x"]);
    let part = prop_oneof![3 => "[A-Za-z0-9+=,.@_-]{1,12}", 2 => odd.prop_map(str::to_owned), 1 => any::<String>()];
    proptest::collection::vec(part, 1..3).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn commands_are_words_in_quotes_whatever_the_log_says(
        (name, role, session_name, key, account) in (hostile(), hostile(), hostile(), hostile(), hostile()),
    ) {
        let mut who = user(&name, Some(&key));
        who["accountId"] = account.as_str().into();
        let mut made = call("10:05:00", "CreateAccessKey", session(&role, &session_name, "ASIAONEEXAMPLE", "10:00:00"));
        made["responseElements"] = json!({"accessKey": {"accessKeyId": key, "userName": name}});
        let records = [assume("10:00:00", who, &role, &session_name, "ASIAONEEXAMPLE"), made];
        let alert = call("10:15:00", "StartExportTask", session(&role, &session_name, "ASIAONEEXAMPLE", "10:00:00"));
        for command in contained(&records, &alert, "10:40:00").commands {
            let pieces: Vec<&str> = command.line.split('\'').collect();
            prop_assert!(pieces.len() % 2 == 1, "{:?}", command.line);
            for (n, piece) in pieces.iter().enumerate() {
                let plain = |c: char| c.is_ascii_lowercase() || matches!(c, ' ' | '-');
                if n % 2 == 0 {
                    prop_assert!(piece.chars().all(plain), "{:?}", command.line);
                } else {
                    prop_assert!(!piece.starts_with('-') && piece.chars().all(|c| (' '..='~').contains(&c)));
                    prop_assert!(!piece.contains(['$', '`', '\\', ';']), "{:?}", command.line);
                }
            }
        }
    }
}
