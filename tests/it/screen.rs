//! The whole console on a pseudo-terminal: what reaches the terminal, byte by byte. This very test binary runs it, with
//! alerts handed in.

use chrono::Utc;
use crossbeam_channel::{Sender, bounded};
use portable_pty::CommandBuilder;
use serde_json::json;
use watchfloor::app::{App, Cmd, Msg};
use watchfloor::engine::{Detail, Request, Row, Update};
use watchfloor::term::{AppConsole, Ended, EventLoop, Host, Session};
use watchfloor::triage::AlertRow;
use watchfloor::ui::Theme;

use crate::pty::{Pty, strange};
use crate::sample;

/// Everything that could steer a terminal or fool a reader, in one log field.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}]0;owned\u{7}\u{9b}31m\u{90}q\u{9c}\r\n\u{8}\u{202e}txt\u{2066}\u{200b}\u{feff}a\u{301}\u{301}\u{301}\u{301}\u{301}日本";

struct Answers {
    says: Sender<Msg>,
    detail: fn(&AlertRow) -> Detail,
    alerts: Vec<AlertRow>,
}

impl Host for Answers {
    fn perform(&mut self, cmd: Cmd) {
        if let Cmd::Ask(Request::Detail(id)) = cmd
            && let Some(alert) = self.alerts.iter().find(|a| a.id == id)
        {
            self.says.send(Msg::Engine(Update::Detail(Box::new((self.detail)(alert))))).unwrap();
        }
    }
}

fn hostile_alert() -> AlertRow {
    let mut alert = sample::listed(1, sample::today("10:41:52"), HOSTILE, HOSTILE, HOSTILE);
    alert.rule_name = HOSTILE.to_owned();
    alert.reason = HOSTILE.repeat(50);
    alert.event_id = HOSTILE.to_owned();
    for text in [&mut alert.summary.destination, &mut alert.summary.account, &mut alert.summary.region] {
        *text = Some(HOSTILE.to_owned());
    }
    alert
}

fn hostile_detail(alert: &AlertRow) -> Detail {
    let mut detail = sample::detail(&alert.id);
    let row = Row { label: HOSTILE.into(), value: HOSTILE.repeat(2000), field: None, copy: Some(HOSTILE.into()) };
    detail.overview.insert(0, row);
    detail.findings[0].text = HOSTILE.into();
    detail.evidence[0].lines[0] = HOSTILE.into();
    detail.location = HOSTILE.into();
    detail.record = json!({HOSTILE: HOSTILE, "list": [{"k": HOSTILE.repeat(2000)}]});
    detail
}

#[test]
#[ignore = "run by the tests below inside a pseudo-terminal"]
fn child() {
    let Ok(kind) = std::env::var("WATCHFLOOR_TEST_SCREEN") else { return };
    let (alerts, detail): (Vec<AlertRow>, fn(&AlertRow) -> Detail) = match kind.parse() {
        Ok(many) => {
            let time = sample::today("10:41:52");
            let one = |n| sample::listed(n, time, "etl-role/jsmith", "198.51.100.23", "snapshot:orders");
            ((1..=many).map(one).collect(), |a| sample::detail(&a.id))
        }
        Err(_) => (vec![hostile_alert()], hostile_detail),
    };
    let (says, messages) = bounded(1024);
    let mut session = Session::open(says.clone()).unwrap();
    let mut terminal = session.terminal().unwrap();
    let control = session.control();
    let mut host = Answers { says: says.clone(), detail, alerts: alerts.clone() };
    let mut app = App::new(sample::setup());
    for msg in [
        Msg::Engine(Update::Rules(vec![sample::loaded(sample::rule())])),
        Msg::Engine(Update::Alerts(alerts)),
        Msg::Engine(Update::Loaded),
        Msg::Engine(Update::Health(Box::new(sample::health()))),
    ] {
        says.send(msg).unwrap();
    }
    let ended =
        EventLoop { messages: &messages, control: &control, device: &mut session, host: &mut host, clock: &Utc::now }
            .run(&mut terminal, &mut AppConsole { app: &mut app, look: Theme::default() })
            .unwrap();
    drop(session);
    assert_eq!(ended, Ended::ByUser);
}

fn console(kind: &str, columns: u16, rows: u16) -> Pty {
    let mut program = CommandBuilder::new(std::env::current_exe().unwrap());
    program.args(["--exact", "screen::child", "--ignored", "--nocapture", "--quiet"]);
    program.env("WATCHFLOOR_TEST_SCREEN", kind);
    Pty::spawn(program, columns, rows)
}

#[test]
fn hostile_text_reaches_the_terminal_only_written_out() {
    let mut pty = console("hostile", 160, 45);
    pty.wait_for("\\x1b[2J");
    pty.type_keys("\r");
    for tab in ["Overview", "Checklist", "Story", "Event", "Rule", "History"].iter().zip(1..) {
        let (name, key) = tab;
        pty.type_keys(&key.to_string());
        pty.wait_for(name);
        pty.type_keys("G");
        pty.type_keys("g");
    }
    pty.type_keys("4");
    pty.wait_for("\\x1b[2J\\x1b]52;c;ZXZpbA==\\x07");
    pty.type_keys("\u{1b}");
    // Esc is told from the beginning of another key by the time that passes after it.
    std::thread::sleep(std::time::Duration::from_millis(300));
    for columns in [80, 300, 100] {
        pty.resize(columns, 40);
        pty.type_keys("jk");
        pty.wait_for("\\x1b[2J");
    }
    pty.type_keys("q");
    assert!(pty.wait_for_end().success(), "{}", pty.text());
    assert_eq!(strange(&pty.seen().bytes), Vec::<String>::new());
}

#[test]
fn any_size_is_drawn_while_it_runs() {
    let mut pty = console("40", 80, 24);
    pty.wait_for("etl-role/jsmith");
    for (columns, rows) in [(1, 1), (2, 2), (300, 100), (1, 100), (300, 1), (79, 23), (40, 10), (80, 24)] {
        pty.resize(columns, rows);
        pty.type_keys("jk");
    }
    pty.wait("the table at 80 columns", |seen| {
        let text = seen.screen.screen().contents();
        (text.contains("etl-role/jsmith") && text.contains("STEPS")).then_some(())
    });
    pty.type_keys("q");
    assert!(pty.wait_for_end().success(), "{}", pty.text());
}

#[test]
fn a_console_in_which_nothing_happens_writes_nothing() {
    let mut pty = console("10000", 80, 24);
    pty.wait_for("etl-role/jsmith");
    pty.type_keys("j");
    std::thread::sleep(std::time::Duration::from_secs(1));
    let before = pty.seen().bytes.len();
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(pty.seen().bytes.len(), before);
    pty.type_keys("q");
    pty.wait_for_end();
}
