//! The console as a pure state machine: `update(&mut App, Msg) -> Vec<Cmd>`. It is driven with keys and messages, is
//! told the time, and touches no file, clock, thread or terminal, so a test can do all that an analyst does.
//!
//! - A key is resolved to an [`Action`] by the one table in [`keys`], without touching state; then it is carried out.
//! - [`alerts`] holds what is stored and, over it, what is only proposed ([`pending`]): the screen shows both and says
//!   which is which.
//! - [`list`] and [`page`] say what is where on the screen, in words and roles; the screen decides how that looks.
//! - Text from logs, rules and other analysts is made harmless as it enters, so drawing is cheap and cannot forget to.

mod action;
pub mod alerts;
mod copy;
mod decide;
mod dialog;
mod dispatch;
mod editor;
mod except;
pub mod explore;
mod filter;
mod filtering;
pub mod format;
pub mod keys;
pub mod layout;
pub mod list;
mod message;
mod notice;
pub mod page;
pub mod pages;
pub mod pending;
pub mod rules;
mod state;
pub mod tree;
mod update;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, Utc};

pub use action::{Action, Pane, Tab};
pub use decide::in_words;
pub use dialog::{Choice, Menu, Overlay};
pub use editor::Editor;
pub use except::Form as ExceptionForm;
pub use explore::Explore;
pub use filter::Filter;
pub use filtering::SLICE;
pub use message::{Cmd, KeyCode, KeyPress, Msg};
pub use notice::{Notice, Notices};

use alerts::{AlertEntry, Alerts};
use format::Clock;
use keys::Context;
use layout::{Layout, Needs};
use list::List;
use page::{Item, Page, Reading};
use pending::Pending;
use rules::Rules;
use tree::Tree;

use crate::detect::AlertId;
use crate::engine::{Detail, Health, Playback, StateNews};
use crate::investigate::target_word;
use crate::rule::{Rule, StepId};

/// What the console is in front of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Directories, live.
    Watch,
    /// Fixture files on a replay clock.
    Replay,
}

/// What a console starts from.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Who sits in front of it.
    pub analyst: String,
    /// What it is in front of.
    pub mode: Mode,
    /// Whether decisions are refused.
    pub read_only: bool,
    /// Why the state cannot be written; then decisions are refused too, and nothing is kept.
    pub unwritable: Option<String>,
    /// Where the state is kept, for the reader: a path, `in memory`.
    pub state: String,
    /// The file that exceptions are written to, for the reader; `None`: there is none.
    pub exceptions: Option<String>,
    /// The time.
    pub now: DateTime<Utc>,
    /// The offset of the local zone at an instant.
    pub offset: fn(DateTime<Utc>) -> FixedOffset,
}

/// The console.
#[derive(Debug)]
pub struct App {
    setup: Setup,
    now: DateTime<Utc>,
    as_of: DateTime<Utc>,
    size: (u16, u16),
    layout: Option<Layout>,
    clock: Clock,
    rules: Rules,
    /// Every rule that was ever loaded here, by id, in its newest version.
    known: HashMap<String, Arc<Rule>>,
    alerts: Alerts,
    list: List,
    filter: Filter,
    sifting: Option<filtering::Sifting>,
    hidden_new: usize,
    loaded: bool,
    touched: bool,
    pane: Pane,
    tab: Tab,
    places: HashMap<(AlertId, Tab), Reading>,
    page: Page,
    page_of: Option<(AlertId, Tab)>,
    reader: Option<(Page, Reading)>,
    details: HashMap<AlertId, Detail>,
    explore: Explore,
    asked: Option<AlertId>,
    tree: Option<(AlertId, Tree)>,
    ecs: bool,
    why: pages::Why,
    unfolded: bool,
    overlay: Option<Overlay>,
    drafts: BTreeMap<(AlertId, Option<StepId>), String>,
    unwritten: HashMap<AlertId, ExceptionForm>,
    pending: Pending,
    /// When the newest decision of this console was made.
    decided: Option<DateTime<Utc>>,
    state: StateNews,
    done: Vec<decide::Done>,
    notices: Notices,
    health: Health,
    playback: Option<Playback>,
    stale: bool,
    dirty: bool,
}

