//! What lies over the panes: menus, the note editor, the filter and search lines, the palette, help and health. A
//! dialog takes all keys while it is open; the key that opened it never confirms it.

use super::editor::Editor;
use super::except::Form;
use super::explore::{Clause, Use};
use super::filter::Problem;
use super::format::plural;
use super::keys::{self, BINDINGS, Binding, Context};
use super::list::{Column, GroupBy};
use super::{Action, App, Cmd, Filter, KeyPress, Tab, rules};
use crate::detect::AlertId;
use crate::diag::Span;
use crate::event;
use crate::rule::StepId;
use crate::triage::{Reason, Status};

/// A dialog.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// A choice.
    Menu(Menu),
    /// A note being written.
    Note {
        /// On which alert.
        alert: AlertId,
        /// On which of its steps.
        step: Option<StepId>,
        /// What it is about, for the heading.
        title: String,
        /// What has been written.
        editor: Editor,
        /// The reason the alerts will be closed for when the note is saved.
        close: Option<Reason>,
    },
    /// The filter being typed, and the filter to go back to.
    Filter {
        /// What has been typed.
        editor: Editor,
        /// What was there before.
        before: Filter,
    },
    /// A question to the log being typed.
    Question {
        /// What has been typed.
        editor: Editor,
        /// What is wrong with it.
        problem: Option<Problem>,
        /// Names a field that nobody has, which is no error.
        doubt: Option<Problem>,
    },
    /// The name of a field being typed, to count its values.
    Field(Editor),
    /// Words to find rules by being typed, and those to go back to.
    FindRules {
        /// What has been typed.
        editor: Editor,
        /// What was there before.
        before: String,
    },
    /// The search in the record being typed.
    Search(Editor),
    /// An exception being put together.
    Except(Form),
    /// Actions by name.
    Palette {
        /// What has been typed.
        editor: Editor,
        /// What fits, best first.
        found: Vec<&'static Binding>,
        /// The choice under the cursor.
        cursor: usize,
    },
    /// All keys.
    Help,
    /// Figures, files that failed, warnings, messages.
    Health,
    /// Leave without having saved everything?
    Leave,
}

impl Overlay {
    /// Where its keys are looked up.
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
            Self::Help | Self::Health => Context::Reader,
            Self::Leave => Context::Leave,
        }
    }
}

/// A choice of a few.
#[derive(Debug, Clone)]
pub struct Menu {
    /// What is chosen.
    pub title: String,
    /// What to know before choosing.
    pub hint: Option<String>,
    /// The choices.
    pub choices: Vec<(String, Choice)>,
    /// The one under the cursor.
    pub cursor: usize,
}

/// What choosing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Close for this reason.
    Close(Reason),
    /// Sort by this column.
    Sort(Column),
    /// Sort the rules by this column.
    SortRules(rules::Column),
    /// Group by this, or by nothing.
    Group(Option<GroupBy>),
    /// Make a question of this value.
    Explore(Use, Clause),
    /// Count the values of this field.
    CountField(String),
    /// Type which field.
    AnotherField,
    /// Ask the same in this window.
    Window(String),
    /// Copy.
    Copy {
        /// What it is called.
        what: String,
        /// The text.
        text: String,
        /// Whether the audit keeps it.
        audit: bool,
    },
}

impl App {
    pub(super) fn open_close_menu(&mut self) {
        let targets = self.targets();
        let (mut open, mut of) = (0, 0);
        for entry in &targets {
            let (done, all) = self.progress(entry);
            open += all - done;
            of += all;
        }
        let title = match targets.as_slice() {
            [one] => format!("Close {} as", one.row.summary.actor.as_deref().unwrap_or("the alert")),
            many => format!("Close {} as", plural(many.len(), "alert")),
        };
        let hint = match (open, of) {
            (0, _) => None,
            (open, of) => Some(format!("{open} of {} not done yet", plural(of, "step"))),
        };
        let choices = Reason::ALL.iter().map(|r| (r.as_str().to_owned(), Choice::Close(*r))).collect();
        self.open(Overlay::Menu(Menu { title, hint, choices, cursor: 0 }));
    }

    pub(super) fn open_sort_menu(&mut self) {
        let (sort, descending) = self.list.order();
        let choices = Column::ALL.iter().map(|c| {
            let now = match (*c == sort, descending) {
                (true, true) => "  · now, largest first",
                (true, false) => "  · now, smallest first",
                (false, _) => "",
            };
            (format!("{}{now}", c.as_str()), Choice::Sort(*c))
        });
        let cursor = Column::ALL.iter().position(|c| *c == sort).unwrap_or(0);
        let hint = Some("the column it is sorted by: the other way round".to_owned());
        let menu = Menu { title: "Sort by".to_owned(), hint, choices: choices.collect(), cursor };
        self.open(Overlay::Menu(menu));
    }

