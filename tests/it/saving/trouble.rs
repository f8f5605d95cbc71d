//! A lock that is held, a disk that is full, a state that cannot be written; and the terminal closed meanwhile.

use std::os::unix::fs::PermissionsExt as _;

use rustix::process::Signal;

use super::*;

#[test]
fn decisions_are_saved_without_a_key_when_a_lock_is_let_go() {
    let desk = Desk::new();
    let mut pty = desk.console();
    let held = lock(&desk.state());
    pty.type_keys("a");
    pty.wait_for("1 NOT SAVED");
    pty.type_keys("n");
    pty.wait_for("Note");
    pty.type_keys("asked\r");
    pty.wait_for("2 NOT SAVED");
    drop(held);
    pty.wait_for("saved ✓");
    pty.type_keys("q");
    assert!(pty.wait_for_end().success());
    assert_eq!(desk.decisions().len(), 2);
}

#[test]
fn what_is_not_saved_when_the_terminal_closes_is_saved_at_the_next_start() {
    let desk = Desk::new();
    let mut pty = desk.console();
    let held = lock(&desk.state());
    pty.type_keys("a");
    pty.wait_for("1 NOT SAVED");
    pty.hang_up();
    assert_eq!(desk.spools().len(), 1, "beside the state");
    drop(held);
    assert_eq!(desk.decisions(), []);
    // Two at once: it is taken up once.
    let (one, two) = (desk.start(), desk.start());
    for mut pty in [one, two] {
        pty.wait_for(" ack ");
        pty.type_keys("q");
        pty.wait_for_end();
    }
    assert_eq!(desk.decisions().len(), 1);
    assert!(desk.spools().is_empty());
}

#[test]
fn a_hang_up_after_the_lock_was_let_go_saves_it() {
    let desk = Desk::new();
    for signal in [Signal::HUP, Signal::TERM] {
        let mut pty = desk.console();
        let before = desk.decisions().len();
        let held = lock(&desk.state());
        pty.type_keys("n");
        pty.wait_for("Note");
        pty.type_keys("asked\r");
        pty.wait_for("1 NOT SAVED");
        drop(held);
        pty.signal(signal);
        pty.wait_for_end();
        assert_eq!(desk.decisions().len(), before + 1);
        assert!(desk.spools().is_empty());
    }
}

#[test]
fn a_damaged_spool_is_named_and_kept() {
    let desk = Desk::new();
    let mut pty = desk.console();
    let held = lock(&desk.state());
    pty.type_keys("a");
    pty.wait_for("1 NOT SAVED");
    pty.hang_up();
    drop(held);
    let spool = desk.spools().remove(0);
    let text = std::fs::read_to_string(&spool).unwrap().replace("acknowledged", "open");
    std::fs::write(&spool, &text).unwrap();
    let mut pty = desk.start();
    wait_for_words(&pty, "are not taken up: it is damaged");
    pty.type_keys("q");
    pty.wait_for_end();
    assert_eq!(std::fs::read_to_string(&spool).unwrap(), text);
    assert_eq!(desk.decisions(), []);
}

