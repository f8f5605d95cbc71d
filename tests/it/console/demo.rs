//! The whole triage of the bundled demo's attack, typed on a terminal of the smallest size that people have.

use portable_pty::CommandBuilder;

use crate::pty::Pty;

/// A person at the keyboard, who counts what she presses.
struct Typist {
    pty: Pty,
    keys: usize,
}

impl Typist {
    fn press(&mut self, key: &str) {
        self.pty.type_keys(key);
        self.keys += 1;
    }

    /// The first row of the table.
    fn first_row(&self, what: &str, yes: impl Fn(&str) -> bool) {
        self.pty.wait(what, |seen| {
            let screen = seen.screen.screen().contents();
            screen.lines().nth(3).is_some_and(&yes).then_some(())
        });
    }
}

#[test]
fn the_attack_is_found_and_closed_with_all_steps_ticked_in_few_keys() {
    let home = tempfile::tempdir().unwrap();
    let mut program = CommandBuilder::new(env!("CARGO_BIN_EXE_watchfloor"));
    program.args(["replay", "--speed", "max", "--analyst", "mk"]);
    program.env("HOME", home.path());
    program.env_remove("XDG_STATE_HOME");
    let mut typist = Typist { pty: Pty::spawn(program, 80, 24), keys: 0 };
    typist.pty.wait_for("REPLAY ended");
    // Nothing is pressed until the attack stands first, as one line, its log searched: whose key opened the session.
    typist.first_row("the attack", |row| row.contains(" 100 ") && row.contains("▸ 3 alerts · jsmith: Exfil"));

    typist.press("2");
    for step in 1..=17 {
        typist.press(" ");
        let said = format!("ticked step {step} on 3 alerts");
        typist.pty.wait_for(if step < 17 { &said } else { "every step is done: c closes them all" });
    }
    typist.press("c");
    typist.pty.wait_for("Close 3 alerts as");
    typist.press("1");
    typist.pty.wait_for("closed 3 alerts as true positive · u takes it back");
    typist.first_row("the attack, closed", |row| row.contains("closed"));

    // Each of its alerts, in a row of its own.
    typist.press("\u{1b}");
    typist.pty.wait_for("dana.okafor");
    typist.press("\r");
    typist.pty.wait("three alerts that are closed", |seen| {
        let screen = seen.screen.screen().contents();
        let done = |line: &&str| line.contains("closed") && line.contains("17/17");
        (screen.lines().filter(done).count() == 3).then_some(())
    });
    assert!(typist.keys <= 45, "{} keys", typist.keys);
}
