//! The console as a pure state machine: `update(&mut App, Msg) -> Vec<Cmd>`. It is driven with keys and messages, is
//! told the time, and touches no file, clock, thread or terminal, so a test can do all that an analyst does.
//!
//! - [`View`] says who has the screen. Each view ([`AlertsView`], [`Explore`], [`rules::Rules`]) has its own state; [`App`]
//!   lends it what all views [share](Shared). Views do not know each other: what leads from one to another is in `dispatch`
//!   and `pivot`.
//! - The one table in [`keys`] turns a key into an [`Action`] without touching state; `dispatch` carries it out, or the view
//!   does.
//! - A decision is only proposed ([`pending`]) until the store has answered. The screen shows both and says which is which.
//! - [`list`] and [`page`] say what is where on the screen, in words and roles; the screen chooses colours.
//! - Text from logs, rules and other analysts is made harmless as it enters, so drawing is cheap and cannot forget to.

mod action;
pub mod alerts;
mod alerts_view;
mod clause;
mod copy;
mod dialog;
mod dispatch;
mod editor;
mod exception_form;
pub mod explore;
mod filter;
pub mod format;
pub mod keys;
pub mod layout;
pub mod list;
mod message;
mod notice;
mod overlay;
pub mod page;
mod palette;
pub mod pending;
mod pivot;
mod reader;
pub mod rule_line;
mod rule_text;
pub mod rules;
mod shared;
pub mod sources;
pub mod tree;
mod undo;
mod update;

use chrono::{DateTime, FixedOffset, Utc};

pub use action::{Action, Pane, Tab};
pub use alerts_view::{AlertsView, SLICE};
pub use clause::{Clause, Use};
pub use editor::Editor;
pub use exception_form::ExceptionForm;
pub use explore::{Ask, Explore};
pub use filter::Filter;
pub use message::{Cmd, KeyCode, KeyPress, Msg};
pub use notice::{Notice, Notices};
pub use overlay::{Choice, Copied, Help, Menu, Overlay};
pub use shared::{Shared, in_words};

use keys::Context;
use page::{Page, PageScroll};
use rules::Rules;
use tree::Tree;

/// The source of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Watch,
    /// Fixture files on a replay clock.
    Replay,
}

#[derive(Debug, Clone)]
pub struct Setup {
    pub analyst: String,
    pub mode: Mode,
    pub read_only: bool,
    /// Why the state cannot be written; then decisions are refused too, and nothing is kept.
    pub unwritable: Option<String>,
    /// The watched folders and clusters, as typed.
    pub folders: Vec<String>,
    /// Where the state is kept, for the reader: a path, `in memory`.
    pub state: String,
    /// The file that exceptions are written to, for the reader; `None`: there is none.
    pub exceptions: Option<String>,
    pub now: DateTime<Utc>,
    /// The offset of the local zone at an instant.
    pub offset: fn(DateTime<Utc>) -> FixedOffset,
}

/// Who has the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    #[default]
    Alerts,
    Explore,
    Rules,
}

/// The console: three views over one state.
#[derive(Debug)]
pub struct App {
    shared: Shared,
    view: View,
    /// The view that the Rules view was opened from.
    behind_rules: View,
    alerts: AlertsView,
    explore: Explore,
    rules: Rules,
    /// The page of the help or the health pane.
    reader: Option<(Page, PageScroll)>,
}

impl App {
    /// An empty console that is waiting for the state to be read.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let mut app = Self {
            shared: Shared::new(setup),
            view: View::default(),
            behind_rules: View::default(),
            alerts: AlertsView::default(),
            explore: Explore::default(),
            rules: Rules::default(),
            reader: None,
        };
        if let Some(why) = app.shared.setup.unwritable.clone() {
            app.shared.warn(why);
        }
        app.settle();
        app
    }

    /// Something on the screen has changed since [`Self::drawn`].
    #[must_use]
    pub fn needs_draw(&self) -> bool {
        self.shared.dirty
    }

    /// The screen shows the present state.
    pub fn drawn(&mut self) {
        self.shared.dirty = false;
    }

    /// A [`Msg::GoOn`] is wanted, as soon as nothing else is to be done.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.alerts.is_busy()
    }

    /// The detail of the selected alert is on its way, and nothing is known of it: the screen will change much.
    #[must_use]
    pub fn awaits(&self) -> bool {
        self.shared.overlay.is_none() && self.view == View::Alerts && self.alerts.awaits()
    }

    /// The next time at which the screen changes by itself: at midnight, and when an event is no longer in the future. The
    /// console must be told the time then.
    #[must_use]
    pub fn turns(&self) -> Option<DateTime<Utc>> {
        self.shared.clock.turns(self.alerts.list.span.map(|(_, newest)| newest))
    }

    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    #[must_use]
    pub fn alerts(&self) -> &AlertsView {
        &self.alerts
    }

    #[must_use]
    pub fn explore(&self) -> &Explore {
        &self.explore
    }

    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The page of the help or the health pane, and where it is being read.
    #[must_use]
    pub fn reader(&self) -> Option<(&Page, PageScroll)> {
        self.reader.as_ref().map(|(page, scroll)| (page, *scroll))
    }

    /// The record that is shown: of the event that is open in Explore, or of the selected alert while its tab is shown.
    #[must_use]
    pub fn tree(&self) -> Option<&Tree> {
        match self.view {
            View::Explore => self.explore.tree(),
            View::Alerts | View::Rules => self.alerts.tree(),
        }
    }

    fn tree_mut(&mut self) -> Option<&mut Tree> {
        match self.view {
            View::Explore => self.explore.tree_mut(),
            View::Alerts | View::Rules => self.alerts.tree_mut(),
        }
    }

    /// Decisions and switches of rules that are on their way to the disk.
    #[must_use]
    pub fn saving(&self) -> usize {
        self.shared.pending.saving() + self.rules.saving()
    }

    /// Contexts of the key table, nearest first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let mut contexts = match &self.shared.overlay {
            Some(overlay) => vec![overlay.context()],
            None => self.view_contexts(),
        };
        contexts.push(Context::Always);
        contexts
    }

    /// Those of the view, whatever dialog is over it.
    fn view_contexts(&self) -> Vec<Context> {
        match self.view {
            View::Alerts => self.alerts.contexts(),
            View::Explore if self.explore.record.is_some() => {
                vec![Context::Event, Context::Explore, Context::Anywhere]
            }
            View::Explore => vec![Context::Explore, Context::Anywhere],
            View::Rules => vec![Context::Rules, Context::Anywhere],
        }
    }
}