/// A console in a name space of its own, after `before` was done there; nothing where that is not permitted.
#[expect(clippy::print_stdout, reason = "says that a test was skipped")]
fn confined(desk: &Desk, before: &str, state: &str) -> Option<Pty> {
    let permitted = std::process::Command::new("unshare").args(["-rm", "true"]).output();
    if !permitted.is_ok_and(|output| output.status.success()) {
        println!("skipped: name spaces are not permitted here");
        return None;
    }
    let script = format!("{before} && exec \"$@\"");
    let logs = desk.path("logs");
    let args = ["watch", logs.to_str().unwrap(), "--state", state, "--analyst", "mk"];
    let mut all = vec!["-rm", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_watchfloor")];
    all.extend(args);
    Some(Pty::spawn(desk.command("unshare", &all), 120, 30))
}

#[test]
fn a_state_on_a_read_only_disk_is_shown_and_said_to_be_read_only() {
    let desk = Desk::new();
    let mut pty = desk.console();
    pty.type_keys("a");
    until("the decision", || desk.decisions().len() == 1);
    pty.type_keys("q");
    pty.wait_for_end();
    desk.log("two", 2);
    let folder = desk.path("state");
    let before = format!("mount --bind {0} {0} && mount -o remount,ro,bind {0}", folder.display());
    let Some(mut pty) = confined(&desk, &before, desk.state().to_str().unwrap()) else { return };
    pty.wait_for("read-only");
    wait_for_words(&pty, "keeps nothing of what it finds");
    pty.wait_for(" ack ");
    // What arrives is shown all the same.
    pty.wait_for("1 open · 1 ack");
    pty.type_keys("\x1b");
    pty.type_keys("jq");
    pty.wait_for_end();
    assert_eq!(desk.decisions().len(), 1);
}

#[test]
fn a_state_that_its_owner_may_not_write_is_shown_and_left_as_it_is() {
    let desk = Desk::new();
    let mut pty = desk.console();
    pty.type_keys("q");
    pty.wait_for_end();
    std::fs::set_permissions(desk.state(), std::fs::Permissions::from_mode(0o400)).unwrap();
    let before = std::fs::read(desk.state()).unwrap();
    let beside = || -> Vec<bool> { ["-wal", "-shm"].map(|end| desk.path(&format!("state/s.db{end}")).exists()).into() };
    let left = beside();
    desk.log("two", 2);
    let mut pty = if rustix::process::geteuid().is_root() {
        // Nothing is read-only to root: as somebody else, then.
        let has_tool = std::process::Command::new("setpriv").arg("--version").output();
        if !has_tool.is_ok_and(|output| output.status.success()) {
            println!("skipped: there is no setpriv here");
            return;
        }
        let binary = desk.path("watchfloor");
        std::fs::copy(env!("CARGO_BIN_EXE_watchfloor"), &binary).unwrap();
        for entry in walkdir::WalkDir::new(desk.root.path()) {
            std::os::unix::fs::chown(entry.unwrap().path(), Some(65_534), Some(65_534)).unwrap();
        }
        let (logs, state) = (desk.path("logs"), desk.state());
        let mut args = vec!["--reuid", "65534", "--regid", "65534", "--clear-groups", binary.to_str().unwrap()];
        args.extend(["watch", logs.to_str().unwrap(), "--state", state.to_str().unwrap(), "--analyst", "mk"]);
        let mut command = desk.command("setpriv", &args);
        command.cwd(desk.root.path());
        Pty::spawn(command, 120, 30)
    } else {
        desk.start()
    };
    wait_for_words(&pty, "keeps nothing of what it finds");
    pty.wait_for("2 open");
    pty.type_keys("q");
    pty.wait_for_end();
    assert!(std::fs::read(desk.state()).unwrap() == before);
    // Nothing more is left beside it, which would be in the way once it can be written again.
    assert_eq!(beside(), left);
}

#[test]
fn a_full_disk_keeps_decisions_in_the_folder_for_temporary_files() {
    let desk = Desk::new();
    let mut pty = desk.console();
    pty.type_keys("q");
    pty.wait_for_end();
    // The state is copied to a small disk, which is then filled but for what the console writes at its start.
    let disk = desk.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let before = format!(
        "mount -t tmpfs -o size=512k,mode=700 none {disk} && cp {state} {disk}/s.db && chmod 600 {disk}/s.db",
        disk = disk.display(),
        state = desk.state().display(),
    );
    let gate = desk.path("gate");
    let fill = format!(
        "(until [ -e {gate} ]; do sleep 0.05; done; cat /dev/zero > {disk}/fill 2>/dev/null; touch {gate}.full; \
         until [ -e {gate}.free ]; do sleep 0.05; done; rm {disk}/fill) &",
        gate = gate.display(),
        disk = disk.display(),
    );
    let state = disk.join("s.db");
    let script = format!("{before} && {{ {fill} true; }}");
    let Some(mut pty) = confined(&desk, &script, state.to_str().unwrap()) else { return };
    pty.wait_for("saved ✓");
    std::fs::write(&gate, "").unwrap();
    until("a full disk", || desk.path("gate.full").exists());
    let mut typed = 0;
    let note = "x".repeat(3_000);
    while !pty.text().contains("NOT SAVED") && typed < 60 {
        pty.type_keys("n");
        pty.wait_for("Note");
        pty.type_keys(&format!("\x1b[200~{note}\x1b[201~\r"));
        pty.wait("an answer", |seen| {
            let text = seen.screen.screen().contents();
            (text.contains("saved ✓") || text.contains("NOT SAVED")).then_some(())
        });
        typed += 1;
    }
    pty.wait_for("the disk is full");
    pty.signal(Signal::HUP);
    pty.wait_for_end();
    let spools = desk.spools();
    assert_eq!(spools.len(), 1, "{}", pty.text());
    assert!(spools[0].starts_with(desk.path("tmp")), "{spools:?}");
    std::fs::write(desk.path("gate.free"), "").unwrap();
}
