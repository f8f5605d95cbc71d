//! The pictures of the README: one real run of the demo on a pseudo-terminal, drawn where it is worth a look, and
//! recorded from the first screen to the closed incident.
//!
//! `WATCHFLOOR_UPDATE_PICTURES=1 cargo test --test it pictures::` makes them anew. Otherwise the console must come to each
//! of them: who changes a screen sees here that its picture is stale. Nothing is timed but the making, which waits until
//! the console has come to rest.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use portable_pty::CommandBuilder;
use regex::Regex;
use vt100::{Parser, Screen};

use crate::pty::Pty;
use cast::Frame;

mod cast;
mod svg;

const UPDATE: &str = "WATCHFLOOR_UPDATE_PICTURES";
const AGAIN: &str = "make the pictures anew with `WATCHFLOOR_UPDATE_PICTURES=1 cargo test --test it pictures::`, look at \
                     them, and commit them";

/// As wide as a page of the README shows with legible letters.
const COLUMNS: u16 = 100;
const ROWS: u16 = 32;

const TITLE: &str = "watchfloor: an incident of the demo, from the first screen to closed";

/// Half a minute is what somebody watches who has not tried it.
const LONGEST: f64 = 40.0;

/// So that a page opens at once, also over a slow line.
const MOST_BYTES: [(&str, usize); 2] = [("svg", 60_000), ("cast", 200_000)];

/// A step of the run.
struct Scene {
    keys: &'static str,
    /// What the screen shows when it has come.
    shows: &'static str,
    /// How long it stands in the recording; nothing for what is not in it.
    seconds: f64,
    /// Its picture, and what that shows, in words.
    picture: Option<(&'static str, &'static str)>,
}

const fn scene(keys: &'static str, shows: &'static str, seconds: f64) -> Scene {
    Scene { keys, shows, seconds, picture: None }
}

fn scenes() -> Vec<Scene> {
    let mut scenes = vec![
        Scene {
            picture: Some(("incident", "The list of alerts, the incident of an attack first, above all about it")),
            ..scene("", "‼ the user agent names kali", 4.0)
        },
        scene("3", "this alert: AWS RDS Snapshot Export", 3.0),
        scene("}", "this alert: AWS RDS Snapshot Export", 2.5),
        scene("2", "Possible investigation steps  0/6", 3.0),
        scene(" ", "ticked step 1 on 3 alerts", 2.0),
        scene(" ", "ticked step 2 on 3 alerts", 2.0),
        Scene {
            picture: Some(("checklist", "The rule's guide as a checklist, with what the log says to the next step")),
            ..scene(" ", "ticked step 3 on 3 alerts", 2.5)
        },
    ];
    let ticked = [
        "ticked step 4 on",
        "ticked step 5 on",
        "ticked step 6 on",
        "ticked step 7 on",
        "ticked step 8 on",
        "ticked step 9 on",
        "ticked step 10 on",
        "ticked step 11 on",
        "ticked step 12 on",
        "ticked step 13 on",
        "ticked step 14 on",
        "ticked step 15 on",
        "ticked step 16 on",
        "every step is done: c closes them all",
    ];
    scenes.extend(ticked.map(|said| scene(" ", said, 0.5)));
    scenes.extend([
        scene("c", "Close 3 alerts as", 2.0),
        scene("1", "closed 3 alerts as true positive", 3.0),
        Scene {
            picture: Some((
                "explore",
                "A question to all events: their number over time, the events, the values of a field",
            )),
            ..scene(":explore source.ip:198.51.100.0/24\r", "VALUES of event.action", 0.0)
        },
    ]);
    scenes
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/pictures").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("assets/pictures/{name}: {error}; {AGAIN}"))
}

/// What a terminal shows, but for the time at which this run ticked a step.
fn still(screen: &Screen) -> Screen {
    let (rows, columns) = screen.size();
    let clock = Regex::new(r"mk [0-9]{2}:[0-9]{2}:[0-9]{2}Z").unwrap();
    let mut terminal = Parser::new(rows, columns, 0);
    terminal.process(clock.replace_all(&cast::whole(screen), "mk 23:41:07Z").as_bytes());
    terminal.screen().clone()
}

