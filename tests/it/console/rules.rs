//! The Rules view: finding, sorting, switching, and files that change under it.

use watchfloor::app::{Cmd, Pane, View};
use watchfloor::detect::Lacking;
use watchfloor::diag::{Diagnostic, Span};
use watchfloor::engine::{Request, RuleEntry, Update};
use watchfloor::event::{GeoIpKind, Lack};
use watchfloor::rule::Standing;
use watchfloor::triage::{Status, Switch};

use crate::desk::Desk;
use crate::rulebook::{costs, many, of_every_kind, off};
use crate::sample::{id, loaded, rule, setup, today};

fn desk() -> Desk {
    let mut desk = Desk::new(80, 24);
    desk.tell_rules(of_every_kind());
    desk
}

fn names(desk: &Desk) -> Vec<&str> {
    desk.app.rules().shown().map(|line| line.name.as_str()).collect()
}

fn selected(desk: &Desk) -> &str {
    &desk.app.rules().selected().unwrap().name
}

fn said(desk: &Desk, what: &str) -> bool {
    let screen = desk.screen();
    let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(what), "{what} in\n{screen}");
    true
}

/// Puts the cursor on the rule of the sample.
fn on_the_sample(desk: &mut Desk) {
    desk.keys("R / \"RDS\" Enter");
    assert_eq!(selected(desk), "AWS RDS Snapshot Export");
}

#[test]
fn what_needs_a_look_comes_first_and_nothing_is_missing() {
    let mut desk = desk();
    assert!(said(&desk, "3/6 rules · 2 errors"));
    desk.keys("R");
    assert_eq!(
        names(&desk),
        [
            "AWS CloudTrail Log Deleted",
            "brand-new.toml",
            "AWS EC2 Instance Discovery",
            "AWS RDS Snapshot Export",
            "AWS STS Role Assumed for the First Time by a User",
            "AWS Exfiltration in Numbers",
            "README.md",
        ]
    );
    assert!(desk.app.rules().counts.all == 6, "a file that is no rule is listed, and counts as none");
}

#[test]
fn esc_goes_back_step_by_step_and_the_alerts_are_as_they_were() {
    let mut desk = desk();
    desk.keys("j R / \"aws\" Enter Enter");
    assert_eq!(desk.app.rules().pane, Pane::Detail);
    desk.keys("Esc");
    assert_eq!((desk.app.rules().pane, names(&desk).len()), (Pane::Table, 5));
    desk.keys("Esc");
    assert_eq!(names(&desk).len(), 7);
    desk.keys("Esc");
    assert_ne!(desk.app.view(), View::Rules);
    assert_eq!(desk.list().selected(), Some(&id(2)));
    desk.keys("R R");
    assert_ne!(desk.app.view(), View::Rules);
}

#[test]
fn plain_words_find_rules_and_leaving_the_line_leaves_them_as_they_were() {
    let mut desk = desk();
    for (words, found) in [
        ("deleted", 1),
        ("ERROR", 2),
        ("esql", 1),
        ("off", 1),
        ("alice", 1),
        ("critical new_terms", 1),
        ("ta0010", 5),
        ("readme", 1),
        ("parenthesis", 0),
    ] {
        desk.keys(&format!("R / \"{words}\""));
        assert_eq!(names(&desk).len(), found, "{words}");
        desk.keys("Esc");
        assert_eq!(names(&desk).len(), 7);
        desk.keys("R");
    }
}

#[test]
fn rules_are_sorted_by_what_they_raised_and_what_they_cost() {
    let mut desk = desk();
    desk.tell(Update::Costs(costs()));
    desk.keys("R s 5");
    assert_eq!(names(&desk)[0], "AWS RDS Snapshot Export");
    let hits = desk.app.rules().shown().next().unwrap().hits;
    assert_eq!((hits.all, hits.open, hits.last), (4, 2, Some(today("10:41:52"))));
    desk.keys("s 7");
    assert_eq!(names(&desk)[0], "AWS STS Role Assumed for the First Time by a User");
    desk.keys("s 8");
    assert_eq!(names(&desk)[0], "AWS RDS Snapshot Export");
    desk.keys("s 2 s 2");
    assert_eq!(names(&desk)[0], "brand-new.toml");
    let shares: f64 = desk.app.rules().lines.iter().filter_map(|line| desk.app.rules().share(line)).sum();
    assert!((shares - 100.0).abs() < 1e-6, "{shares}");
}

#[test]
fn a_rule_is_switched_off_at_once_and_u_takes_it_back() {
    let mut desk = desk();
    on_the_sample(&mut desk);
    desk.keys("e");
    let switch = desk.rules[0].switch.clone().unwrap();
    assert_eq!((switch.enabled, switch.analyst.as_str(), switch.at), (false, "mk", today("10:42:07")));
    assert!(said(&desk, "off: switched off by mk, 10:42:07Z; it evaluates nothing"));
    assert!(said(&desk, "switched off AWS RDS Snapshot Export: it evaluates nothing from now on · u takes it back"));
    assert_eq!(desk.app.shared().alerts.entries().len(), 4, "what it has raised stays");
    desk.keys("u");
    assert!(said(&desk, "taken back: switched off AWS RDS Snapshot Export"));
    assert!(desk.rules[0].switch.as_ref().unwrap().enabled);
    // It is not taken back twice, and what was decided before comes next.
    desk.keys("u");
    assert!(desk.rules[0].switch.as_ref().unwrap().enabled);
}

