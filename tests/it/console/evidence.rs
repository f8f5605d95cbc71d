//! What the log says beside the steps of the checklist, and the records behind it.

use std::path::Path;

use watchfloor::app::{Cmd, Tab, View};
use watchfloor::engine::{RecordRef, Update};
use watchfloor::investigate::EvidenceLine;
use watchfloor::trail::Origin;

use crate::desk::Desk;
use crate::sample::{detail, step_id};

fn with_records() -> Desk {
    let mut desk = Desk::new(120, 45);
    let id = desk.selected().map(|entry| entry.row.id.clone()).expect("an alert");
    let mut detail = detail(&id);
    let record = |offset| RecordRef {
        origin: Origin::from_columns(Path::new("logs/a.json"), offset, None),
        event_id: format!("event-{offset}"),
    };
    detail.evidence[0].lines = vec![
        "changes: 2".into(),
        EvidenceLine { text: "  10:18:40Z  iam CreateRole".to_owned(), record: Some(record(10)) },
        EvidenceLine { text: "  10:19:25Z  iam PutRolePolicy".to_owned(), record: Some(record(20)) },
        "nothing else".into(),
    ];
    desk.tell(Update::Detail(Box::new(detail)));
    desk
}

#[test]
fn a_line_of_evidence_opens_its_record_and_esc_comes_back_to_it() {
    let mut desk = with_records();
    desk.keys("2 j j");
    assert!(desk.screen().lines().any(|l| l.contains('▸') && l.contains("PutRolePolicy")), "{}", desk.screen());
    let before = desk.screen();
    desk.keys("Enter");
    assert_eq!(desk.app.view(), View::Explore);
    assert!(desk.app.tree().is_some(), "the record is read: {}", desk.screen());
    // There is no list behind it to step through; what is under its cursor can be copied.
    desk.keys("]");
    assert!(desk.screen().contains("opened by itself"), "{}", desk.screen());
    desk.keys("y");
    assert!(desk.cmds.iter().any(|c| matches!(c, Cmd::Copy(_))), "{:?}", desk.cmds);
    desk.keys("k Esc");
    assert_eq!((desk.app.view(), desk.app.alerts().tab), (View::Alerts, Tab::Checklist));
    assert_eq!(desk.screen(), before);
    // It belongs to its step: it is ticked from there.
    assert_eq!(desk.app.alerts().step_under_cursor(), Some(&step_id(1)));
    desk.keys("E");
    assert!(desk.screen().contains("Explore") || desk.app.shared().overlay.is_some(), "{}", desk.screen());
    assert!(desk.app.tree().is_none(), "Explore begins with a question, not with that record");
}

#[test]
fn the_cursor_goes_through_the_evidence_and_on_to_the_next_step_and_back() {
    let mut desk = with_records();
    desk.keys("2 j j j");
    assert!(desk.screen().lines().any(|l| l.contains('▸') && l.contains("nothing else")), "{}", desk.screen());
    desk.keys("j");
    assert_eq!(desk.app.alerts().step_under_cursor(), Some(&step_id(2)));
    assert!(!desk.screen().contains("CreateRole"), "{}", desk.screen());
    desk.keys("k");
    assert_eq!(desk.app.alerts().step_under_cursor(), Some(&step_id(1)));
    assert!(desk.screen().contains("CreateRole"), "{}", desk.screen());
    // Whoever looks at another alert in between finds the cursor where it was.
    desk.answers = false;
    desk.keys("k");
    let before = desk.screen();
    desk.keys("] [");
    assert_eq!(desk.screen(), before);
}
