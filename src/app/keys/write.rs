//! Words that the table of keys is written in.

use super::disabled::always;
use super::{Action, App, Binding, Context, KeyCode, KeyPress};

pub(super) const fn bare(code: KeyCode) -> KeyPress {
    KeyPress { code, ctrl: false, alt: false }
}

pub(super) const fn ch(c: char) -> KeyPress {
    bare(KeyCode::Char(c))
}

pub(super) const fn ctrl(c: char) -> KeyPress {
    KeyPress { code: KeyCode::Char(c), ctrl: true, alt: false }
}

pub(super) const ENTER: KeyPress = bare(KeyCode::Enter);
pub(super) const ESC: KeyPress = bare(KeyCode::Esc);
pub(super) const TAB: KeyPress = bare(KeyCode::Tab);
pub(super) const BACK_TAB: KeyPress = bare(KeyCode::BackTab);
pub(super) const UP: KeyPress = bare(KeyCode::Up);
pub(super) const DOWN: KeyPress = bare(KeyCode::Down);
pub(super) const LEFT: KeyPress = bare(KeyCode::Left);
pub(super) const RIGHT: KeyPress = bare(KeyCode::Right);
pub(super) const SPACE: KeyPress = ch(' ');
pub(super) const CANCEL: &[KeyPress] = &[ESC, ctrl('c')];

pub(super) const fn on(
    context: Context,
    keys: &'static [KeyPress],
    action: Action,
    name: &'static str,
    about: &'static str,
    footer: u8,
) -> Binding {
    Binding { context, keys, action, name, about, footer, disabled: always }
}

pub(super) const fn when(
    disabled: fn(&App) -> Option<&'static str>,
    context: Context,
    keys: &'static [KeyPress],
    action: Action,
    name: &'static str,
    about: &'static str,
    footer: u8,
) -> Binding {
    Binding { context, keys, action, name, about, footer, disabled }
}