#[test]
fn decisions_and_switches_are_taken_back_in_their_order() {
    let mut desk = desk();
    desk.keys("a");
    on_the_sample(&mut desk);
    desk.keys("e Esc Esc u");
    assert!(desk.rules[0].switch.as_ref().unwrap().enabled);
    assert_eq!(desk.app.shared().alerts.get(&id(1)).unwrap().case().status, Status::Acknowledged);
    desk.keys("u");
    assert_eq!(desk.app.shared().alerts.get(&id(1)).unwrap().case().status, Status::Open);
}

#[test]
fn until_it_is_stored_it_shows_as_on_its_way_and_a_failure_says_so() {
    let mut desk = desk();
    on_the_sample(&mut desk);
    desk.answers = false;
    desk.keys("e e u");
    let asked =
        |cmd: &Cmd| if let Cmd::Ask(Request::Switch { switch, .. }) = cmd { Some(switch.clone()) } else { None };
    let asked: Vec<Switch> = desk.cmds.iter().filter_map(asked).collect();
    assert_eq!(asked.len(), 1);
    assert!(said(&desk, "being switched off") && said(&desk, "saving 1"));
    desk.keys("q");
    assert!(said(&desk, "Not everything is saved"));
    desk.keys("Esc");
    desk.broken = Some("the disk is full".to_owned());
    let switch = asked[0].clone();
    desk.switch(switch, None);
    assert!(said(&desk, "not saved, AWS RDS Snapshot Export is still on: the disk is full"));
    assert!(said(&desk, "saved ✓"));
}

#[test]
fn two_analysts_do_not_overrule_each_other_unseen() {
    let mut desk = desk();
    on_the_sample(&mut desk);
    desk.answers = false;
    desk.keys("e");
    let Some(Cmd::Ask(Request::Switch { switch, seen })) = desk.cmds.pop() else { panic!("{:?}", desk.cmds) };
    desk.rules[0].switch = Some(off(&rule().id, "alice"));
    desk.switch(switch, seen.as_ref());
    assert!(said(&desk, "alice switched off AWS RDS Snapshot Export at 09:12:01Z before you; yours was not saved"));
    // What has been seen can be changed; what alice does afterwards is told, and is not ours to take back.
    desk.answers = true;
    desk.keys("Esc e");
    assert!(desk.rules[0].switch.as_ref().unwrap().enabled);
    let theirs = off(&rule().id, "alice");
    let mut rules = desk.rules.clone();
    rules[0].switch = Some(theirs.clone());
    desk.tell_rules(rules);
    assert!(said(&desk, "alice switched off AWS RDS Snapshot Export at 09:12:01Z"));
    desk.keys("u");
    assert_eq!(desk.rules[0].switch, Some(theirs));
    assert!(said(&desk, "alice has switched it since"));
}

#[test]
fn a_query_that_can_never_match_and_a_field_nobody_knows_are_shown_with_their_place() {
    let mut desk = desk();
    let mut rules = of_every_kind();
    let source = "query = 'source.ip: here'\nqery = 1";
    let warn = |what: &str, at| Diagnostic::new(what).at(source, Span::new(at, at + 4));
    rules[0].entry.warnings = vec![warn("nobody knows the field `qery`", 26)];
    rules[0].doubts = vec![warn("this part of the query never matches", 20)];
    desk.tell_rules(rules);
    on_the_sample(&mut desk);
    desk.keys("Enter");
    assert!(said(&desk, "| qery = 1 | ^^^^") && said(&desk, "| query = 'source.ip: here' | ^^^^"));
}

#[test]
fn a_rule_that_no_record_can_raise_is_told_from_one_that_runs() {
    let mut desk = desk();
    let mut rules = of_every_kind();
    let lacking = |field: &str, lack, fatal| Lacking { lack, fields: vec![field.to_owned()], fatal };
    rules[0].lacking = vec![
        lacking("source.as.number", Lack::Database(GeoIpKind::Asn), true),
        lacking("process.name", Lack::Record, false),
    ];
    desk.tell_rules(rules);
    on_the_sample(&mut desk);
    assert!(said(&desk, "runs !"), "{}", desk.screen());
    desk.keys("Enter");
    assert!(said(&desk, "State runs, and never alerts on a record: see below"), "{}", desk.screen());
    assert!(said(&desk, "never alerts on a record: it needs `source.as.number`, which no CloudTrail record holds"));
    assert!(said(&desk, "help: name a MaxMind database as asn under [geoip] in the configuration"));
    assert!(said(&desk, "asks for `process.name`, which no CloudTrail record holds"));
    desk.keys("Esc / Ctrl+U \"never alerts\" Enter");
    assert!(said(&desk, "1 of "), "{}", desk.screen());
}

