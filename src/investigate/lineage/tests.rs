use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::event::Event;
use crate::investigate::{Facts, SessionOpened};

const HOME: &str = "111122223333";
pub(in crate::investigate) const AWAY: &str = "444455556666";
pub(in crate::investigate) const LONG: &str = "AKIAJSMITHEXAMPLE";

pub(in crate::investigate) fn at(text: &str) -> DateTime<Utc> {
    format!("2026-11-23T{text}Z").parse().unwrap()
}

/// A call at this time of day by this identity.
pub(in crate::investigate) fn call(time: &str, action: &str, who: Value) -> Value {
    let service = match action {
        "CreateAccessKey" => "iam",
        "ConsoleLogin" | "SwitchRole" => "signin",
        "Authenticate" | "Federate" => "sso",
        "StartExportTask" => "rds",
        _ => "sts",
    };
    json!({
        "eventVersion": "1.08", "eventSource": format!("{service}.amazonaws.com"), "eventName": action,
        "eventTime": format!("2026-11-23T{time}Z"), "eventID": format!("{action}-{time}-{HOME}"),
        "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.23", "recipientAccountId": HOME, "userIdentity": who,
    })
}

pub(in crate::investigate) fn user(name: &str, key: Option<&str>) -> Value {
    json!({"type": "IAMUser", "userName": name, "accountId": HOME, "accessKeyId": key,
        "arn": format!("arn:aws:iam::{HOME}:user/{name}")})
}

pub(in crate::investigate) fn session(role: &str, name: &str, key: &str, opened: &str) -> Value {
    json!({"type": "AssumedRole", "accountId": HOME, "accessKeyId": key,
        "arn": format!("arn:aws:sts::{HOME}:assumed-role/{role}/{name}"),
        "sessionContext": {"attributes": {"creationDate": format!("2026-11-23T{opened}Z")},
            "sessionIssuer": {"type": "Role", "arn": format!("arn:aws:iam::{HOME}:role/{role}"), "userName": role}}})
}

pub(in crate::investigate) fn assume(time: &str, who: Value, role: &str, name: &str, issued: &str) -> Value {
    let mut record = call(time, "AssumeRole", who);
    let arn = format!("arn:aws:iam::{HOME}:role/{role}");
    record["eventID"] = format!("{time}-{issued}").into();
    record["requestParameters"] = json!({"roleArn": arn, "roleSessionName": name, "durationSeconds": 3600});
    record["responseElements"] = json!({
        "credentials": {"accessKeyId": issued, "expiration": "Nov 23, 2026, 11:12:04 AM"},
        "assumedRoleUser": {"arn": format!("arn:aws:sts::{HOME}:assumed-role/{role}/{name}")},
    });
    record
}

fn with_event<T>(record: &Value, then: impl FnOnce(&Event<'_>) -> T) -> T {
    let raw = record.to_string();
    then(&Event::parse(raw.as_bytes()).unwrap())
}

fn link(record: &Value) -> Option<Link> {
    with_event(record, Link::of)
}

fn links<'r>(records: impl IntoIterator<Item = &'r Value>) -> Links {
    let mut links = Links::default();
    records.into_iter().filter_map(link).for_each(|link| links.push(link));
    links
}

pub(in crate::investigate) fn lineage(records: &[Value], of: &Value) -> Lineage {
    let mut links = links(records);
    links.begin(Some(at("00:00:00")));
    links.lineage(&with_event(of, Credentials::of).unwrap())
}

fn trace(lineage: &Lineage, of: &Value) -> Trace {
    let mut trace = with_event(of, |event| Trace::of(event, &Facts::of(event)));
    lineage.into_trace(&mut trace);
    trace
}

/// `AKIA… jsmith → a/s ASIA…`, one each.
fn told(links: &[Link]) -> Vec<String> {
    let words = |key: &Option<String>, holder: &Holder| {
        let name = holder.name.as_deref().unwrap_or("?");
        key.as_ref().map_or_else(|| name.to_owned(), |key| format!("{key} {name}"))
    };
    links.iter().map(|l| format!("{} → {}", words(&l.signed, &l.by), words(&l.issued, &l.to))).collect()
}

