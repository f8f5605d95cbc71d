//! The keyboard, as messages from a thread of its own: reading it blocks.

use std::io;
use std::thread;

use crossbeam_channel::Sender;
use crossterm::event::{self, Event, KeyEvent, KeyEventKind, KeyModifiers};

use crate::app::{KeyCode, KeyPress, Msg};

/// More than any query or note. The rest of a longer paste is dropped, with a notice.
const MAX_PASTE: usize = 64 * 1024;

/// Sends keys and pastes to `inbox` until nobody receives them. The thread cannot be stopped while it waits for a key; it
/// holds nothing that needs an orderly end.
pub(super) fn watch(inbox: Sender<Msg>) -> io::Result<()> {
    thread::Builder::new().name("keys".into()).spawn(move || {
        while let Ok(event) = event::read() {
            for msg in messages(event) {
                if inbox.send(msg).is_err() {
                    return;
                }
            }
        }
    })?;
    Ok(())
}

fn messages(event: Event) -> Vec<Msg> {
    match event {
        Event::Key(pressed) => key(pressed).map(Msg::Key).into_iter().collect(),
        Event::Paste(text) => paste(text),
        _ => Vec::new(),
    }
}

fn paste(mut text: String) -> Vec<Msg> {
    if text.len() <= MAX_PASTE {
        return vec![Msg::Paste(text)];
    }
    let pasted = text.len();
    let mut end = MAX_PASTE;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    let dropped = pasted - end;
    vec![Msg::Paste(text), Msg::Notice(format!("The paste was cut at 64 KiB; {dropped} bytes were left out."))]
}

/// `None` for a release, and for keys that the console has no use for.
fn key(pressed: KeyEvent) -> Option<KeyPress> {
    if pressed.kind == KeyEventKind::Release {
        return None;
    }
    let ctrl = pressed.modifiers.contains(KeyModifiers::CONTROL);
    let alt = pressed.modifiers.contains(KeyModifiers::ALT);
    let code = match pressed.code {
        // Many terminals send Ctrl+H for Backspace.
        event::KeyCode::Char('h') if ctrl && !alt => {
            return Some(KeyPress { code: KeyCode::Backspace, ctrl: false, alt });
        }
        event::KeyCode::Char(c) => KeyCode::Char(c),
        event::KeyCode::Enter => KeyCode::Enter,
        event::KeyCode::Esc => KeyCode::Esc,
        event::KeyCode::Tab => KeyCode::Tab,
        event::KeyCode::BackTab => KeyCode::BackTab,
        event::KeyCode::Backspace => KeyCode::Backspace,
        event::KeyCode::Delete => KeyCode::Delete,
        event::KeyCode::Left => KeyCode::Left,
        event::KeyCode::Right => KeyCode::Right,
        event::KeyCode::Up => KeyCode::Up,
        event::KeyCode::Down => KeyCode::Down,
        event::KeyCode::Home => KeyCode::Home,
        event::KeyCode::End => KeyCode::End,
        event::KeyCode::PageUp => KeyCode::PageUp,
        event::KeyCode::PageDown => KeyCode::PageDown,
        _ => return None,
    };
    Some(KeyPress { code, ctrl, alt })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(code: KeyCode) -> Option<KeyPress> {
        Some(KeyPress { code, ctrl: false, alt: false })
    }

    #[test]
    fn keys_keep_their_modifiers() {
        let press = |code, modifiers| key(KeyEvent::new(code, modifiers));
        assert_eq!(press(event::KeyCode::Char('G'), KeyModifiers::SHIFT), plain(KeyCode::Char('G')));
        assert_eq!(press(event::KeyCode::BackTab, KeyModifiers::SHIFT), plain(KeyCode::BackTab));
        assert_eq!(
            press(event::KeyCode::Char('c'), KeyModifiers::CONTROL),
            Some(KeyPress { code: KeyCode::Char('c'), ctrl: true, alt: false })
        );
        assert_eq!(
            press(event::KeyCode::Enter, KeyModifiers::ALT),
            Some(KeyPress { code: KeyCode::Enter, ctrl: false, alt: true })
        );
        assert_eq!(press(event::KeyCode::Char('h'), KeyModifiers::CONTROL), plain(KeyCode::Backspace));
        assert_eq!(press(event::KeyCode::F(5), KeyModifiers::NONE), None);
    }

    #[test]
    fn releases_are_no_presses_and_repeats_are() {
        let of = |kind| key(KeyEvent::new_with_kind(event::KeyCode::Char('j'), KeyModifiers::NONE, kind));
        assert_eq!(of(KeyEventKind::Release), None);
        assert_eq!(of(KeyEventKind::Repeat), plain(KeyCode::Char('j')));
    }

    #[test]
    fn a_huge_paste_is_cut_between_characters_and_says_so() {
        let text = format!("a{}", "é".repeat(MAX_PASTE));
        let sent = messages(Event::Paste(text));
        let [Msg::Paste(kept), Msg::Notice(notice)] = sent.as_slice() else { panic!("{sent:?}") };
        assert_eq!(kept.len(), MAX_PASTE - 1);
        assert!(notice.contains("65538 bytes"), "{notice}");
    }
}
