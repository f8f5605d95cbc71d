//! A console driven with keys, and the world around it.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use watchfloor::app::alerts::AlertEntry;
use watchfloor::app::list::List;
use watchfloor::app::{App, Cmd, KeyCode, KeyPress, Msg};
use watchfloor::engine::{Outcome, Question, Request, RuleEntry, StoryQuestion, SwitchOutcome, Update};
use watchfloor::triage::{Decision, Proposal, Switch};
use watchfloor::ui::{self, Theme};

use crate::found::{explored, looked_up, record, story};
use crate::sample::{alerts, decisions, health, loaded, rule, setup};

/// A console, and the world around it: a store that keeps all it is given, and a clock that a test sets.
pub(crate) struct Desk {
    pub(crate) app: App,
    /// What the console asked of the world, newest last; writing and fetching are answered and not kept.
    pub(crate) cmds: Vec<Cmd>,
    /// Whether the store answers.
    pub(crate) answers: bool,
    /// Why the store cannot write.
    pub(crate) broken: Option<String>,
    pub(crate) seq: i64,
    pub(crate) asked: Vec<(u64, Vec<Proposal>)>,
    /// The rules as the world has them.
    pub(crate) rules: Vec<RuleEntry>,
    /// What the console asked of the log, newest last.
    pub(crate) questions: Vec<Question>,
    /// What stories it asked for, newest last; nothing once it has closed one.
    pub(crate) stories: Vec<Option<StoryQuestion>>,
}

impl Desk {
    /// An empty console of this size, before anything is loaded.
    pub(crate) fn bare(columns: u16, rows: u16) -> Self {
        let mut desk = Self {
            app: App::new(setup()),
            cmds: Vec::new(),
            answers: true,
            broken: None,
            seq: 100,
            asked: Vec::new(),
            rules: Vec::new(),
            questions: Vec::new(),
            stories: Vec::new(),
        };
        desk.send(Msg::Resize { columns, rows });
        desk
    }

    /// A console with the sample in it.
    pub(crate) fn new(columns: u16, rows: u16) -> Self {
        let mut desk = Self::bare(columns, rows);
        desk.tell_rules(vec![loaded(rule())]);
        desk.tell(Update::Alerts(alerts()));
        desk.tell(Update::Decisions(decisions()));
        desk.tell(Update::Loaded);
        desk.tell(Update::Health(Box::new(health())));
        desk
    }

    /// Has the engine say something.
    pub(crate) fn tell(&mut self, update: Update) {
        self.send(Msg::Engine(update));
    }

    pub(crate) fn send(&mut self, msg: Msg) {
        let cmds = self.app.update(msg);
        for cmd in cmds {
            match cmd {
                Cmd::Ask(Request::Persist { ticket, proposals }) if self.answers => self.persist(ticket, proposals),
                Cmd::Ask(Request::Persist { ticket, proposals }) => self.asked.push((ticket, proposals)),
                Cmd::Ask(Request::Switch { switch, seen }) if self.answers => self.switch(switch, seen.as_ref()),
                Cmd::Ask(Request::Detail(id)) if self.answers => self.tell(Update::Detail(Box::new(looked_up(&id)))),
                Cmd::Ask(Request::Explore(question)) => {
                    self.questions.push(question.clone());
                    if self.answers {
                        self.tell(Update::Explored(Box::new(explored(&question))));
                    }
                }
                Cmd::Ask(Request::Story(question)) => {
                    self.stories.push(Some(question.clone()));
                    if self.answers {
                        self.tell(Update::Story(Box::new(story(&question))));
                    }
                }
                Cmd::Ask(Request::CloseStory) => self.stories.push(None),
                Cmd::Ask(Request::Record(at)) if self.answers => self.tell(Update::Record(Box::new(record(&at)))),
                other => self.cmds.push(other),
            }
        }
    }

    pub(crate) fn list(&self) -> &List {
        &self.app.alerts().list
    }

    pub(crate) fn selected(&self) -> Option<&AlertEntry> {
        self.app.alerts().selected(self.app.shared())
    }