/// The user's key opens a session, that another, and that a third.
pub(in crate::investigate) fn chain() -> Vec<Value> {
    vec![
        assume("10:00:00", user("jsmith", Some(LONG)), "a", "js", "ASIAONEEXAMPLE"),
        assume("10:10:00", session("a", "js", "ASIAONEEXAMPLE", "10:00:00"), "b", "js", "ASIATWOEXAMPLE"),
        assume("10:20:00", session("b", "js", "ASIATWOEXAMPLE", "10:10:00"), "c", "js", "ASIATHREEEXAMPLE"),
        assume("10:30:00", session("a", "js", "ASIAONEEXAMPLE", "10:00:00"), "d", "js", "ASIAFOUREXAMPLE"),
    ]
}

#[test]
fn a_chain_is_followed_up_to_the_long_lived_key_and_down_to_the_last_session() {
    let alert = call("10:15:00", "StartExportTask", session("b", "js", "ASIATWOEXAMPLE", "10:10:00"));
    let found = lineage(&chain(), &alert);
    assert_eq!(
        told(&found.up),
        ["AKIAJSMITHEXAMPLE jsmith → ASIAONEEXAMPLE a/js", "ASIAONEEXAMPLE a/js → ASIATWOEXAMPLE b/js"]
    );
    assert_eq!(told(&found.down), ["ASIATWOEXAMPLE b/js → ASIATHREEEXAMPLE c/js"]);
    assert_eq!(told(&found.beside), ["ASIAONEEXAMPLE a/js → ASIAFOUREXAMPLE d/js"]);
    assert_eq!(found.root, "long-lived key AKIAJSMITHEXAMPLE of jsmith");
    assert_eq!((found.gaps.len(), found.more), (0, 0));
    assert_eq!(found.up[0].until, Some(at("11:12:04")));
    assert_eq!(
        SessionOpened::of(&found).map(|opened| (opened.time, opened.by)),
        Some((at("10:10:00"), "a/js".to_owned()))
    );
    let trace = trace(&found, &alert);
    assert_eq!(trace.lineage, ["ASIAONEEXAMPLE", "AKIAJSMITHEXAMPLE", "ASIATHREEEXAMPLE"]);
    assert_eq!(trace.opened_by.as_deref(), Some("arn:aws:iam::111122223333:user/jsmith"));
}

/// One call as both accounts log it: only the caller's names the caller.
fn across() -> [Value; 2] {
    let mut ours = assume("10:00:00", user("jsmith", Some(LONG)), "vault", "js", "ASIAAWAYEXAMPLE");
    for (path, arn) in [
        ("/requestParameters/roleArn", format!("arn:aws:iam::{AWAY}:role/vault")),
        ("/responseElements/assumedRoleUser/arn", format!("arn:aws:sts::{AWAY}:assumed-role/vault/js")),
    ] {
        *ours.pointer_mut(path).unwrap() = arn.into();
    }
    ours["sharedEventID"] = "shared-1".into();
    let mut theirs = ours.clone();
    theirs["eventID"] = "theirs".into();
    theirs["recipientAccountId"] = AWAY.into();
    theirs["userIdentity"] = json!({"type": "AWSAccount", "accountId": HOME, "principalId": "AIDAEXAMPLE"});
    theirs["responseElements"] = Value::Null;
    [ours, theirs]
}

#[test]
fn the_records_of_two_accounts_are_one_link_and_the_one_that_names_the_key_wins() {
    let [ours, theirs] = across();
    let mut who = session("vault", "js", "ASIAAWAYEXAMPLE", "10:00:00");
    who["arn"] = format!("arn:aws:sts::{AWAY}:assumed-role/vault/js").into();
    let alert = call("10:05:00", "StartExportTask", who);
    for records in [[ours.clone(), theirs.clone()], [theirs.clone(), ours.clone()]] {
        let found = lineage(&records, &alert);
        assert_eq!(told(&found.up), ["AKIAJSMITHEXAMPLE jsmith → ASIAAWAYEXAMPLE vault/js"]);
        assert_eq!(found.up[0].to.account.as_deref(), Some(AWAY));
        assert_eq!(found.links().len(), 1);
        // The alert is the other account's record, which names nobody.
        let found = lineage(&records, &theirs);
        let trace = trace(&found, &theirs);
        assert_eq!(trace.lineage, [LONG, "ASIAAWAYEXAMPLE"]);
        assert_eq!(trace.opened_by.as_deref(), Some("arn:aws:iam::111122223333:user/jsmith"));
    }
    let found = lineage(std::slice::from_ref(&theirs), &alert);
    assert_eq!(found.root, "account 111122223333");
    assert_eq!(found.gaps, ["who in account 111122223333 made the call stands in the log of that account"]);
}