#[test]
fn the_view_is_found_by_its_name() {
    let mut desk = desk();
    desk.keys(": \"rules\" Enter");
    assert_eq!(desk.app.view(), View::Rules);
    desk.keys("Esc E \"event.action:*\" Enter : \"rules\" Enter");
    assert_eq!(desk.app.view(), View::Rules);
    desk.keys("Esc");
    assert_eq!(desk.app.view(), View::Explore, "she is back where she was");
    desk.keys(": \"rules\" Enter E");
    assert_eq!(desk.app.view(), View::Explore);
}

#[test]
fn what_does_not_run_cannot_be_switched_and_a_kept_version_can() {
    let mut desk = desk();
    desk.keys("R j e");
    assert!(said(&desk, "on/off: it does not run anyway"));
    desk.keys("k e");
    assert!(said(&desk, "off: switched off by mk"));
    assert!(said(&desk, "the version read 08:00:02Z goes on"));
    let mut desk = Desk::new(80, 24);
    desk.app = watchfloor::app::App::new(watchfloor::app::Setup { read_only: true, ..setup() });
    desk.tell_rules(vec![loaded(rule())]);
    desk.keys("R e");
    assert!(said(&desk, "on/off: this console is read-only"));
}

#[test]
fn the_alerts_of_a_rule_are_one_key_away() {
    let mut desk = desk();
    on_the_sample(&mut desk);
    desk.keys("a");
    assert_ne!(desk.app.view(), View::Rules);
    assert_eq!(desk.app.alerts().filter.text(), "kibana.alert.rule.rule_id: \"rds-snapshot-export\"");
    assert_eq!(desk.list().shown, 4);
    desk.keys("R / Ctrl+U \"STS\" Enter a");
    assert!(said(&desk, "its alerts: it has raised none"));
}

#[test]
fn the_cursor_stays_on_its_rule_when_files_change() {
    let mut desk = desk();
    desk.tell_rules(of_every_kind().into_iter().chain(many(60)).collect());
    desk.keys("R / \"Many\" Enter PgDn PgDn");
    let before = selected(&desk).to_owned();
    let line = |desk: &Desk| desk.app.rules().position - desk.app.rules().top;
    let at = line(&desk);
    // Some go, some come, one breaks.
    let mut rules: Vec<RuleEntry> = many(200).into_iter().skip(3).collect();
    let Standing::Error { error, .. } = of_every_kind()[2].entry.standing.clone() else { unreachable!() };
    rules[100].entry.standing = Standing::Error { error, kept: Some(today("10:00:00")) };
    desk.tell_rules(rules);
    assert_eq!((selected(&desk), line(&desk)), (before.as_str(), at));
    // Its own file goes: the cursor stays where it is.
    let without = desk.rules.iter().filter(|e| e.entry.name.as_deref() != Some(before.as_str())).cloned().collect();
    let position = desk.app.rules().position;
    desk.tell_rules(without);
    assert_eq!(desk.app.rules().position, position);
}

#[test]
fn an_alert_keeps_the_guide_of_a_rule_that_is_gone_from_the_files() {
    let mut desk = desk();
    desk.tell_rules(Vec::new());
    desk.keys("2");
    assert!(said(&desk, "Find out who started the export"));
    desk.keys("R");
    assert!(said(&desk, "No rule has been read yet."));
}

#[test]
fn figures_that_change_draw_nothing_while_the_view_is_closed() {
    let mut desk = desk();
    desk.app.drawn();
    desk.tell(Update::Costs(costs()));
    assert!(!desk.app.needs_draw());
    desk.keys("R");
    desk.app.drawn();
    desk.tell(Update::Costs(costs()));
    assert!(desk.app.needs_draw());
}

#[test]
fn actions_for_another_view_are_refused_by_name() {
    let mut desk = desk();
    desk.keys("R : \"acknowledge\"");
    assert!(said(&desk, "not now: this is for alerts: Esc goes back to them"));
    desk.keys("Enter");
    assert_eq!(desk.app.shared().alerts.get(&id(1)).unwrap().case().status, Status::Open);
    desk.keys("Esc Esc Esc : \"switch the rule off\"");
    assert!(said(&desk, "not now: this is for the Rules view: R opens it"));
    desk.keys("Enter");
    assert_eq!(desk.rules[0].switch, None);
}

#[test]
fn hostile_text_in_a_rule_file_is_shown_as_what_it_is() {
    let mut desk = desk();
    let mut hostile = of_every_kind().remove(2);
    let evil = "x\u{1b}]0;owned\u{7}\u{202e}y";
    hostile.entry.name = Some(evil.to_owned());
    hostile.entry.path = Some(format!("/rules/{evil}.toml").into());
    if let Standing::Error { error, .. } = &mut hostile.entry.standing {
        error.message = evil.to_owned();
        error.file = Some(evil.to_owned());
        error.help = Some(evil.to_owned());
    }
    hostile.switch = Some(off("trail-deleted", evil));
    desk.tell_rules(vec![hostile]);
    desk.keys("R Enter");
    assert!(!desk.screen().chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{}", desk.screen());
    assert!(said(&desk, "\\x1b]0;owned"));
}
