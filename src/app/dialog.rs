//! Keys while a dialog is open: typing, accepting, going back.

use super::editor::Editor;
use super::explore::{KNOWN, one_line};
use super::filter::field_names;
use super::overlay::{Choice, Help, Overlay};
use super::palette::{find, question_of};
use super::{App, Ask, KeyPress, View};
use crate::diag::Span;
use crate::event;
use crate::query::Language;

impl App {
    /// A key that is bound to nothing: text for what is being typed.
    pub(super) fn type_key(&mut self, key: KeyPress) {
        if self.editor().is_some_and(|editor| editor.handle(key)) {
            self.typed();
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        let text = match &self.shared.overlay {
            Some(Overlay::Question { language, .. }) => one_line(*language, text),
            _ => text.into(),
        };
        match self.editor() {
            Some(editor) => editor.insert(&text),
            None => return self.shared.say("nothing to paste into here: n writes a note, / filters"),
        }
        self.typed();
    }

    /// Where text is being typed.
    fn editor(&mut self) -> Option<&mut Editor> {
        match self.shared.overlay.as_mut()? {
            Overlay::Note { editor, .. }
            | Overlay::Filter { editor, .. }
            | Overlay::FindRules { editor, .. }
            | Overlay::Question { editor, .. }
            | Overlay::Palette { editor, .. }
            | Overlay::Field(editor)
            | Overlay::Search(editor) => Some(editor),
            Overlay::Help(help) if help.typing => Some(&mut help.words),
            Overlay::Except(form) if form.on_name() => Some(&mut form.name),
            _ => None,
        }
    }

    fn typed(&mut self) {
        let text = self.editor().map_or_else(String::new, |editor| editor.text().to_owned());
        match &mut self.shared.overlay {
            Some(Overlay::Filter { .. }) => self.alerts.type_filter(&text, &mut self.shared),
            Some(Overlay::FindRules { .. }) => self.rules.find(&text, &mut self.shared),
            Some(Overlay::Search(_)) => {
                if let Some(tree) = self.tree_mut() {
                    tree.search(&text);
                }
            }
            Some(Overlay::Question { language, problem, doubt, .. }) => {
                let ask = Ask::read(*language, &text, self.shared.clock.present());
                (*problem, *doubt) = (ask.problem().cloned(), ask.doubt().cloned());
            }
            Some(Overlay::Palette { found, cursor, .. }) => {
                *found = find(&text, self.view == View::Explore);
                *cursor = 0;
            }
            // What is found shows from its beginning.
            Some(Overlay::Help(_)) => self.reader = None,
            _ => {}
        }
        self.shared.changed();
    }

    /// Takes what is chosen or typed.
    pub(super) fn accept(&mut self) {
        let Some(overlay) = self.shared.overlay.take() else { return };
        let shared = &mut self.shared;
        shared.changed();
        match overlay {
            Overlay::Menu(menu) => {
                if let Some((_, choice)) = menu.choices.into_iter().nth(menu.cursor) {
                    self.choose(choice);
                }
            }
            Overlay::Note { alert, step, editor, close, .. } => {
                self.alerts.accept_note(alert, step, editor.text(), close, shared);
            }
            Overlay::Filter { editor, before } if self.alerts.filter.error().is_some() => {
                shared.say("the filter has an error: put it right, or Esc goes back");
                shared.overlay = Some(Overlay::Filter { editor, before });
            }
            Overlay::Filter { .. } => self.alerts.list.stay(),
            Overlay::Except(form) => self.alerts.accept_exception(form, shared),
            Overlay::Question { editor, language, problem: Some(_), .. } => {
                self.explore.open_question(language, editor.text(), shared);
                shared.say("the question has an error: put it right, or Esc goes back");
            }
            Overlay::Question { editor, language, problem: None, .. } => self.ask_log(language, editor.text()),
            Overlay::Field(editor) => match editor.text().trim() {
                "" => shared.say("no field was named"),
                field => {
                    if let Some(unknown) = event::unknown_field(field, Span::default()) {
                        shared.say(unknown.brief());
                    }
                    self.explore.count_field(field, shared);
                }
            },
            Overlay::Palette { editor, found, cursor } => match (question_of(editor.text()), found.get(cursor)) {
                (Some((language, "")), _) => self.ask_in(language),
                (Some((language, question)), _) => self.ask_log(language, question),
                (None, Some(binding)) => match binding.why_not(self) {
                    Some(why) => self.shared.say(format!("{}: {why}", binding.name)),
                    None => self.run(binding.action),
                },
                (None, None) => {
                    shared.say(format!("nothing is called {}: ? lists the keys", editor.text().trim()));
                    shared.overlay = Some(Overlay::Palette { editor, found, cursor });
                }
            },
            Overlay::Help(help) => shared.overlay = Some(Overlay::Help(Help { typing: false, ..help })),
            Overlay::FindRules { .. } | Overlay::Search(_) | Overlay::Health | Overlay::Leave => {}
        }
    }

    /// Takes the choice with this number, from 1.
    pub(super) fn choose_number(&mut self, number: u8) {
        if let Some(Overlay::Menu(menu)) = &mut self.shared.overlay
            && usize::from(number) <= menu.choices.len()
        {
            menu.cursor = usize::from(number) - 1;
            self.accept();
        }
    }

    fn choose(&mut self, choice: Choice) {
        let shared = &mut self.shared;
        match choice {
            Choice::Close(reason) => self.alerts.close(reason, shared),
            Choice::Sort(column) => self.alerts.sort_by(column, shared),
            Choice::SortRules(column) => self.rules.sort_by(column, shared),
            Choice::Group(group) => self.alerts.group_by(group, shared),
            Choice::Explore(how, clause) => self.use_clause(how, &clause),
            Choice::CountField(field) => self.explore.count_field(&field, shared),
            Choice::AnotherField => shared.open(Overlay::Field(Editor::default())),
            Choice::Window(window) => self.explore.choose_window(&window, shared),
            Choice::Copy(copied) => self.alerts.copy(copied, shared),
        }
    }

    /// Closes the dialog without doing what it is for.
    pub(super) fn leave_overlay(&mut self) {
        let Some(overlay) = self.shared.overlay.take() else { return };
        let shared = &mut self.shared;
        shared.changed();
        match overlay {
            Overlay::Note { alert, step, editor, .. } => self.alerts.leave_note(alert, step, editor.text(), shared),
            Overlay::Except(form) => {
                self.alerts.keep_exception(form);
                shared.say("kept, nothing is written: x goes on with it");
            }
            Overlay::Filter { before, .. } => self.alerts.leave_filter(before, shared),
            Overlay::Question { .. } if !self.explore.asked => self.leave_explore(),
            Overlay::FindRules { before, .. } => self.rules.find(&before, shared),
            // Back to all keys first.
            Overlay::Help(help) if help.typing || !help.words.text().is_empty() => {
                shared.overlay = Some(Overlay::Help(Help::default()));
            }
            Overlay::Search(_) => {
                if let Some(tree) = self.tree_mut() {
                    tree.search("");
                }
            }
            _ => {}
        }
    }

    pub(super) fn open_search(&mut self) {
        if let Some(Overlay::Help(help)) = &mut self.shared.overlay {
            help.typing = true;
            return self.shared.changed();
        }
        if self.view != View::Explore {
            self.alerts.show_record();
        }
        let editor = Editor::line(self.tree().map_or("", |t| t.needle()));
        self.shared.open(Overlay::Search(editor));
    }

    pub(super) fn open_palette(&mut self) {
        let found = find("", self.view == View::Explore);
        self.shared.open(Overlay::Palette { editor: Editor::default(), found, cursor: 0 });
    }

    pub(super) fn new_line(&mut self) {
        if let Some(Overlay::Note { editor, .. }) = &mut self.shared.overlay {
            editor.insert("\n");
            self.shared.changed();
        }
    }

    pub(super) fn tick_entry(&mut self) {
        if let Some(Overlay::Except(form)) = &mut self.shared.overlay
            && let Some((_, ticked)) = form.entries.get_mut(form.cursor)
        {
            *ticked = !*ticked;
            self.shared.changed();
        }
    }

    /// Completes the field's name before the cursor as far as it is certain, and names the choices where there are
    /// several.
    pub(super) fn complete(&mut self) {
        let (editor, names, after): (_, Vec<&str>, _) = match &mut self.shared.overlay {
            Some(Overlay::Filter { editor, .. }) => (editor, field_names().collect(), ":"),
            Some(Overlay::Question { editor, language, .. }) => {
                (editor, KNOWN.to_vec(), if *language == Language::Kql { ":" } else { "" })
            }
            Some(Overlay::Field(editor)) => (editor, KNOWN.to_vec(), ""),
            _ => return,
        };
        let typed = editor.before().rsplit([' ', '(', '{', '[', ',', '?']).next().unwrap_or_default().to_owned();
        let names: Vec<&str> = names.into_iter().filter(|n| n.starts_with(typed.as_str())).collect();
        match names.as_slice() {
            [] => self.shared.say(format!("no field that is known begins with {typed}")),
            [name] => {
                let after = if name.ends_with('.') { "" } else { after };
                editor.insert(&format!("{}{after}", &name[typed.len()..]));
            }
            [first, ..] => {
                let same = |length: &usize| names.iter().all(|n| n.get(..*length) == first.get(..*length));
                let common = (typed.len()..=first.len()).rev().find(same).unwrap_or(typed.len());
                editor.insert(&first[typed.len()..common]);
                self.shared.say(names.join("  "));
            }
        }
        self.typed();
    }
}