#[test]
fn it_is_told_from_the_root_on_with_the_day_where_that_is_another() {
    let alert = call("10:15:00", "StartExportTask", session("b", "js", "ASIATWOEXAMPLE", "10:10:00"));
    let found = lineage(&chain(), &alert);
    let said = "AKIAJSMITHEXAMPLE jsmith → a ASIAONEEXAMPLE, opened 10:00:00 from 198.51.100.23 \
                → b ASIATWOEXAMPLE, opened 10:10:00 from 198.51.100.23";
    assert_eq!(found.chain(at("10:15:00")).as_deref(), Some(said));
    let opened = "c ASIATHREEEXAMPLE, opened 10:20:00 from 198.51.100.23";
    assert_eq!(found.opened(at("10:15:00")).as_deref(), Some(opened));
    let next_day = at("10:15:00") + TimeDelta::days(1);
    assert!(found.chain(next_day).unwrap().contains("opened 2026-11-23 10:00:00Z from"));
    let unknown = lineage(&[], &alert);
    assert_eq!(unknown.chain(at("10:15:00")), unknown.gaps.first().cloned());
    assert_eq!(lineage(&[], &call("10:15:00", "StartExportTask", user("js", Some(LONG)))).chain(at("10:15:00")), None);
}

#[test]
fn where_to_look_further_is_said() {
    let alert = call("10:15:00", "StartExportTask", session("b", "js", "ASIATWOEXAMPLE", "10:10:00"));
    let found = lineage(&chain()[..0], &alert);
    assert_eq!((found.opened, found.begins()), (Some(at("10:10:00")), Some(at("10:10:00"))));
    let found = lineage(&chain()[1..], &alert);
    assert_eq!((found.up.len(), found.opened), (1, Some(at("10:00:00"))));
    let found = lineage(&chain(), &alert);
    assert_eq!((found.opened, found.begins()), (None, None), "a long-lived key was used before");
}

#[test]
fn a_federated_user_comes_from_the_key_that_asked_for_the_token() {
    let mut token = call("10:00:00", "GetFederationToken", user("jsmith", Some(LONG)));
    token["requestParameters"] = json!({"name": "guest", "durationSeconds": 43_200});
    token["responseElements"] = json!({
        "credentials": {"accessKeyId": "ASIAGUESTEXAMPLE", "expiration": "Nov 23, 2026, 10:00:00 PM"},
        "federatedUser": {"arn": format!("arn:aws:sts::{HOME}:federated-user/guest")},
    });
    let guest = json!({"type": "FederatedUser", "accessKeyId": "ASIAGUESTEXAMPLE",
        "arn": format!("arn:aws:sts::{HOME}:federated-user/guest")});
    let found = lineage(std::slice::from_ref(&token), &call("11:00:00", "StartExportTask", guest));
    assert_eq!(told(&found.up), ["AKIAJSMITHEXAMPLE jsmith → ASIAGUESTEXAMPLE guest"]);
    assert_eq!(found.root, "long-lived key AKIAJSMITHEXAMPLE of jsmith");
    assert_eq!(found.up[0].until, Some(at("22:00:00")));
}

