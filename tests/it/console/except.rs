//! An exception from an alert.

use watchfloor::app::{App, Cmd, Msg, Setup};
use watchfloor::detect::Exceptions;
use watchfloor::engine::Update;
use watchfloor::triage::{Action, Status};

use crate::desk::Desk;
use crate::sample::{alerts, id, rule, setup};

fn written(desk: &Desk) -> Vec<&str> {
    desk.cmds.iter().filter_map(|c| if let Cmd::Except { toml, .. } = c { Some(toml.as_str()) } else { None }).collect()
}

/// What was asked for, field and value.
fn entries(toml: &str) -> Vec<(String, String)> {
    assert_eq!(Exceptions::parse(toml, "written").unwrap().len(), 1);
    let table: toml::Table = toml::from_str(toml).unwrap();
    let of = |entry: &toml::Value, key: &str| entry[key].as_str().unwrap().to_owned();
    table["exception"][0]["entries"].as_array().unwrap().iter().map(|e| (of(e, "field"), of(e, "value"))).collect()
}

#[test]
fn what_is_ticked_is_written_under_the_name_and_the_alert_stays() {
    let mut desk = Desk::new(80, 24);
    // Its own key confirms nothing, and neither does the first Enter: it goes to the name.
    desk.keys("x x x Enter");
    assert_eq!(written(&desk), [""; 0]);
    desk.keys("Ctrl+U \"planned 'copy'\" Enter");
    let toml = written(&desk)[0].to_owned();
    let fields: Vec<String> = entries(&toml).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields.len(), 4, "the session's own ARN is not proposed: {fields:?}");
    assert!(entries(&toml).contains(&("source.ip".to_owned(), "198.51.100.23".to_owned())));
    assert!(toml.contains("# by mk, 2026-11-24T10:42:07Z, from alert "), "{toml}");
    assert!(toml.contains("name = \"planned 'copy'\""), "{toml}");
    assert!(toml.contains(&format!("rule_id = \"{}\"", rule().id)), "{toml}");
    assert_eq!(desk.selected().unwrap().case().status, Status::Open);
    desk.send(Msg::Excepted { alert: id(1), outcome: Ok("exception written to FILE".to_owned()) });
    assert!(desk.screen().contains("exception written to FILE"));
    // A decision on its alert: the audit chain has it, with all that the exception asks for.
    let said = desk.selected().unwrap().case();
    let kept = said.history.iter().filter(|d| matches!(&d.action, Action::Copied { what } if what.starts_with("an exception, written: planned 'copy' (") && what.contains("source.ip: 198.51.100.23")));
    assert_eq!(kept.count(), 1);
}

#[test]
fn entries_are_ticked_and_unticked_and_at_least_one_is_asked_for() {
    let mut desk = Desk::new(80, 24);
    desk.keys("x space j space Tab space k k k j Down Down space Down Enter Enter");
    let toml = written(&desk).first().copied().map(str::to_owned).unwrap_or_else(|| panic!("{}", desk.screen()));
    let found = entries(&toml);
    assert!(
        found.iter().any(|(field, value)| field.ends_with("identity.arn") && value.ends_with("/jsmith")),
        "{found:?}"
    );
    assert!(!found.iter().any(|(field, _)| field == "user.name"), "{found:?}");

    let mut desk = Desk::new(80, 24);
    desk.keys("x space j space j j space j space Enter Enter");
    assert_eq!(written(&desk), [""; 0]);
    assert!(desk.screen().contains("tick at least one"), "{}", desk.screen());
    desk.keys("Up space Down Ctrl+U Enter");
    assert_eq!(written(&desk), [""; 0]);
    assert!(desk.screen().contains("needs a name"), "{}", desk.screen());
}

#[test]
fn what_could_not_be_written_or_was_left_is_taken_up_again() {
    let mut desk = Desk::new(80, 24);
    desk.keys("x space Enter Ctrl+U \"one\" Enter");
    let why = "cannot write FILE: no space left".to_owned();
    desk.send(Msg::Excepted { alert: id(1), outcome: Err(why) });
    assert!(desk.screen().contains("exception not written"), "{}", desk.screen());
    // Another alert's form comes between, and is left; the first is as it was.
    desk.keys("Esc j x Enter \" x\" Esc k x");
    assert_eq!(written(&desk).len(), 1);
    desk.keys("Enter Enter");
    assert_eq!(written(&desk).len(), 2);
    assert_eq!(written(&desk)[0], written(&desk)[1]);
    desk.send(Msg::Excepted { alert: id(1), outcome: Ok("written".to_owned()) });
    desk.keys("x Enter");
    assert!(desk.screen().contains("name etl-role/jsmith to s3://"), "{}", desk.screen());
    desk.keys("Esc j x Enter");
    assert!(desk.screen().lines().any(|l| l.contains("name ") && l.contains(" x ")), "{}", desk.screen());
}

#[test]
fn without_a_file_it_is_copied_and_says_so() {
    let mut desk = Desk::new(80, 24);
    desk.app = App::new(Setup { exceptions: None, ..setup() });
    desk.tell(Update::Rules(vec![crate::sample::loaded(rule())]));
    desk.tell(Update::Alerts(alerts()));
    desk.tell(Update::Loaded);
    desk.keys("x Enter");
    assert!(desk.screen().contains("Enter copies it"), "{}", desk.screen());
    desk.keys("Enter");
    let Some(Cmd::Copy(toml)) = desk.cmds.last() else { panic!("{:?}", desk.cmds) };
    assert_eq!(entries(toml).len(), 4);
    desk.send(Msg::Notice("Copied: # by".to_owned()));
    assert!(desk.screen().contains("No --exceptions FILE to write to"), "{}", desk.screen());
}

#[test]
fn read_only_writes_nothing() {
    let mut desk = Desk::new(80, 24);
    desk.app = App::new(Setup { read_only: true, ..setup() });
    desk.tell(Update::Alerts(alerts()));
    desk.keys("x");
    assert!(desk.app.shared().overlay.is_none());
    assert!(desk.screen().contains("exception: this console is read-only"), "{}", desk.screen());
}