impl App {
    /// An empty console that is waiting for the state to be read.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let mut app = Self {
            now: setup.now,
            as_of: setup.now,
            size: (80, 24),
            layout: None,
            clock: Clock::new(setup.offset, setup.now),
            rules: Rules::default(),
            known: HashMap::new(),
            alerts: Alerts::default(),
            list: List::default(),
            filter: Filter::default(),
            sifting: None,
            hidden_new: 0,
            loaded: false,
            touched: false,
            pane: Pane::Table,
            tab: Tab::Overview,
            places: HashMap::new(),
            page: Page::default(),
            page_of: None,
            reader: None,
            details: HashMap::new(),
            explore: Explore::default(),
            asked: None,
            tree: None,
            ecs: false,
            why: pages::Why::default(),
            unfolded: false,
            overlay: None,
            drafts: BTreeMap::new(),
            unwritten: HashMap::new(),
            pending: Pending::default(),
            decided: None,
            state: StateNews::default(),
            done: Vec::new(),
            notices: Notices::default(),
            health: Health::default(),
            playback: None,
            stale: true,
            dirty: true,
            setup,
        };
        if let Some(why) = app.setup.unwritable.clone() {
            app.warn(why);
        }
        app.settle(&mut Vec::new());
        app
    }

    /// Whether something on the screen has changed since [`Self::drawn`].
    #[must_use]
    pub fn needs_draw(&self) -> bool {
        self.dirty
    }

    /// The screen shows the present state.
    pub fn drawn(&mut self) {
        self.dirty = false;
    }

    /// What it was started with.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Columns and rows of the terminal.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// How the screen is divided; `None` when it is too small.
    #[must_use]
    pub fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    /// How times are written.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// When the figures on the screen last changed.
    #[must_use]
    pub fn as_of(&self) -> DateTime<Utc> {
        self.as_of
    }

    /// The rules, and the view of them.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The rule of an alert, also when it no longer runs.
    #[must_use]
    pub fn rule_of(&self, entry: &AlertEntry) -> Option<&Arc<Rule>> {
        self.known.get(&entry.row.rule_id)
    }

    /// What the things are called that alerts are about: snapshots, where all the rules are about exports of those.
    #[must_use]
    pub fn target_heading(&self) -> &'static str {
        if target_word(self.rules.running().map(AsRef::as_ref)) == "snapshot" { "Snapshot" } else { "Target" }
    }

    /// All alerts.
    #[must_use]
    pub fn alerts(&self) -> &Alerts {
        &self.alerts
    }

    /// The table's rows.
    #[must_use]
    pub fn list(&self) -> &List {
        &self.list
    }

    /// The selected alert.
    #[must_use]
    pub fn selected(&self) -> Option<&AlertEntry> {
        self.list.selected().and_then(|id| self.alerts.get(id))
    }

    /// Alerts that are marked.
    #[must_use]
    pub fn marked(&self) -> usize {
        self.alerts.marked()
    }

    /// The filter.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Alerts that came since the filter was set and that it hides.
    #[must_use]
    pub fn hidden_new(&self) -> usize {
        self.hidden_new
    }

    /// Whether the state has been read to its end.
    #[must_use]
    pub fn loaded(&self) -> bool {
        self.loaded
    }

    /// What has the keys.
    #[must_use]
    pub fn pane(&self) -> Pane {
        self.pane
    }

    /// The tab that is shown.
    #[must_use]
    pub fn tab(&self) -> Tab {
        self.tab
    }

    /// What the tab says; empty for [`Tab::Event`], which has a [tree](Self::tree).
    #[must_use]
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// Where the tab is being read.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.page_of.as_ref().and_then(|key| self.places.get(key)).copied().unwrap_or_default()
    }

    /// The record that is shown: of the event that is open in Explore, or of the selected alert while its tab is shown.
    #[must_use]
    pub fn tree(&self) -> Option<&Tree> {
        if self.exploring().is_some() {
            return self.record_tree();
        }
        self.tree.as_ref().filter(|(id, _)| Some(id) == self.list.selected()).map(|(_, tree)| tree)
    }

    /// Whether the Event tab shows the ECS document instead of the record.
    #[must_use]
    pub fn shows_ecs(&self) -> bool {
        self.ecs
    }

    /// Whether the detail of the selected alert is on its way and nothing is known of it.
    #[must_use]
    pub fn awaits(&self) -> bool {
        let open = self.overlay.is_none() && !self.rules.is_open() && self.exploring().is_none();
        open && self.detail().is_none() && self.asked.is_some() && self.asked.as_ref() == self.list.selected()
    }

    /// Everything about the selected alert, once it is here.
    #[must_use]
    pub fn detail(&self) -> Option<&Detail> {
        self.list.selected().and_then(|id| self.details.get(id))
    }

    /// What lies over the panes.
    #[must_use]
    pub fn overlay(&self) -> Option<&Overlay> {
        self.overlay.as_ref()
    }

    /// The page of the help or the health pane, and where it is being read.
    #[must_use]
    pub fn reader(&self) -> Option<(&Page, Reading)> {
        self.reader.as_ref().map(|(page, reading)| (page, *reading))
    }

    /// What is on its way to the disk: decisions, and rules being switched.
    #[must_use]
    pub fn saving(&self) -> usize {
        self.pending.saving() + self.rules.saving()
    }

    /// Decisions that are not on disk.
    #[must_use]
    pub fn pending(&self) -> &Pending {
        &self.pending
    }

    /// Whether there is a decision to take back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty() || self.own_last_decision().is_some()
    }

    /// Messages.
    #[must_use]
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Figures.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Where the replay stands.
    #[must_use]
    pub fn playback(&self) -> Option<&Playback> {
        self.playback.as_ref()
    }

    /// Half-written notes, on all alerts together.
    #[must_use]
    pub fn drafts(&self) -> usize {
        self.drafts.len()
    }

    /// Whether a note on the selected alert, or on one of its steps, is half-written.
    #[must_use]
    pub fn has_draft(&self, step: Option<&StepId>) -> bool {
        let id = self.list.selected();
        self.drafts.keys().any(|(alert, of)| Some(alert) == id && of.as_ref() == step)
    }

    /// Whether all steps show their details.
    #[must_use]
    pub fn unfolded(&self) -> bool {
        self.unfolded
    }

    /// Which related events are shown.
    #[must_use]
    pub fn why(&self) -> pages::Why {
        self.why
    }

    /// The step under the cursor of the Checklist tab.
    #[must_use]
    pub fn step_under_cursor(&self) -> Option<&StepId> {
        match (self.tab, self.pane, self.page.items.get(self.reading().cursor)) {
            (Tab::Checklist, Pane::Detail, Some(Item::Step(id) | Item::Search { step: id, .. })) => Some(id),
            _ => None,
        }
    }

    /// Where keys are looked up, nearest first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let mut contexts = match (&self.overlay, self.exploring()) {
            (Some(overlay), _) => vec![overlay.context()],
            (None, _) if self.rules.is_open() => vec![Context::Rules, Context::Anywhere],
            (None, Some(explore)) if explore.record().is_some() => {
                vec![Context::Event, Context::Explore, Context::Anywhere]
            }
            (None, Some(_)) => vec![Context::Explore, Context::Anywhere],
            (None, None) => match (self.pane, self.tab) {
                (Pane::Table, _) => vec![Context::Table, Context::Alerts, Context::Anywhere],
                (Pane::Detail, Tab::Overview) => {
                    vec![Context::Overview, Context::Detail, Context::Alerts, Context::Anywhere]
                }
                (Pane::Detail, Tab::Checklist) => {
                    vec![Context::Checklist, Context::Detail, Context::Alerts, Context::Anywhere]
                }
                (Pane::Detail, Tab::Related) => {
                    vec![Context::Related, Context::Detail, Context::Alerts, Context::Anywhere]
                }
                (Pane::Detail, Tab::Event) => vec![Context::Event, Context::Detail, Context::Alerts, Context::Anywhere],
                (Pane::Detail, _) => vec![Context::Detail, Context::Alerts, Context::Anywhere],
            },
        };
        contexts.push(Context::Always);
        contexts
    }

    /// The notice on the screen, in as many lines as it needs, three at most.
    #[must_use]
    pub fn notice_lines(&self) -> Vec<String> {
        let Some(notice) = self.notices.showing() else { return Vec::new() };
        let room = usize::from(self.size.0).saturating_sub(if notice.warning { 18 } else { 4 });
        let mut lines = crate::text::wrap(&notice.text, room);
        if lines.len() > 3 {
            let rest = lines.split_off(2).join(" ");
            lines.push(crate::text::fit(&rest, room, "…").into_owned());
        }
        lines
    }

    fn needs(&self) -> Needs {
        if self.rules.is_open() {
            return self.rules_needs();
        }
        Needs {
            detail: self.pane == Pane::Detail,
            // An empty table says why it is empty, and wants the room for it.
            table: match self.list.rows().len() {
                0 => u16::MAX,
                rows => u16::try_from(rows + 1).unwrap_or(u16::MAX),
            },
            filter: match (&self.overlay, self.filter.is_set()) {
                (Some(Overlay::Filter { .. }), _) if self.filter.error().or(self.filter.doubt()).is_some() => 3,
                (Some(Overlay::Filter { .. }), _) => 2,
                (_, true) => 1,
                (_, false) => 0,
            },
            notice: u16::try_from(self.notice_lines().len()).unwrap_or(1),
        }
    }

    fn detail_rows(&self) -> usize {
        self.layout.map_or(1, |l| l.detail_rows())
    }
}