#[test]
fn a_key_that_a_session_made_and_what_that_opened_are_followed() {
    let mut made = call("10:05:00", "CreateAccessKey", session("a", "js", "ASIAONEEXAMPLE", "10:00:00"));
    made["responseElements"] = json!({"accessKey": {"accessKeyId": "AKIABACKDOOREXAMPLE", "userName": "backup"}});
    let records = [
        chain().remove(0),
        made,
        assume("20:00:00", user("backup", Some("AKIABACKDOOREXAMPLE")), "admin", "x", "ASIALATEREXAMPLE"),
    ];
    let alert = call("10:04:00", "StartExportTask", session("a", "js", "ASIAONEEXAMPLE", "10:00:00"));
    let found = lineage(&records, &alert);
    assert_eq!(
        told(&found.down),
        ["ASIAONEEXAMPLE a/js → AKIABACKDOOREXAMPLE backup", "AKIABACKDOOREXAMPLE backup → ASIALATEREXAMPLE admin/x"]
    );
    let later = call("20:10:00", "StartExportTask", session("admin", "x", "ASIALATEREXAMPLE", "20:00:00"));
    let found = lineage(&records, &later);
    assert_eq!(found.up.len(), 3, "{:?}", told(&found.up));
    assert_eq!(trace(&found, &later).opened_by.as_deref(), Some("arn:aws:iam::111122223333:user/jsmith"));
}

#[test]
fn a_switch_of_roles_is_followed_to_the_sign_in_by_name_and_time() {
    let mut login = call("09:00:00", "ConsoleLogin", user("jane", None));
    login["responseElements"] = json!({"ConsoleLogin": "Success"});
    login["additionalEventData"] = json!({"MFAUsed": "No"});
    let mut old = login.clone();
    (old["eventTime"], old["eventID"]) = ("2026-11-22T09:00:00Z".into(), "old".into());
    let mut failed = login.clone();
    (failed["eventTime"], failed["eventID"]) = ("2026-11-23T09:20:00Z".into(), "failed".into());
    failed["responseElements"] = json!({"ConsoleLogin": "Failure"});
    let mut who = session("admin", "jane", "x", "09:30:00");
    who.as_object_mut().unwrap().remove("accessKeyId");
    let mut switch = call("09:30:00", "SwitchRole", who);
    switch["additionalEventData"] = json!({"SwitchFrom": format!("arn:aws:iam::{HOME}:user/jane")});
    let records = [switch, failed, login, old];

    let alert = call("09:40:00", "StartExportTask", session("admin", "jane", "ASIASWITCHEDEXAMPLE", "09:30:02"));
    let found = lineage(&records, &alert);
    assert_eq!(told(&found.up), ["jane → jane", "jane → ASIASWITCHEDEXAMPLE admin/jane"]);
    assert_eq!((found.up[0].time, &*found.root), (at("09:00:00"), "console sign-in of jane without MFA"));
    assert_eq!(trace(&found, &alert).opened_by.as_deref(), Some("arn:aws:iam::111122223333:user/jane"));

    let mut console = user("jane", Some("ASIACONSOLEEXAMPLE"));
    console["sessionContext"] = json!({"attributes": {"creationDate": "2026-11-23T09:00:01Z"}});
    let found = lineage(&records, &call("09:10:00", "StartExportTask", console));
    assert_eq!(told(&found.up), ["jane → ASIACONSOLEEXAMPLE jane"]);
    assert_eq!(told(&found.down), ["jane → admin/jane"]);

    let found = lineage(&records, &call("09:10:00", "StartExportTask", user("jane", Some(LONG))));
    assert_eq!(told(&found.up), Vec::<String>::new(), "a long-lived key does not come from a sign-in");
    assert_eq!(found.root, "long-lived key AKIAJSMITHEXAMPLE of jane");
}

#[test]
fn a_session_of_identity_center_is_followed_to_the_portal() {
    let who = json!({"type": "Unknown", "principalId": "9067-1", "accountId": AWAY, "userName": "Hana@example.com"});
    let signed_in = call("07:59:00", "Authenticate", who.clone());
    let mut federate = call("08:00:00", "Federate", who);
    federate["serviceEventDetails"] = json!({"role_name": "Data_Admin", "account_id": HOME});
    let role = "AWSReservedSSO_Data_Admin_4f1e0f6f2b7d9a3c";
    let alert = call("08:30:00", "StartExportTask", session(role, "hana@example.com", "ASIASSOEXAMPLE", "08:00:02"));
    let found = lineage(&[federate, signed_in], &alert);
    assert_eq!(found.up.iter().map(|link| link.action).collect::<Vec<_>>(), ["Authenticate", "Federate"]);
    assert_eq!(found.root, "sign-in of Hana@example.com (Authenticate)");
    let trace = trace(&found, &alert);
    assert_eq!((trace.opened_by, trace.person.as_deref()), (None, Some("hana@example.com")), "the same person");
}

