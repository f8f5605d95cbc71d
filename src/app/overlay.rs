//! Dialogs over a view: menus, the note editor, the filter and search lines, the palette, help and health. A dialog takes
//! all keys while it is open; the key that opened it never confirms it.

use super::clause::{Clause, Use};
use super::editor::Editor;
use super::exception_form::ExceptionForm;
use super::filter::{Filter, QueryProblem};
use super::keys::{Binding, Context};
use super::list::{Column, GroupBy};
use super::rule_line::RuleColumn;
use super::tree::Tree;
use crate::detect::AlertId;
use crate::query::Language;
use crate::rule::StepId;
use crate::text::visible;
use crate::triage::Reason;

#[derive(Debug, Clone)]
pub enum Overlay {
    Menu(Menu),
    /// A note being written.
    Note {
        alert: AlertId,
        /// On which of its steps.
        step: Option<StepId>,
        title: String,
        editor: Editor,
        /// The reason the alerts will be closed for when the note is saved.
        close: Option<Reason>,
    },
    /// The filter being typed, and the filter to go back to.
    Filter {
        editor: Editor,
        /// To go back to.
        before: Filter,
    },
    /// A question to the log being typed.
    Question {
        editor: Editor,
        language: Language,
        problem: Option<QueryProblem>,
        /// Names a field that nobody has, which is no error.
        doubt: Option<QueryProblem>,
    },
    /// The name of a field being typed, to count its values.
    Field(Editor),
    /// Words to find rules by being typed, and those to go back to.
    FindRules {
        editor: Editor,
        /// To go back to.
        before: String,
    },
    /// The search in the record being typed.
    Search(Editor),
    /// An exception being put together.
    Except(ExceptionForm),
    Palette {
        editor: Editor,
        /// The actions that fit, best first.
        found: Vec<&'static Binding>,
        /// The choice under the cursor.
        cursor: usize,
    },
    Help(Help),
    /// Figures, files that failed, warnings, messages.
    Health,
    /// Leave without having saved everything?
    Leave,
}

impl Overlay {
    pub(super) fn is_help(&self) -> bool {
        matches!(self, Self::Help(_))
    }

    #[must_use]
    pub fn context(&self) -> Context {
        match self {
            Self::Menu(_) => Context::Menu,
            Self::Note { .. } => Context::Note,
            Self::Filter { .. } => Context::Filter,
            Self::Question { .. } => Context::Question,
            Self::Field(_) => Context::Field,
            Self::FindRules { .. } => Context::FindRules,
            Self::Search(_) => Context::Search,
            Self::Except(form) if form.on_name() => Context::ExceptName,
            Self::Except(_) => Context::Except,
            Self::Palette { .. } => Context::Palette,
            Self::Help(Help { typing: true, .. }) => Context::FindKeys,
            Self::Help(_) | Self::Health => Context::Reader,
            Self::Leave => Context::Leave,
        }
    }
}

/// The keys, and words to find some by.
#[derive(Debug, Clone, Default)]
pub struct Help {
    pub words: Editor,
    /// The words are being typed.
    pub typing: bool,
}

#[derive(Debug, Clone)]
pub struct Menu {
    pub title: String,
    pub hint: Option<String>,
    pub choices: Vec<(String, Choice)>,
    /// The choice under the cursor.
    pub cursor: usize,
}

impl Menu {
    /// A menu without a hint, the cursor on the first choice.
    pub(super) fn new(title: &str, choices: impl IntoIterator<Item = (String, Choice)>) -> Self {
        Self { title: title.to_owned(), hint: None, choices: choices.into_iter().collect(), cursor: 0 }
    }
}

/// The effect of choosing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Close for this reason.
    Close(Reason),
    /// Sort by this column.
    Sort(Column),
    /// Sort the rules by this column.
    SortRules(RuleColumn),
    /// Group by this, or by nothing.
    Group(Option<GroupBy>),
    /// Make a question of this value.
    Explore(Use, Clause),
    /// Count the values of this field.
    CountField(String),
    AnotherField,
    /// Ask the same in this window.
    Window(String),
    Copy(Copied),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    pub what: String,
    pub text: String,
    /// The audit keeps that it was copied.
    pub audit: bool,
}

impl Copied {
    pub(super) fn new(what: impl Into<String>, text: impl Into<String>) -> Self {
        Self { what: what.into(), text: text.into(), audit: false }
    }

    /// Something that the audit keeps: a command, a report.
    pub(super) fn audited(what: impl Into<String>, text: impl Into<String>) -> Self {
        Self { audit: true, ..Self::new(what, text) }
    }

    /// The value under the cursor of a record, by its path.
    pub(super) fn under_cursor(tree: &Tree) -> Self {
        Self::new(visible(&tree.path()), visible(&tree.value()))
    }

    /// As a menu offers it: under its own name.
    pub(super) fn offered(self) -> (String, Self) {
        (self.what.clone(), self)
    }
}
