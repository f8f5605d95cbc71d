//! Makes hostile text visible.

use std::borrow::Cow;
use std::fmt::Write as _;

/// More combining marks on one base character are meant to hide or overflow; no language uses them.
const MARKS_ON_ONE_BASE: usize = 3;

/// Returns `text` with every character that would steer a terminal or deceive a reader written out: `\n`, `\t`, `\r`,
/// `\xNN` for other C0/C1 controls and DEL, `\u{NNNN}` for bidirectional controls, zero-width and format characters,
/// line and paragraph separators, private-use and unassigned code points that terminals disagree on, and for combining
/// marks past the third on one base. Ordinary text is borrowed unchanged. The result never holds a control character.
///
/// A backslash of the text itself stays as it is: the output is for reading, not for parsing back.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    rewrite(text, is_hidden, |out, c| {
        let _ = match c {
            '\n' => out.write_str("\\n"),
            '\t' => out.write_str("\\t"),
            '\r' => out.write_str("\\r"),
            c if u32::from(c) <= 0xff => write!(out, "\\x{:02x}", u32::from(c)),
            c => write!(out, "\\u{{{:x}}}", u32::from(c)),
        };
    })
}

/// Escapes, in the strings of `json`, every character that would steer a terminal or deceive a reader as `\uNNNN`: the
/// same values, harmless to look at. White space between the values stays.
#[must_use]
pub(super) fn json(json: &str) -> Cow<'_, str> {
    // Within strings JSON escapes these already.
    let is_space = |c| matches!(c, '\n' | '\t' | '\r');
    rewrite(
        json,
        |c| is_hidden(c) && !is_space(c),
        |out, c| {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        },
    )
}

/// Escapes each `hidden` character, and combining marks past the third on one base.
fn rewrite(text: &str, hidden: impl Fn(char) -> bool, escape: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut marks = 0;
    let mut changed = false;
    for c in text.chars() {
        marks = if is_combining(c) { marks + 1 } else { 0 };
        if !hidden(c) && marks <= MARKS_ON_ONE_BASE {
            out.push(c);
        } else {
            changed = true;
            escape(&mut out, c);
        }
    }
    if changed { Cow::Owned(out) } else { Cow::Borrowed(text) }
}

/// True for printable ASCII; checks many bytes at a time.
fn is_plain(text: &str) -> bool {
    let plain = |chunk: &[u8]| chunk.iter().fold(true, |plain, byte| plain & (0x20..0x7f).contains(byte));
    text.as_bytes().chunks(64).all(plain)
}

/// True when `text` contains anything that [`visible`] escapes besides line breaks and tabs: worth a flag beside an
/// alert.
#[must_use]
pub fn is_suspicious(text: &str) -> bool {
    if is_plain(text) {
        return false;
    }
    let mut marks = 0;
    text.chars().any(|c| {
        marks = if is_combining(c) { marks + 1 } else { 0 };
        (is_hidden(c) && !matches!(c, '\n' | '\t' | '\r')) || marks > MARKS_ON_ONE_BASE
    })
}

fn is_hidden(c: char) -> bool {
    matches!(u32::from(c),
        0x00..=0x1f | 0x7f..=0x9f           // C0, DEL, C1
        | 0xad                              // soft hyphen
        | 0x34f | 0x61c                     // grapheme joiner, Arabic letter mark
        | 0x115f | 0x1160 | 0x3164 | 0xffa0 // Hangul fillers
        | 0x17b4 | 0x17b5                   // Khmer inherent vowels
        | 0x180b..=0x180f                   // Mongolian selectors and vowel separator
        | 0x200b..=0x200f                   // zero-width, directional marks
        | 0x2028..=0x202e                   // separators, embeddings, overrides
        | 0x2060..=0x206f                   // word joiner, invisible operators, isolates
        | 0x2800                            // blank Braille
        | 0xd800..=0xf8ff                   // (surrogates cannot occur in a char) private use
        | 0xfdd0..=0xfdef                   // non-characters
        | 0xfe00..=0xfe0f | 0xfeff          // variation selectors, byte-order mark
        | 0xfff0..=0xfffc                   // specials, annotations
        | 0xe0000..=0x10ffff                // tags, selectors, private use
    ) || u32::from(c) & 0xfffe == 0xfffe
}

fn is_combining(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36f | 0x483..=0x489 | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f
        | 0xe31 | 0xe34..=0xe3a | 0xe47..=0xe4e | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in ["arn:aws:rds:us-east-1:111122223333:snapshot:a", "Zoë Müller", "日本語", "C:\\new"] {
            assert!(matches!(visible(text), Cow::Borrowed(t) if t == text));
            assert!(!is_suspicious(text));
        }
    }

    #[test]
    fn steering_and_deceiving_characters_are_written_out() {
        assert_eq!(visible("\u{1b}[31mred\u{7}"), "\\x1b[31mred\\x07");
        assert_eq!(visible("a\nb\tc\rd"), "a\\nb\\tc\\rd");
        assert_eq!(visible("\u{9b}2J\u{7f}"), "\\x9b2J\\x7f");
        assert_eq!(visible("evil\u{202e}txt.exe"), "evil\\u{202e}txt.exe");
        assert_eq!(visible("ad\u{200b}min\u{feff}"), "ad\\u{200b}min\\u{feff}");
        assert_eq!(visible("tag\u{e0041}"), "tag\\u{e0041}");
        assert!(is_suspicious("ad\u{200b}min"));
        assert!(!is_suspicious("two\nlines"));
    }

    #[test]
    fn a_flood_of_combining_marks_is_cut_down() {
        let flood = format!("a{}", "\u{301}".repeat(500));
        let shown = visible(&flood);
        assert_eq!(shown.chars().filter(|&c| c == '\u{301}').count(), MARKS_ON_ONE_BASE);
        assert!(is_suspicious(&flood));
    }

    proptest::proptest! {
        #[test]
        fn never_leaves_a_control_character(text in "\\PC*|.*|[\\x00-\\xff]*") {
            let shown = visible(&text);
            proptest::prop_assert!(!shown.chars().any(char::is_control));
            proptest::prop_assert_eq!(visible(&shown), shown.clone());
        }
    }
}