#[test]
fn what_no_key_issued_is_said_to_come_from_its_provider_or_service() {
    let web = json!({"type": "WebIdentityUser", "userName": "repo:x", "identityProvider": "idp.example"});
    let mut by_web = assume("10:00:00", web, "deploy", "run-1", "ASIAONEEXAMPLE");
    by_web["eventName"] = "AssumeRoleWithWebIdentity".into();
    let alert = call("10:05:00", "StartExportTask", session("deploy", "run-1", "ASIAONEEXAMPLE", "10:00:00"));
    assert_eq!(lineage(&[by_web], &alert).root, "identity provider idp.example, which vouched for repo:x");
    let service = json!({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"});
    let mut unnamed = assume("10:00:00", service, "deploy", "run-1", "ASIAONEEXAMPLE");
    unnamed["responseElements"] = Value::Null;
    let found = lineage(&[unnamed], &alert);
    assert_eq!(told(&found.up), ["lambda.amazonaws.com → ASIAONEEXAMPLE deploy/run-1"]);
    assert_eq!((found.root.as_str(), found.gaps.len()), ("service lambda.amazonaws.com", 0));
}

#[test]
fn what_the_log_does_not_tell_is_said() {
    let who = |opened: &str| session("b", "js", "ASIATWOEXAMPLE", opened);
    let mut found = lineage(&chain()[2..], &call("10:15:00", "StartExportTask", who("10:10:00")));
    assert_eq!(found.root, "session ASIATWOEXAMPLE, opened 2026-11-23 10:10:00Z");
    let gap = "the log does not hold the call that opened ASIATWOEXAMPLE of b/js at 2026-11-23 10:10:00Z";
    assert_eq!(found.gaps, [gap]);
    let mut early = who("10:10:00");
    early["sessionContext"]["attributes"]["creationDate"] = "2026-11-22T23:00:00Z".into();
    found = lineage(&[], &call("00:15:00", "StartExportTask", early));
    let gap = "ASIATWOEXAMPLE of b/js was opened 2026-11-22 23:00:00Z, before this log begins (2026-11-23 00:00:00Z)";
    assert_eq!(found.gaps, [gap]);
    let mut untold = who("10:10:00");
    untold.as_object_mut().unwrap().remove("sessionContext");
    found = lineage(&[], &call("10:15:00", "StartExportTask", untold));
    assert_eq!(found.gaps, ["the log tells neither when ASIATWOEXAMPLE of b/js was opened nor by whom"]);
    assert_eq!(lineage(&[], &call("10:15:00", "StartExportTask", user("jsmith", Some(LONG)))).gaps.len(), 0);
}

#[test]
fn a_broker_is_shown_and_ties_nobody() {
    let mut records: Vec<Value> = ["ann@example.com", "ben@example.com", "cid@example.com"]
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let issued = format!("ASIASERVED{n}EXAMPLE");
            assume(&format!("10:0{n}:00"), user("broker", Some("AKIABROKEREXAMPLE")), "staff", name, &issued)
        })
        .collect();
    let who = session("staff", "ann@example.com", "ASIASERVED0EXAMPLE", "10:00:00");
    records.push(assume("10:30:00", who, "admin", "tool", "ASIADEEPEXAMPLE"));
    let alert = call("10:40:00", "StartExportTask", session("admin", "tool", "ASIADEEPEXAMPLE", "10:30:00"));
    let found = lineage(&records, &alert);
    assert_eq!(found.root, "long-lived key AKIABROKEREXAMPLE of broker");
    assert_eq!((found.up.len(), found.beside.len()), (2, 0), "what the broker opened for others is not beside");
    let trace = trace(&found, &alert);
    assert_eq!(trace.lineage, ["ASIASERVED0EXAMPLE"]);
    assert_eq!(trace.opened_by.as_deref(), Some("ann@example.com"), "the broker's user is nobody's person");
}

