//! Consoles that are killed, hung up and closed at random moments, while decisions are made, files arrive and the disk
//! fills up and is free again: what the screen called saved is there, and each alert is there once.
//!
//! It runs in a name space of its own, whose state lies on a small disk in memory. What is drawn by lot comes from a seed
//! that is printed; what is asserted holds whenever the kill comes.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, ExitStatus};

use rustix::process::Signal;
use watchfloor::triage::StoreError;

use super::*;

/// How many consoles are killed, and about as many ended in other ways; more with this variable.
const KILLS: &str = "WATCHFLOOR_TEST_KILLS";
/// Where what is drawn by lot begins.
const SEED: &str = "WATCHFLOOR_TEST_SEED";
/// Set for the process inside the name space.
const INSIDE: &str = "WATCHFLOOR_TEST_KILLS_INSIDE";
/// The room that a full disk has left at most, in bytes: a few decisions fit, or none.
const ROOM: u64 = 64 << 10;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |n| n.parse().unwrap())
}

/// A way to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Killed,
    HungUp,
    Closed,
}

/// What was asked of the consoles, and what they said.
struct World {
    desk: Desk,
    lot: u64,
    /// Event ids of all files that were written.
    truth: BTreeSet<String>,
    notes: usize,
    /// Notes that a screen has called saved, and those that a console took before it ended in good order.
    owed: BTreeSet<String>,
    /// Notes that the present console took.
    taken: BTreeSet<String>,
    full: bool,
    /// How often a screen said that something was not saved, how often a spool was left, and how long the end of a console
    /// took at most.
    refused: usize,
    spooled: usize,
    longest: Duration,
}

impl World {
    fn new(seed: u64) -> Self {
        let desk = Desk::new();
        let disk = desk.path("state");
        std::fs::create_dir(&disk).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=16m,mode=700", "none"]).arg(&disk).status();
        assert!(mount.unwrap().success());
        // Any number but 0 begins a sequence.
        let lot = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let truth = ["one".to_owned()].into();
        Self {
            desk,
            lot,
            truth,
            notes: 0,
            owed: BTreeSet::new(),
            taken: BTreeSet::new(),
            full: false,
            refused: 0,
            spooled: 0,
            longest: Duration::ZERO,
        }
    }

    /// A number below `end`, by lot.
    fn below(&mut self, end: u64) -> u64 {
        self.lot ^= self.lot << 13;
        self.lot ^= self.lot >> 7;
        self.lot ^= self.lot << 17;
        self.lot % end
    }

    fn pause(&mut self, most: u64) {
        let milliseconds = self.below(most);
        std::thread::sleep(Duration::from_millis(milliseconds));
    }