fn demo() -> (Pty, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let mut program = CommandBuilder::new(env!("CARGO_BIN_EXE_watchfloor"));
    program.args(["replay", "--speed", "max", "--analyst", "mk"]);
    program.env("HOME", home.path());
    program.env("XDG_CONFIG_HOME", home.path());
    program.env_remove("XDG_STATE_HOME");
    (Pty::spawn(program, COLUMNS, ROWS), home)
}

/// The screen of each scene, once it has stood for a while.
fn play(scenes: &[Scene]) -> Vec<Screen> {
    let (mut pty, _home) = demo();
    pty.wait_for("REPLAY ended");
    let mut screens = Vec::new();
    for Scene { keys, shows, .. } in scenes {
        pty.type_keys(keys);
        pty.wait_for(shows);
        let mut before = 0;
        while before != pty.seen().bytes.len() {
            before = pty.seen().bytes.len();
            std::thread::sleep(Duration::from_secs(2));
        }
        screens.push(still(pty.seen().screen.screen()));
    }
    screens
}

/// The second at which each scene comes, and at which the last one ends.
fn times(scenes: &[Scene]) -> (Vec<f64>, f64) {
    let (mut times, mut end) = (Vec::new(), 0.0);
    for scene in scenes.iter().filter(|scene| scene.seconds > 0.0) {
        times.push(end);
        end += scene.seconds;
    }
    (times, end)
}

fn make(scenes: &[Scene]) {
    let screens = play(scenes);
    fs::create_dir_all(path("")).unwrap();
    for (scene, screen) in scenes.iter().zip(&screens) {
        if let Some((name, words)) = scene.picture {
            fs::write(path(&format!("{name}.svg")), svg::draw(screen, words)).unwrap();
        }
    }
    let (times, end) = times(scenes);
    let frames: Vec<Frame> = times.into_iter().zip(screens).map(|(at, screen)| Frame { at, screen }).collect();
    fs::write(path("triage.cast"), cast::write(TITLE, &frames, end)).unwrap();
}

#[test]
fn the_console_still_looks_as_in_its_pictures_and_its_recording() {
    let scenes = scenes();
    if std::env::var_os(UPDATE).is_some() {
        make(&scenes);
    }
    let recording = read("triage.cast");
    let (frames, end) = cast::read(&recording);
    let at: Vec<f64> = frames.iter().map(|frame| frame.at).collect();
    assert_eq!((at, end), times(&scenes), "triage.cast was made from other scenes; {AGAIN}");
    assert_eq!(recording, cast::write(TITLE, &frames, end), "triage.cast was written otherwise; {AGAIN}");

    let (mut pty, _home) = demo();
    pty.wait_for("REPLAY ended");
    let mut frames = frames.into_iter();
    for Scene { keys, shows, seconds, picture } in &scenes {
        pty.type_keys(keys);
        if *seconds > 0.0 {
            let screen = frames.next().unwrap().screen;
            let (wanted, text) = (svg::draw(&screen, ""), screen.contents());
            let what = format!("“{shows}” as recorded in triage.cast:\n{text}\nIf it has moved on, {AGAIN}");
            pty.wait(&what, |seen| (svg::draw(&still(seen.screen.screen()), "") == wanted).then_some(()));
        }
        if let Some((name, words)) = picture {
            let wanted = read(&format!("{name}.svg"));
            let what = format!("the screen of assets/pictures/{name}.svg. If it has moved on, {AGAIN}");
            pty.wait(&what, |seen| (svg::draw(&still(seen.screen.screen()), words) == wanted).then_some(()));
        }
    }
}

#[test]
fn pictures_are_small_and_the_readme_shows_each() {
    if std::env::var_os(UPDATE).is_some() {
        return;
    }
    let readme = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let mut files = 0;
    for file in fs::read_dir(path("")).unwrap().map(|file| file.unwrap()) {
        let name = file.file_name().into_string().unwrap();
        let most = MOST_BYTES.iter().find(|(end, _)| name.ends_with(end)).expect("a picture or a recording").1;
        let size = usize::try_from(file.metadata().unwrap().len()).unwrap();
        assert!(size <= most, "{name} has {size} bytes, at most {most}");
        assert!(readme.contains(&format!("assets/pictures/{name}")), "README.md does not show {name}");
        files += 1;
    }
    assert_eq!(files, scenes().iter().filter(|scene| scene.picture.is_some()).count() + 1);
    let (_, end) = times(&scenes());
    assert!((20.0..=LONGEST).contains(&end), "the recording takes {end} s");
}
