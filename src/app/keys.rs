//! The one table of keys. Input, the footer, the help, the palette and `docs/keys.md` all come from it, so that they
//! cannot disagree.

use super::action::{Action, Tab};
use super::{App, KeyCode, KeyPress, View};

mod disabled;
mod table;
mod write;

pub use table::BINDINGS;

/// The place where a binding holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// Wherever she is, even while typing.
    Always,
    Anywhere,
    /// In the table and in the detail of alerts.
    Alerts,
    Table,
    /// In the detail, whichever tab.
    Detail,
    /// In the Overview tab.
    Overview,
    /// In the Checklist tab.
    Checklist,
    /// In the Story tab.
    Story,
    /// In the Event tab.
    Event,
    Explore,
    /// While typing a question to the log.
    Question,
    /// While typing the name of a field.
    Field,
    /// In the Rules view.
    Rules,
    Menu,
    /// While writing a note.
    Note,
    /// While typing a filter.
    Filter,
    /// Typing words to find rules by.
    FindRules,
    /// While typing a search.
    Search,
    /// Ticking what an exception asks for.
    Except,
    /// Typing an exception's name.
    ExceptName,
    Palette,
    /// In the help and the health pane.
    Reader,
    /// Typing words to find keys by.
    FindKeys,
    /// When asked whether to leave.
    Leave,
}

impl Context {
    /// All contexts, in the order the help shows them.
    pub const ALL: [Self; 24] = [
        Self::Anywhere,
        Self::Alerts,
        Self::Table,
        Self::Detail,
        Self::Overview,
        Self::Checklist,
        Self::Story,
        Self::Event,
        Self::Explore,
        Self::Question,
        Self::Field,
        Self::Rules,
        Self::Menu,
        Self::Note,
        Self::Filter,
        Self::FindRules,
        Self::Search,
        Self::Except,
        Self::ExceptName,
        Self::Palette,
        Self::Reader,
        Self::FindKeys,
        Self::Leave,
        Self::Always,
    ];

    /// The help's heading for it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Always => "Always, even while typing",
            Self::Anywhere => "In every view",
            Self::Alerts => "In the table and the detail",
            Self::Table => "In the table",
            Self::Detail => "In the detail",
            Self::Overview => "In the Overview tab",
            Self::Checklist => "In the Checklist tab",
            Self::Story => "In the Story tab",
            Self::Event => "In the Event tab, and in a record of Explore",
            Self::Explore => "In Explore",
            Self::Question => "Asking the log",
            Self::Field => "Naming a field",
            Self::Rules => "In the Rules view",
            Self::Menu => "In a menu",
            Self::Note => "Writing a note",
            Self::Filter => "Typing a filter",
            Self::FindRules => "Finding rules",
            Self::Search => "Searching the record",
            Self::Except => "What an exception asks for",
            Self::ExceptName => "Naming an exception",
            Self::Palette => "In the palette",
            Self::Reader => "In the help and the health pane",
            Self::FindKeys => "Finding keys",
            Self::Leave => "Asked whether to leave",
        }
    }
}

/// Keys, their action, and why it cannot be done now.
#[derive(Debug)]
pub struct Binding {
    pub context: Context,
    /// The keys, the one to show first.
    pub keys: &'static [KeyPress],
    pub action: Action,
    /// In a word or two, for the footer.
    pub name: &'static str,
    /// In a sentence without a full stop, for the help.
    pub about: &'static str,
    /// The footer's order, smallest first; 0 keeps it out of the footer.
    pub footer: u8,
    /// Why it cannot be done now.
    pub disabled: fn(&App) -> Option<&'static str>,
}

impl Binding {
    /// Why it cannot be done now, be it that it is for another view.
    #[must_use]
    pub fn why_not(&self, app: &App) -> Option<&'static str> {
        use Context as C;
        match (self.context, app.view) {
            (C::Alerts | C::Table | C::Detail | C::Overview | C::Checklist | C::Story, View::Explore | View::Rules) => {
                Some("this is for alerts: Esc goes back to them")
            }
            (C::Event | C::Explore, View::Rules) => Some("this is for another view: Esc goes back"),
            (C::Rules, View::Alerts | View::Explore) => Some("this is for the Rules view: R opens it"),
            _ => (self.disabled)(app),
        }
    }

    /// Its keys as people write them, `j Down`.
    #[must_use]
    pub fn keys_shown(&self) -> String {
        self.keys.iter().map(|k| name(*k)).collect::<Vec<_>>().join(" ")
    }
}