    /// A file of one to three records arrives.
    fn deliver(&mut self) {
        let count = 1 + self.below(3);
        let ids: Vec<String> = (0..count).map(|n| format!("e{}", self.truth.len() as u64 + n)).collect();
        let records: Vec<_> = ids.iter().zip(0..).map(|(id, second)| crate::cli::export(id, second)).collect();
        let (part, path) = (self.desk.path("part"), self.desk.path(&format!("logs/{}.json", ids[0])));
        std::fs::write(&part, format!(r#"{{"Records":[{}]}}"#, records.join(","))).unwrap();
        std::fs::rename(part, path).unwrap();
        self.truth.extend(ids);
    }

    /// Fills the disk but for some room.
    fn fill(&mut self) {
        let path = self.desk.path("state/fill");
        let mut file = std::fs::File::create(&path).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        let room = if self.below(2) == 0 { 0 } else { self.below(ROOM) };
        let length = file.metadata().unwrap().len().saturating_sub(room);
        file.set_len(length).unwrap();
        self.full = true;
    }

    fn free(&mut self) {
        let _ = std::fs::remove_file(self.desk.path("state/fill"));
        self.full = false;
    }

    /// Writes a note, and waits until the console has taken it; with `patient`, until it has said what became of it.
    fn note(&mut self, pty: &mut Pty, patient: bool) {
        self.notes += 1;
        let note = format!("note<{}>", self.notes);
        pty.type_keys("n");
        pty.wait_for("keep draft");
        pty.type_keys(&note);
        pty.wait_for(&note);
        pty.type_keys("\r");
        pty.wait("the note to be taken", |seen| shown(seen).filter(|screen| !screen.contains("keep draft")));
        self.taken.insert(note);
        if patient {
            let said = |screen: &String| screen.contains("saved ✓") || screen.contains("NOT SAVED");
            pty.wait("word of the note", |seen| shown(seen).filter(said));
        }
        self.look(pty);
    }

    /// Writes down what the screen says of what it was given.
    fn look(&mut self, pty: &Pty) {
        let Some(screen) = shown(&pty.seen()) else { return };
        if screen.contains("NOT SAVED") {
            self.refused += 1;
        } else if screen.contains("saved ✓") {
            self.owed.extend(self.taken.iter().cloned());
        }
    }

    fn round(&mut self) -> End {
        self.taken.clear();
        for _ in 0..self.below(3) {
            self.deliver();
        }
        let starts_full = self.below(8) == 0;
        if starts_full {
            self.fill();
        }
        let mut pty = self.desk.start();
        if starts_full || self.below(6) == 0 {
            self.pause(500);
        } else {
            pty.wait_for("live · as of");
            pty.wait_for("dana");
            for _ in 0..self.below(7) {
                match self.below(8) {
                    0 | 1 => self.deliver(),
                    2 => self.fill(),
                    3 => self.free(),
                    n => self.note(&mut pty, n == 4),
                }
            }
            self.pause(100);
            self.look(&pty);
        }
        let end = [End::Killed, End::Killed, End::HungUp, End::Closed][usize::try_from(self.below(4)).unwrap()];
        self.end(pty, end);
        end
    }

    fn end(&mut self, mut pty: Pty, end: End) {
        match end {
            End::Killed => {
                pty.signal(Signal::KILL);
                pty.wait_for_end();
                self.look(&pty);
            }
            End::HungUp | End::Closed => {
                let asked = Instant::now();
                let ended = if end == End::Closed {
                    pty.hang_up()
                } else {
                    pty.signal(Signal::HUP);
                    pty.wait_for_end()
                };
                self.longest = self.longest.max(asked.elapsed());
                // One that had only begun may not have heard of the signal yet.
                assert!(ended.success() || self.taken.is_empty(), "{end:?}: {ended:?}: it had to be ended");
                let text = pty.text();
                assert!(!text.contains("lost"), "{end:?}: {text}");
                self.owed.append(&mut self.taken);
            }
        }
    }

    /// What must hold whatever has happened.
    fn check(&mut self, end: End, round: u64) {
        let was_full = self.full;
        self.free();
        let state = self.desk.state();
        // A console that was killed as it began has left no file, or one with nothing in it.
        if let Err(StoreError::Missing { .. }) = Store::open(&state, Access::ReadOnly) {
            assert!(self.owed.is_empty(), "round {round}: no state");
            return;
        }
        let held = notes(&decisions(&state));
        // What could not be saved waits for the next console.
        let waits = !self.desk.spools().is_empty();
        self.spooled += usize::from(waits);
        let missing: Vec<_> = self.owed.iter().filter(|note| !held.contains(*note)).collect();
        assert!(missing.is_empty() || waits, "round {round}, {end:?}, full {was_full}: {missing:?} not there");
        self.events(round);
    }

    /// No event has two alerts, and none was invented.
    fn events(&self, round: u64) -> BTreeSet<String> {
        let store = Store::open(&self.desk.state(), Access::ReadOnly).unwrap();
        let alerts = store.alerts().unwrap();
        let events: BTreeSet<String> = alerts.iter().map(|alert| alert.event_id.clone()).collect();
        assert_eq!(events.len(), alerts.len(), "round {round}: an event has two alerts");
        assert!(events.is_subset(&self.truth), "round {round}");
        events
    }

    /// A last console with room enough takes up whatever waits.
    fn settle(&mut self) {
        self.free();
        let mut pty = self.desk.console();
        until("every alert", || self.events(u64::MAX) == self.truth);
        until("what was spooled", || self.desk.spools().is_empty());
        pty.wait_for("saved ✓");
        pty.type_keys("q");
        assert!(pty.wait_for_end().success());
        let held = notes(&decisions(&self.desk.state()));
        let missing: Vec<_> = self.owed.iter().filter(|note| !held.contains(*note)).collect();
        assert!(missing.is_empty(), "{missing:?} not there in the end");
    }
}

/// The screen, unless it is in the middle of a frame.
fn shown(seen: &crate::pty::Seen) -> Option<String> {
    let last = |mark: &[u8]| seen.bytes.windows(mark.len()).rposition(|bytes| bytes == mark);
    let whole = last(b"\x1b[?2026h") < last(b"\x1b[?2026l");
    whole.then(|| seen.screen.screen().contents())
}

/// The notes among `decisions`, each of which must be there once.
fn notes(decisions: &[Decision]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for decision in decisions {
        if let Action::Note { text, .. } = &decision.action {
            assert!(all.insert(text.clone()), "{text} is there twice");
        }
    }
    all
}

#[test]
#[ignore = "run by the test below, in a name space of its own"]
fn inside() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let (kills, seed) = (number(KILLS, 3), number(SEED, 4));
    println!("seed {seed}");
    let mut world = World::new(seed);
    let (mut round, mut killed) = (0, 0);
    while killed < kills {
        let end = world.round();
        world.check(end, round);
        killed += u64::from(end == End::Killed);
        round += 1;
    }
    world.settle();
    println!(
        "{killed} of {round} killed, the others ended within {:?}; {} notes, {} owed; {} times not saved, {} spools; {} alerts",
        world.longest,
        world.notes,
        world.owed.len(),
        world.refused,
        world.spooled,
        world.truth.len()
    );
}

#[test]
fn whatever_ends_a_console_what_it_called_saved_is_there_and_each_alert_once() {
    let permitted = Command::new("unshare").args(["-rm", "true"]).status();
    if !permitted.as_ref().is_ok_and(ExitStatus::success) {
        println!("skipped: name spaces are not permitted here");
        return;
    }
    let ran = Command::new("unshare")
        .arg("-rm")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "saving::kills::inside", "--ignored", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    println!("{told}");
    assert!(ran.status.success(), "{told}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(told.contains("seed "), "nothing was run: {told}");
}