    pub(crate) fn shown_entries(&self) -> impl Iterator<Item = &AlertEntry> {
        self.app.alerts().shown_entries(self.app.shared())
    }

    /// Gives the console the time to go on with what it puts off.
    pub(crate) fn rest(&mut self) {
        while self.app.is_busy() {
            self.send(Msg::GoOn);
        }
    }

    pub(crate) fn persist(&mut self, ticket: u64, proposals: Vec<Proposal>) {
        let outcomes = proposals.into_iter().map(|p| match &self.broken {
            Some(reason) => Outcome::Failed(reason.clone()),
            None => {
                self.seq += 1;
                Outcome::Stored(Decision {
                    seq: self.seq,
                    alert: p.alert,
                    at: p.at,
                    analyst: p.analyst,
                    action: p.action,
                })
            }
        });
        let outcomes = outcomes.collect();
        self.tell(Update::Persisted { ticket, outcomes });
    }

    /// The rules are these now.
    pub(crate) fn tell_rules(&mut self, rules: Vec<RuleEntry>) {
        self.rules = rules.clone();
        self.tell(Update::Rules(rules));
    }

    pub(crate) fn switch(&mut self, switch: Switch, seen: Option<&Switch>) {
        let mut rules = self.rules.clone();
        let entry = rules.iter_mut().find(|e| e.entry.rule.as_ref().is_some_and(|rule| rule.id == switch.rule));
        let entry = entry.expect("a rule of this id");
        let outcome = match (&self.broken, &entry.switch) {
            (Some(reason), _) => SwitchOutcome::Failed(reason.clone()),
            (None, Some(theirs)) if Some(theirs) != seen => SwitchOutcome::Conflict(theirs.clone()),
            (None, _) => {
                entry.switch = Some(switch.clone());
                SwitchOutcome::Stored
            }
        };
        self.tell_rules(rules);
        self.tell(Update::Switched { switch, outcome });
    }

    /// Presses keys: `j`, `space`, `Enter`, `Ctrl+L` …, and types what is in quotes.
    pub(crate) fn keys(&mut self, script: &str) -> &mut Self {
        let mut rest = script.trim();
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (text, after) = quoted.split_once('"').expect("a closing quote");
                for c in text.chars() {
                    self.press(KeyPress { code: KeyCode::Char(c), ctrl: false, alt: false });
                }
                rest = after.trim_start();
                continue;
            }
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            self.press(key(word));
            rest = after.trim_start();
        }
        self
    }

    pub(crate) fn press(&mut self, key: KeyPress) {
        self.send(Msg::Key(key));
        self.rest();
    }

    pub(crate) fn buffer(&self, look: Theme) -> Buffer {
        let (columns, rows) = self.app.shared().size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a test terminal");
        terminal.draw(|frame| ui::draw(&self.app, frame, look)).expect("drawing");
        terminal.backend().buffer().clone()
    }

    /// The screen as text, one line a row, blanks at the end left out.
    pub(crate) fn screen_as(&self, look: Theme) -> String {
        text(&self.buffer(look))
    }

    pub(crate) fn screen(&self) -> String {
        self.screen_as(Theme::default())
    }
}

pub(crate) fn text(buffer: &Buffer) -> String {
    use unicode_width::UnicodeWidthStr as _;
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = symbol.width().saturating_sub(1);
            line.push_str(symbol);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The key that `name` names, as the console itself writes it.
pub(crate) fn key(name: &str) -> KeyPress {
    let (ctrl, name) = name.strip_prefix("Ctrl+").map_or((false, name), |n| (true, n));
    let (alt, name) = name.strip_prefix("Alt+").map_or((false, name), |n| (true, n));
    let code = match name {
        "space" => KeyCode::Char(' '),
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "BackTab" => KeyCode::BackTab,
        "Backspace" => KeyCode::Backspace,
        "Delete" => KeyCode::Delete,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        one => {
            let mut chars = one.chars();
            let c = chars.next().expect("a key");
            assert!(chars.next().is_none(), "no key is called {name}");
            KeyCode::Char(if ctrl { c.to_ascii_lowercase() } else { c })
        }
    };
    KeyPress { code, ctrl, alt }
}