    pub(super) fn open_group_menu(&mut self) {
        let mut choices = vec![("nothing".to_owned(), Choice::Group(None))];
        choices.extend(GroupBy::ALL.iter().map(|g| (g.as_str().to_owned(), Choice::Group(Some(*g)))));
        let cursor = choices.iter().position(|(_, c)| *c == Choice::Group(self.list.group)).unwrap_or(0);
        self.open(Overlay::Menu(Menu { title: "Group by".to_owned(), hint: None, choices, cursor }));
    }

    pub(super) fn open_note(&mut self) {
        let step = self.step_under_cursor().cloned();
        let Some(alert) = self.list.selected().cloned() else { return };
        self.edit_note(alert, step, None);
    }

    pub(super) fn edit_note(&mut self, alert: AlertId, step: Option<StepId>, close: Option<Reason>) {
        let number = step.as_ref().and_then(|id| self.selected_rule()?.checklist.step(id).map(|s| s.number));
        let title = match (close, number) {
            (Some(reason), _) => format!("Closing as {reason}: why?"),
            (None, Some(number)) => format!("Note on step {number}"),
            (None, None) => "Note on the alert".to_owned(),
        };
        let draft = self.drafts.get(&(alert.clone(), step.clone())).cloned().unwrap_or_default();
        self.open(Overlay::Note { alert, step, title, editor: Editor::lines(&draft), close });
    }

    pub(super) fn open(&mut self, overlay: Overlay) {
        self.overlay = Some(overlay);
        self.reader = None;
        self.changed();
    }

    /// A key that is bound to nothing: text for what is being typed.
    pub(super) fn type_key(&mut self, key: KeyPress, cmds: &mut Vec<Cmd>) {
        if self.editor().is_some_and(|editor| editor.handle(key)) {
            self.typed(cmds);
        }
    }

    pub(super) fn paste(&mut self, text: &str, cmds: &mut Vec<Cmd>) {
        match self.editor() {
            Some(editor) => editor.insert(text),
            None => return self.say("nothing to paste into here: n writes a note, / filters"),
        }
        self.typed(cmds);
    }

    /// Where text is being typed.
    fn editor(&mut self) -> Option<&mut Editor> {
        match self.overlay.as_mut()? {
            Overlay::Note { editor, .. }
            | Overlay::Filter { editor, .. }
            | Overlay::FindRules { editor, .. }
            | Overlay::Question { editor, .. }
            | Overlay::Palette { editor, .. }
            | Overlay::Field(editor)
            | Overlay::Search(editor) => Some(editor),
            Overlay::Except(form) if form.on_name() => Some(&mut form.name),
            _ => None,
        }
    }

    pub(super) fn typed(&mut self, cmds: &mut Vec<Cmd>) {
        let exploring = self.exploring().is_some();
        match &mut self.overlay {
            Some(Overlay::Filter { editor, .. }) => {
                let text = editor.text().to_owned();
                let filter = Filter::parse(&text, &self.filter, self.now);
                self.hidden_new = 0;
                self.filter_by(filter, cmds);
            }
            Some(Overlay::FindRules { editor, .. }) => {
                let words = editor.text().to_owned();
                self.find_rules(&words);
            }
            Some(Overlay::Search(editor)) => {
                let needle = editor.text().to_owned();
                if let Some(tree) = self.shown_tree() {
                    tree.search(&needle);
                }
            }
            Some(Overlay::Question { editor, .. }) => {
                let text = editor.text().to_owned();
                let ask = self.read_question(&text);
                if let Some(Overlay::Question { problem, doubt, .. }) = &mut self.overlay {
                    *problem = ask.problem().cloned();
                    *doubt = ask.doubt().cloned();
                }
            }
            Some(Overlay::Palette { editor, found, cursor }) => {
                *found = find(editor.text(), exploring);
                *cursor = 0;
            }
            _ => {}
        }
        self.changed();
    }

    pub(super) fn accept(&mut self, cmds: &mut Vec<Cmd>) {
        let Some(overlay) = self.overlay.take() else { return };
        self.changed();
        match overlay {
            Overlay::Menu(menu) => {
                if let Some((_, choice)) = menu.choices.into_iter().nth(menu.cursor) {
                    self.choose(choice, cmds);
                }
            }
            Overlay::Note { alert, step, editor, close, .. } => {
                let text = editor.text().trim().to_owned();
                if text.is_empty() && close.is_some() {
                    self.say("closing as other needs a word on why");
                    return self.edit_note(alert, step, close);
                }
                self.drafts.remove(&(alert.clone(), step.clone()));
                match close {
                    Some(reason) => self.set_status(Status::Closed(reason), Some(text)),
                    None if text.is_empty() => self.say("an empty note is not written"),
                    None => self.write_note(alert, step, text),
                }
            }
            Overlay::Filter { editor, before } if self.filter.error().is_some() => {
                self.say("the filter has an error: put it right, or Esc goes back");
                self.overlay = Some(Overlay::Filter { editor, before });
            }
            Overlay::Filter { .. } => self.list.stay(),
            Overlay::Except(form) => self.accept_exception(form, cmds),
            Overlay::Question { editor, problem: Some(_), .. } => {
                self.open_question(editor.text());
                self.say("the question has an error: put it right, or Esc goes back");
            }
            Overlay::Question { editor, problem: None, .. } => self.ask_log(editor.text(), cmds),
            Overlay::Field(editor) => match editor.text().trim() {
                "" => self.say("no field was named"),
                field => {
                    if let Some(unknown) = event::unknown_field(field, Span::default()) {
                        self.say(unknown.brief());
                    }
                    self.count_field(field, cmds);
                }
            },
            Overlay::Palette { editor, .. } if question_of(editor.text()).is_some() => {
                let text = question_of(editor.text()).unwrap_or_default().to_owned();
                self.ask_log(&text, cmds);
            }
            Overlay::Palette { found, cursor, .. } => {
                if let Some(binding) = found.get(cursor) {
                    match binding.why_not(self) {
                        Some(why) => self.say(format!("{}: {why}", binding.name)),
                        None => self.run(binding.action, cmds),
                    }
                }
            }
            Overlay::FindRules { .. } | Overlay::Search(_) | Overlay::Help | Overlay::Health | Overlay::Leave => {}
        }
    }

