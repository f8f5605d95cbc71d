//! The state's file or folder is moved, deleted or replaced while a console has it open.

use rustix::process::Signal;

use super::*;

#[test]
fn a_state_that_was_moved_saves_nothing_until_it_is_back() {
    let desk = Desk::new();
    let mut pty = desk.console();
    std::fs::rename(desk.state(), desk.path("state/away.db")).unwrap();
    pty.type_keys("a");
    pty.wait_for("1 NOT SAVED");
    wait_for_words(&pty, "s.db was moved or deleted");
    assert!(!pty.text().contains("saved ✓"), "{}", pty.text());
    assert_eq!(decisions(&desk.path("state/away.db")), []);
    std::fs::rename(desk.path("state/away.db"), desk.state()).unwrap();
    pty.wait_for("saved ✓");
    pty.type_keys("q");
    assert!(pty.wait_for_end().success(), "{}", pty.text());
    assert_eq!(desk.decisions().len(), 1);
    assert!(desk.spools().is_empty());
}

#[test]
fn before_a_decision_is_made_the_screen_says_that_the_state_is_gone() {
    let desk = Desk::new();
    let pty = desk.console();
    std::fs::remove_file(desk.state()).unwrap();
    pty.wait_for("NOT SAVED");
    assert!(!pty.text().contains("saved ✓"), "{}", pty.text());
}

#[test]
fn what_a_console_decided_on_a_deleted_folder_is_in_the_next_state() {
    let desk = Desk::new();
    let mut pty = desk.console();
    std::fs::remove_dir_all(desk.path("state")).unwrap();
    pty.type_keys("a");
    pty.wait_for("1 NOT SAVED");
    pty.signal(Signal::TERM);
    pty.wait_for_end();
    let said = pty.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("1 decision could not be saved") && said.contains("kept in"), "{said}");
    assert_eq!(desk.spools().len(), 1);

    // The alert is found anew in the logs; the decision waits for it.
    let mut pty = desk.console();
    pty.wait_for(" ack ");
    until("the decision", || desk.decisions().len() == 1);
    until("the spool to go", || desk.spools().is_empty());
    pty.type_keys("q");
    pty.wait_for_end();
    assert_eq!(desk.decisions()[0].analyst, "mk");
}

#[test]
fn another_file_in_the_place_of_the_state_is_left_alone() {
    let desk = Desk::new();
    let mut pty = desk.console();
    // The other file is a state too, of an hour ago as it were.
    let other = desk.path("state/other.db");
    until("the log to be brought into the file", || {
        std::fs::copy(desk.state(), &other).unwrap();
        Connection::open(&other).unwrap().query_row("SELECT count(*) FROM alerts", [], |r| r.get(0)) == Ok(1)
    });
    std::fs::rename(desk.state(), desk.path("state/away.db")).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(desk.path(&format!("state/other.db{end}")));
    }
    std::fs::rename(&other, desk.state()).unwrap();
    let before = std::fs::read(desk.state()).unwrap();
    pty.type_keys("a");
    pty.wait_for("1 NOT SAVED");
    wait_for_words(&pty, "another file is in the place of s.db");
    assert!(!pty.text().contains("saved ✓"), "{}", pty.text());
    pty.hang_up();
    assert!(std::fs::read(desk.state()).unwrap() == before, "the other file was written to");
    assert_eq!(desk.spools().len(), 1);
    let mut pty = desk.console();
    pty.wait_for(" ack ");
    pty.type_keys("q");
    pty.wait_for_end();
    assert_eq!(desk.decisions().len(), 1);
}

#[test]
fn a_log_that_was_deleted_saves_nothing_either() {
    let desk = Desk::new();
    let mut pty = desk.console();
    std::fs::remove_file(desk.path("state/s.db-wal")).unwrap();
    pty.type_keys("a");
    pty.wait_for("1 NOT SAVED");
    wait_for_words(&pty, "s.db-wal was moved or deleted");
    pty.signal(Signal::HUP);
    pty.wait_for_end();
    let mut pty = desk.console();
    pty.wait_for(" ack ");
    pty.type_keys("q");
    pty.wait_for_end();
    assert_eq!(desk.decisions().len(), 1);
}