#[test]
fn sessions_named_by_a_tool_are_no_sign_of_a_broker() {
    let tool = |n: usize| {
        let (time, name) = (format!("10:0{n}:00"), format!("botocore-session-179000000{n}"));
        assume(&time, user("jsmith", Some(LONG)), "a", &name, &format!("ASIATOOL{n}EXAMPLE"))
    };
    let records: Vec<Value> = (0..5).map(tool).collect();
    let who = session("a", "botocore-session-1790000000", "ASIATOOL0EXAMPLE", "10:00:00");
    let alert = call("10:30:00", "StartExportTask", who);
    let found = lineage(&records, &alert);
    assert_eq!(found.beside.len(), 4);
    assert_eq!(trace(&found, &alert).lineage, [LONG]);
}

#[test]
fn loops_end_and_what_one_key_opened_is_bounded() {
    let ring = [
        assume("10:00:00", session("a", "s", "ASIAONEEXAMPLE", "09:00:00"), "b", "s", "ASIATWOEXAMPLE"),
        assume("10:01:00", session("b", "s", "ASIATWOEXAMPLE", "10:00:00"), "a", "s", "ASIAONEEXAMPLE"),
        assume("10:02:00", session("a", "s", "ASIAONEEXAMPLE", "09:00:00"), "a", "s", "ASIAONEEXAMPLE"),
    ];
    let alert = call("10:15:00", "StartExportTask", session("a", "s", "ASIAONEEXAMPLE", "09:00:00"));
    let found = lineage(&ring, &alert);
    assert!(found.links().len() <= 3, "{:?}", told(&found.up));

    let opens = |n: usize| {
        let time = format!("10:{:02}:{:02}", n / 60, n % 60);
        assume(&time, user("jsmith", Some(LONG)), "a", "js", &format!("ASIA{n}EXAMPLE"))
    };
    let many: Vec<Value> = (0..350).map(opens).collect();
    let found = lineage(&many, &call("10:15:00", "StartExportTask", user("jsmith", Some(LONG))));
    assert_eq!((found.down.len(), found.more), (100, 250));
}

#[test]
fn of_too_many_the_newest_are_kept_and_that_is_said() {
    let kept = |order: &[usize]| {
        let records = chain();
        let mut links = links(order.iter().map(|at| &records[*at])).trimmed(2);
        links.begin(Some(at("00:00:00")));
        let who = session("a", "js", "ASIAONEEXAMPLE", "10:00:00");
        let found = links.lineage(&with_event(&call("10:50:00", "StartExportTask", who), Credentials::of).unwrap());
        assert_eq!((links.len(), told(&found.down).len()), (2, 1));
        assert_eq!(told(&found.down), ["ASIAONEEXAMPLE a/js → ASIAFOUREXAMPLE d/js"]);
        found.gaps
    };
    let gaps = kept(&[0, 1, 2, 3]);
    assert!(gaps.iter().any(|gap| gap.contains("up to 2026-11-23 10:10:00Z are left out")), "{gaps:?}");
    assert_eq!(gaps, kept(&[3, 1, 0, 2]));
}

#[test]
fn calls_that_failed_or_are_called_alike_issue_nothing() {
    let record = &chain()[0];
    assert!(link(record).is_some());
    let mut failed = record.clone();
    failed["errorCode"] = "AccessDenied".into();
    let mut other = record.clone();
    other["eventSource"] = "example.amazonaws.com".into();
    let mut read = record.clone();
    read["eventName"] = "GetCallerIdentity".into();
    assert_eq!([link(&failed), link(&other), link(&read)], [None, None, None]);
}

proptest! {
    #[test]
    fn lineage_does_not_depend_on_the_order_or_on_who_gathered_it(
        order in Just((0..6usize).collect::<Vec<_>>()).prop_shuffle(),
        cut in 0..6usize,
    ) {
        let records: Vec<Value> = chain().into_iter().chain(across()).collect();
        let alert = call("10:15:00", "StartExportTask", session("b", "js", "ASIATWOEXAMPLE", "10:10:00"));
        let of = with_event(&alert, Credentials::of).unwrap();
        let shuffled: Vec<&Value> = order.iter().map(|at| &records[*at]).collect();
        let mut parts = links(shuffled[..cut].iter().copied());
        parts.merge(links(shuffled[cut..].iter().copied()));
        prop_assert_eq!(parts.lineage(&of), links(&records).lineage(&of));
    }
}