    fn choose(&mut self, choice: Choice, cmds: &mut Vec<Cmd>) {
        match choice {
            Choice::Close(reason) if super::decide::needs_note(reason) => {
                if let Some(alert) = self.list.selected().cloned() {
                    self.edit_note(alert, None, Some(reason));
                }
            }
            Choice::Close(reason) => self.set_status(Status::Closed(reason), None),
            Choice::Sort(column) => self.sort_by(column),
            Choice::SortRules(column) => self.sort_rules(column),
            Choice::Group(group) => {
                self.list.group = group;
                self.arrange(true);
            }
            Choice::Explore(how, clause) => self.use_clause(how, &clause, cmds),
            Choice::CountField(field) => self.count_field(&field, cmds),
            Choice::AnotherField => self.open(Overlay::Field(Editor::default())),
            Choice::Window(window) => self.choose_window(&window, cmds),
            Choice::Copy { what, text, audit } => self.copy(what, text, audit, cmds),
        }
    }

    /// Closes the dialog without doing what it is for.
    pub(super) fn leave_overlay(&mut self, cmds: &mut Vec<Cmd>) {
        let Some(overlay) = self.overlay.take() else { return };
        self.changed();
        match overlay {
            Overlay::Note { alert, step, editor, .. } => {
                if editor.text().trim().is_empty() {
                    self.drafts.remove(&(alert, step));
                } else {
                    self.drafts.insert((alert, step), editor.text().to_owned());
                    self.say("kept as a draft: n goes on with it");
                }
            }
            Overlay::Except(form) => {
                self.keep_exception(form);
                self.say("kept, nothing is written: x goes on with it");
            }
            Overlay::Filter { mut before, .. } => {
                before.catch_up(&self.filter);
                self.filter_by(before, cmds);
            }
            Overlay::Question { .. } if !self.explore.asked() => self.leave_explore(cmds),
            Overlay::FindRules { before, .. } => self.find_rules(&before),
            Overlay::Search(_) => {
                if let Some(tree) = self.shown_tree() {
                    tree.search("");
                }
            }
            _ => {}
        }
    }

    pub(super) fn open_filter(&mut self) {
        let editor = Editor::line(self.filter.text());
        self.open(Overlay::Filter { editor, before: self.filter.clone() });
    }

    pub(super) fn open_search(&mut self) {
        if self.exploring().is_none() {
            self.tab = Tab::Event;
        }
        let editor = Editor::line(self.tree().map_or("", |t| t.needle()));
        self.open(Overlay::Search(editor));
    }

    pub(super) fn open_palette(&mut self) {
        let found = find("", self.exploring().is_some());
        self.open(Overlay::Palette { editor: Editor::default(), found, cursor: 0 });
    }
}

/// What `explore …` in the palette asks; `None` when it is something else.
fn question_of(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix("explore ").map(str::trim)
}

/// The actions whose name or description fits `text`, best first.
fn find(text: &str, exploring: bool) -> Vec<&'static Binding> {
    if question_of(text).is_some() {
        return BINDINGS.iter().filter(|b| b.action == Action::Explore).collect();
    }
    use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
    let listed = |b: &&Binding| {
        let context = matches!(
            b.context,
            Context::Overview
                | Context::Anywhere
                | Context::Alerts
                | Context::Rules
                | Context::Table
                | Context::Detail
                | Context::Checklist
                | Context::Related
                | Context::Event
        ) || (exploring && b.context == Context::Explore);
        let moves = matches!(b.action, Action::Down | Action::Up | Action::Back | Action::Palette | Action::Open);
        (context && !moves) || matches!(b.action, Action::Redraw | Action::Suspend)
    };
    let mut matcher = nucleo_matcher::Matcher::new(nucleo_matcher::Config::DEFAULT);
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, &Binding)> = BINDINGS
        .iter()
        .filter(listed)
        .filter_map(|b| {
            let words = format!("{} {} {}", b.name, b.about, keys::name(b.keys[0]));
            let score = pattern.score(nucleo_matcher::Utf32Str::new(&words, &mut buffer), &mut matcher)?;
            Some((score, b))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, b)| b).collect()
}