/// A key as people write it: in words, since the stand-in of an arrow would be another key.
#[must_use]
pub fn name(key: KeyPress) -> String {
    let base = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(c) if key.ctrl => c.to_ascii_uppercase().to_string(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "Enter".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::Tab => "Tab".to_owned(),
        KeyCode::BackTab => "Shift+Tab".to_owned(),
        KeyCode::Backspace => "Backspace".to_owned(),
        KeyCode::Delete => "Delete".to_owned(),
        KeyCode::Left => "Left".to_owned(),
        KeyCode::Right => "Right".to_owned(),
        KeyCode::Up => "Up".to_owned(),
        KeyCode::Down => "Down".to_owned(),
        KeyCode::Home => "Home".to_owned(),
        KeyCode::End => "End".to_owned(),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
    };
    match (key.ctrl, key.alt) {
        (true, _) => format!("Ctrl+{base}"),
        (false, true) => format!("Alt+{base}"),
        (false, false) => base,
    }
}

/// What `key` means in the first of `contexts` that knows it.
#[must_use]
pub fn resolve(contexts: &[Context], key: KeyPress) -> Option<&'static Binding> {
    contexts.iter().find_map(|c| BINDINGS.iter().find(|b| b.context == *c && b.keys.contains(&key)))
}

/// The keys that matter in `contexts`, most important first.
#[must_use]
pub fn footer(contexts: &[Context]) -> Vec<&'static Binding> {
    let mut found: Vec<&Binding> = Vec::new();
    for context in contexts {
        for binding in BINDINGS.iter().filter(|b| b.context == *context && b.footer > 0) {
            // A key that a nearer context has taken does not mean this any more.
            let means = resolve(contexts, binding.keys[0]).map(|b| b.action);
            if means == Some(binding.action) && found.iter().all(|b| b.action != binding.action) {
                found.push(binding);
            }
        }
    }
    found.sort_by_key(|b| b.footer);
    found
}

/// The table as Markdown, for `docs/keys.md`.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::new();
    for context in Context::ALL {
        out.push_str(&format!("\n**{}**\n\n| key | what it does |\n| --- | --- |\n", context.title()));
        for b in BINDINGS.iter().filter(|b| b.context == context) {
            let keys: Vec<String> = b.keys.iter().map(|k| format!("`{}`", name(*k))).collect();
            out.push_str(&format!("| {} | {} |\n", keys.join(" "), b.about));
        }
    }
    out.trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_context_gives_a_key_two_meanings() {
        for (i, a) in BINDINGS.iter().enumerate() {
            for b in &BINDINGS[i + 1..] {
                if a.context == b.context {
                    assert!(a.action != b.action, "{:?} is bound twice in {:?}", a.action, a.context);
                    assert!(!a.keys.iter().any(|k| b.keys.contains(k)), "{:?} and {:?}", a.action, b.action);
                }
            }
        }
    }

    #[test]
    fn every_binding_says_what_it_does() {
        for b in BINDINGS {
            assert!(!b.keys.is_empty() && !b.name.is_empty() && !b.about.is_empty(), "{:?}", b.action);
            assert!(!b.about.ends_with('.'), "{}", b.about);
            assert!(crate::text::width(b.name) <= 16, "{}", b.name);
        }
    }

    #[test]
    fn a_key_that_opens_a_dialog_never_confirms_it() {
        let opens = [
            (Action::Close, Context::Menu),
            (Action::Sort, Context::Menu),
            (Action::Group, Context::Menu),
            (Action::Copy, Context::Menu),
            (Action::ExploreValue, Context::Menu),
            (Action::Narrow, Context::Menu),
            (Action::LeaveOut, Context::Menu),
            (Action::CountField, Context::Menu),
            (Action::TimeWindow, Context::Menu),
            (Action::Ask, Context::Question),
            (Action::Explore, Context::Question),
            (Action::Note, Context::Note),
            (Action::Palette, Context::Palette),
            (Action::Quit, Context::Leave),
            (Action::Filter, Context::Filter),
            (Action::Filter, Context::FindRules),
            (Action::Search, Context::FindKeys),
            (Action::Except, Context::Except),
            (Action::Except, Context::ExceptName),
            (Action::Search, Context::Search),
        ];
        let confirms = |a: Action| matches!(a, Action::Accept | Action::QuitAnyway | Action::Choose(_));
        for (action, dialog) in opens {
            for opener in BINDINGS.iter().filter(|b| b.action == action) {
                for key in opener.keys {
                    assert!(!resolve(&[dialog], *key).is_some_and(|b| confirms(b.action)), "{}", name(*key));
                }
            }
        }
    }

    #[test]
    fn the_markdown_table_names_every_key_and_breaks_no_cell() {
        let table = markdown();
        for b in BINDINGS {
            assert!(table.contains(b.about), "{}", b.about);
        }
        for line in table.lines().filter(|l| l.starts_with("| `")) {
            assert_eq!(line.matches(" | ").count(), 1, "{line}");
        }
    }

    #[test]
    fn keys_read_as_people_write_them() {
        assert_eq!(name(KeyPress { code: KeyCode::Char('z'), ctrl: true, alt: false }), "Ctrl+Z");
        assert_eq!(name(KeyPress { code: KeyCode::Enter, ctrl: false, alt: true }), "Alt+Enter");
        assert_eq!(name(KeyPress { code: KeyCode::Char(' '), ctrl: false, alt: false }), "space");
    }
}
