//! Ten thousand alerts.

use std::time::Instant;

use watchfloor::app::{Cmd, Msg};
use watchfloor::triage::Status;
use watchfloor::ui::Look;

use crate::desk::Desk;
use crate::sample::{listed, today};

const MANY: usize = 10_000;

fn desk() -> Desk {
    let mut desk = Desk::new(160, 45);
    let time = |n: usize| today("00:00:00") + chrono::Duration::seconds(i64::try_from(n * 7919 % 86_400).unwrap());
    let one = |n: usize| {
        let (who, from) = (format!("role-{}/session-{n}", n % 97), format!("10.0.{}.{}", n / 250 % 250, n % 250));
        listed(n, time(n), &who, &from, &format!("snapshot:orders-{n}"))
    };
    desk.send(Msg::Alerts((10..10 + MANY).map(one).collect()));
    desk
}

#[test]
fn all_of_them_are_decided_and_taken_back_at_once() {
    let mut desk = desk();
    desk.keys("V a");
    let acknowledged = desk.app.alerts().entries().iter().filter(|e| e.case().status == Status::Acknowledged).count();
    // All but the one that is closed.
    assert_eq!(acknowledged, MANY + 3);
    assert!(desk.app.alerts().entries().iter().all(|e| !e.unsaved()));
    desk.keys("u");
    assert_eq!(desk.app.list().counts().open, MANY + 2);
}

#[test]
fn rows_are_copied_as_the_table_has_them() {
    let mut desk = Desk::new(80, 24);
    desk.keys("space space y");
    assert!(desk.screen().contains("2 rows"), "{}", desk.screen());
    desk.keys("1");
    let Some(Cmd::Copy(text)) = desk.cmds.last() else { panic!("{:?}", desk.cmds) };
    let rows: Vec<Vec<&str>> = text.lines().map(|l| l.split(" | ").collect()).collect();
    assert_eq!(rows.len(), 4, "{text}");
    assert!(rows.iter().all(|r| r.len() == rows[0].len()), "{text}");
    assert_eq!(rows[0][0], "| Time");
    assert!(text.contains("jsmith") && text.contains("203.0.113.77"), "{text}");
}

/// Prints how long keys take; run it with `--ignored --nocapture`.
#[test]
#[ignore = "a measurement, not a test"]
fn how_long_a_key_takes() {
    let mut desk = desk();
    let keys = [
        "j",
        "PgDn",
        "G",
        "g",
        "space",
        "a",
        "u",
        "2",
        "1",
        "Esc",
        "s",
        "4",
        "/",
        "\"j\"",
        "\"s\"",
        "Esc",
        "/",
        "\"status:open and actor:x\"",
        "Esc",
        "t",
    ];
    for key in keys {
        let before = Instant::now();
        desk.keys(key);
        let updated = before.elapsed();
        desk.buffer(Look::default());
        println!("{key:30} update {updated:?}, with a whole new terminal drawn {:?}", before.elapsed());
    }
    let before = Instant::now();
    desk.keys("V a");
    println!("all acknowledged and stored: {:?}", before.elapsed());
}
