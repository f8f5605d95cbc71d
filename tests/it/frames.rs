//! What a frame costs on its way to the terminal, on a list of ten thousand alerts. `benches/frames.rs` prints it.

use chrono::TimeDelta;
use ratatui::Terminal;
use ratatui::backend::{Backend as _, CrosstermBackend, TestBackend};
use ratatui::buffer::Buffer;
use watchfloor::app::{App, Cmd, KeyCode, KeyPress, Msg};
use watchfloor::engine::{Detail, Request, Update};
use watchfloor::rule::Severity;
use watchfloor::term::DiffWriter;
use watchfloor::triage::AlertRow;
use watchfloor::ui::{self, Theme};

use crate::sample;

pub(crate) const SIZES: [(u16, u16); 2] = [(80, 24), (160, 45)];

const ALERTS: usize = 10_000;

/// Around every frame: begin and end of a synchronized update.
const SYNCHRONIZED: usize = 16;

const ACTORS: [&str; 8] = [
    "etl-role/jsmith",
    "root",
    "nightly-export/pipeline",
    "deploy/ci-1041",
    "data-platform/airflow-worker",
    "alice",
    "break-glass/mk",
    "backup-operator/scheduled",
];

const SNAPSHOTS: [&str; 5] =
    ["orders-2026-11-23", "rds:warehouse-2026-11-24-01-30", "customers-final", "ledger", "sessions-archive-eu"];

/// A console, and an engine that answers at once.
pub(crate) struct Console {
    app: App,
}

/// A frame: its name, what leads up to it and what is drawn by it.
pub(crate) type Case = (&'static str, fn(&mut Console), fn(&mut Console));

pub(crate) const CASES: [Case; 4] = [
    ("selection moved down", |console| console.press('j', 1), |console| console.press('j', 1)),
    ("new alert", |console| console.press('j', 1), Console::alert_arrives),
    ("list scrolled by a page", |console| console.page_down(2), |console| console.page_down(1)),
    ("list scrolled by a row", |console| console.press('j', 50), |console| console.press('j', 1)),
];

impl Console {
    fn new(columns: u16, rows: u16) -> Self {
        let mut console = Self { app: App::new(sample::setup()) };
        console.send(Msg::Resize { columns, rows });
        console.tell(Update::Rules(vec![sample::loaded(sample::rule())]));
        console.tell(Update::Alerts((0..ALERTS).map(alert).collect()));
        console.tell(Update::Decisions(sample::decisions()));
        console.tell(Update::Loaded);
        console.tell(Update::Health(Box::new(sample::health())));
        console
    }

    fn send(&mut self, msg: Msg) {
        for cmd in self.app.update(msg) {
            if let Cmd::Ask(Request::Detail(id)) = cmd {
                let row = self
                    .app
                    .alerts()
                    .shown_entries(self.app.shared())
                    .map(|entry| &entry.row)
                    .find(|row| row.id == id)
                    .unwrap()
                    .clone();
                self.tell(Update::Detail(Box::new(detail(row))));
            }
        }
        while self.app.is_busy() {
            self.send(Msg::GoOn);
        }
    }

    fn tell(&mut self, update: Update) {
        self.send(Msg::Engine(update));
    }

    fn press(&mut self, key: char, times: usize) {
        (0..times).for_each(|_| self.send(Msg::Key(KeyPress { code: KeyCode::Char(key), ctrl: false, alt: false })));
    }

    fn page_down(&mut self, times: usize) {
        (0..times).for_each(|_| self.send(Msg::Key(KeyPress { code: KeyCode::PageDown, ctrl: false, alt: false })));
    }

    /// An alert, and the figures that come with it.
    fn alert_arrives(&mut self) {
        self.tell(Update::Alerts(vec![alert(ALERTS)]));
        let mut health = sample::health();
        health.events += 48;
        health.files += 1;
        self.tell(Update::Health(Box::new(health)));
    }

    fn screen(&self) -> Buffer {
        let (columns, rows) = self.app.shared().size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| ui::draw(&self.app, frame, Theme::default())).unwrap().buffer.clone()
    }
}

/// The n-th alert, unlike its neighbours in all that the list shows.
fn alert(n: usize) -> AlertRow {
    let drawn = |of: usize| (n * 7919 + n / 3) % of;
    let before = i64::try_from(9 * (ALERTS - n) + drawn(9)).unwrap();
    let source = format!("{}.{}", ["198.51.100", "203.0.113", "10.20.0"][drawn(3)], drawn(251));
    let target = format!("snapshot:{}", SNAPSHOTS[drawn(5)]);
    let time = sample::today("10:42:05") - TimeDelta::seconds(before);
    let mut alert = sample::listed(n, time, ACTORS[drawn(8)], &source, &target);
    alert.severity = [Severity::Low, Severity::Low, Severity::Medium, Severity::High][drawn(4)];
    alert.summary.suspicious = n.is_multiple_of(11);
    alert
}

fn detail(alert: AlertRow) -> Detail {
    let mut detail = sample::detail(&alert.id);
    let own = [alert.summary.actor, alert.summary.source, alert.summary.target];
    for (row, value) in detail.overview.iter_mut().zip(own) {
        row.value = value.unwrap();
    }
    detail
}

/// The screen before the frame and after it.
pub(crate) fn screens((columns, rows): (u16, u16), (_, before, after): Case) -> (Buffer, Buffer) {
    let mut console = Console::new(columns, rows);
    before(&mut console);
    let shown = console.screen();
    after(&mut console);
    (shown, console.screen())
}

/// A writer that knows what the screen shows.
pub(crate) fn writer(shown: &Buffer) -> DiffWriter {
    let mut writer = DiffWriter::default();
    let size = (shown.area.width, shown.area.height);
    writer.draw(Buffer::empty(shown.area).diff_iter(shown), size, &mut Vec::new());
    writer
}

/// Draws the frame as the console does; returns its bytes.
pub(crate) fn ours(mut writer: DiffWriter, before: &Buffer, after: &Buffer) -> usize {
    let mut bytes = Vec::new();
    writer.draw(before.diff_iter(after), (after.area.width, after.area.height), &mut bytes);
    bytes.len() + SYNCHRONIZED
}

/// The same with ratatui's own backend.
pub(crate) fn ratatuis(before: &Buffer, after: &Buffer) -> usize {
    let mut bytes = Vec::new();
    CrosstermBackend::new(&mut bytes).draw(before.diff_iter(after)).unwrap();
    bytes.len() + SYNCHRONIZED
}

#[test]
fn frames_are_small_enough_for_a_slow_line() {
    let bytes = SIZES.map(|size| {
        CASES.map(|case| {
            let (before, after) = screens(size, case);
            (ours(writer(&before), &before, &after), ratatuis(&before, &after))
        })
    });
    // Below 200 columns a row is as wide as the screen.
    for (size, most) in bytes.into_iter().zip([600, 700]) {
        assert!(size[0].0 <= most, "a moved selection: {bytes:?}");
        let mut left = [0, 1, 2].map(|case| size[case].0 * 100 / size[case].1);
        left.sort_unstable();
        assert!(left[1] <= 67, "less than a third is saved, so ratatui's own backend would do: {bytes:?}");
    }
    assert!(bytes[0][1].0 <= 1500, "a new alert at 80×24: {bytes:?}");
}
