//! Clusters beside folders, or alone, as the console shows them.

use watchfloor::app::{App, Cmd, Mode, Msg};
use watchfloor::engine::{Health, Phase, Request, SourceHealth, SourceTrouble, Update, Watching};

use crate::desk::Desk;
use crate::sample::{health, setup, today};

fn prod() -> SourceHealth {
    SourceHealth {
        name: "cluster prod".to_owned(),
        caught_up: true,
        events: 812_004,
        lag: Some(2.1),
        answered: Some(today("10:42:06")),
        requests: 1_204,
        retries: 3,
        sent: 481_200,
        received: 47_300_000,
        ..SourceHealth::default()
    }
}

fn alone(source: SourceHealth) -> Health {
    Health {
        phase: Phase::Live,
        since: Some(today("08:00:00")),
        events: source.events,
        newest_event: Some(today("10:42:05")),
        watching: Watching::Off,
        sources: vec![source],
        ..Health::default()
    }
}

fn stuck() -> SourceHealth {
    let trouble = SourceTrouble {
        about: "logs-aws.cloudtrail-2026.11.24".to_owned(),
        what: "1 of 3 shards of logs-aws.cloudtrail-2026.11.24 cannot be read: it does not answer".to_owned(),
        holds_up: true,
        since: today("10:02:00"),
    };
    let note = SourceTrouble {
        about: "filebeat-*".to_owned(),
        what: "`filebeat-*` covers no index; the first one that it does is read".to_owned(),
        holds_up: false,
        since: today("08:00:00"),
    };
    SourceHealth { troubles: vec![trouble, note], narrowed: true, ahead: 12_345, ..prod() }
}

#[test]
fn a_cluster_alone_says_nothing_of_files() {
    let mut desk = Desk::bare(80, 24);
    desk.tell(Update::Loaded);
    let reading = SourceHealth { caught_up: false, ahead: 412_000, lag: None, ..prod() };
    desk.tell(Update::Health(Box::new(Health { phase: Phase::Backlog, ..alone(reading) })));
    insta::assert_snapshot!("cluster_backlog", desk.screen());
    desk.tell(Update::Health(Box::new(alone(prod()))));
    insta::assert_snapshot!("cluster_live", desk.screen());
    desk.tell(Update::Health(Box::new(alone(stuck()))));
    insta::assert_snapshot!("cluster_stuck", desk.screen());
}

#[test]
fn what_is_wrong_with_a_cluster_stands_in_header_and_pane_until_it_is_over() {
    let mut desk = Desk::new(100, 40);
    desk.tell(Update::Health(Box::new(Health { sources: vec![stuck()], ..health() })));
    assert!(desk.screen().contains("cluster prod stuck since 10:02:00Z"), "{}", desk.screen());
    desk.keys("! G");
    insta::assert_snapshot!("cluster_health", desk.screen());
    desk.tell(Update::Health(Box::new(Health { sources: vec![prod()], ..health() })));
    assert!(!desk.screen().contains("stuck"), "{}", desk.screen());
    desk.keys("Esc");
    assert!(desk.screen().contains("cluster prod 2.1s"), "{}", desk.screen());
}

#[test]
fn r_asks_for_what_is_new() {
    let mut desk = Desk::new(80, 24);
    desk.keys("r");
    assert!(matches!(desk.cmds.last(), Some(Cmd::Ask(Request::Refresh))), "{:?}", desk.cmds);
    assert!(desk.screen().contains("looking for what is new"), "{}", desk.screen());
    desk.app = App::new(watchfloor::app::Setup { mode: Mode::Replay, ..setup() });
    desk.send(Msg::Resize { columns: 80, rows: 24 });
    desk.cmds.clear();
    desk.keys("r");
    assert!(desk.cmds.is_empty(), "{:?}", desk.cmds);
    assert!(desk.screen().contains("a replay has no news"), "{}", desk.screen());
}
