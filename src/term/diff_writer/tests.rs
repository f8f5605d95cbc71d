use proptest::prelude::*;
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::style::Color;

use super::*;
use crate::term::wide_chars;

const SIZE: (u16, u16) = (24, 7);

/// What a person sees of a terminal: text, and of each cell what shows.
fn seen(parser: &vt100::Parser) -> Vec<(String, Vec<bool>, vt100::Color, vt100::Color)> {
    let cell = |x, y| {
        let cell = parser.screen().cell(y, x).unwrap();
        let text = if cell.has_contents() { cell.contents().to_owned() } else { " ".to_owned() };
        let blank = text == " " && !cell.inverse() && !cell.underline();
        let looks = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
        let looks = if blank { Vec::new() } else { looks.to_vec() };
        let ink = if blank { vt100::Color::Default } else { cell.fgcolor() };
        (text, looks, ink, cell.bgcolor())
    };
    (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (x, y))).map(|(x, y)| cell(x, y)).collect()
}

fn differences<'a>(from: &Buffer, to: &'a Buffer) -> Vec<(u16, u16, &'a Cell)> {
    from.diff(to)
}

fn words() -> impl Strategy<Value = Vec<(u16, u16, String, usize, usize)>> {
    let texts = prop_oneof!["[ab ]{1,9}", "[a· …日]{1,6}", " {1,24}"];
    proptest::collection::vec((0..SIZE.0, 0..SIZE.1, texts, 0usize..6, 0usize..7), 0..14)
}

fn painted(words: &[(u16, u16, String, usize, usize)]) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    for (x, y, text, color, attribute) in words {
        let colors = [Color::Reset, Color::Red, Color::DarkGray, Color::Indexed(200), Color::Rgb(1, 2, 3), Color::Cyan];
        let attributes = [
            Modifier::empty(),
            Modifier::BOLD,
            Modifier::DIM,
            Modifier::REVERSED,
            Modifier::UNDERLINED | Modifier::BOLD,
            Modifier::ITALIC,
            Modifier::BOLD | Modifier::REVERSED,
        ];
        let ground = if *color == 5 { Color::Blue } else { Color::Reset };
        let style = Style::new().fg(colors[*color]).bg(ground).add_modifier(attributes[*attribute]);
        // Terminals differ in what bold and dim together are.
        buffer.set_style(Rect::new(*x, *y, SIZE.0 - x, 1), Style::reset());
        buffer.set_stringn(*x, *y, text, usize::from(SIZE.0 - x), style);
    }
    buffer
}

/// The screen before with rows that went, came or moved, or another one.
fn changed(before: &Buffer, words: &[(u16, u16, String, usize, usize)], rows: &[(u16, u16, bool)]) -> Buffer {
    if rows.is_empty() {
        return painted(words);
    }
    let (mut frame, new) = (before.clone(), painted(words));
    for &(row, other, goes) in rows {
        let (top, bottom) = (row.min(other), row.max(other));
        Scroll { top, bottom, by: 1, down: !goes }.apply(&mut frame);
        let y = if goes { bottom } else { top };
        for x in 0..SIZE.0 {
            frame[(x, y)] = new[(x, y)].clone();
        }
    }
    frame
}

proptest! {
    #[test]
    fn a_person_sees_what_was_drawn(
        frames in proptest::collection::vec((words(), proptest::collection::vec((0..SIZE.1, 0..SIZE.1, proptest::bool::ANY), 0..4)), 1..6),
    ) {
        let mut writer = DiffWriter::default();
        let terminal = || vt100::Parser::new(SIZE.1.try_into().unwrap(), SIZE.0.try_into().unwrap(), 0);
        let mut ours = terminal();
        let empty = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        let mut before = empty.clone();
        for (words, rows) in frames {
            let mut frame = changed(&before, &words, &rows);
            wide_chars::mend(&mut frame);
            let (mut few, mut whole) = (Vec::new(), Vec::new());
            writer.draw(differences(&before, &frame).into_iter(), SIZE, &mut few);
            CrosstermBackend::new(&mut whole).draw(differences(&empty, &frame).into_iter()).unwrap();
            let mut plain = terminal();
            ours.process(&few);
            plain.process(&whole);
            prop_assert_eq!(seen(&ours), seen(&plain), "{:?}", String::from_utf8_lossy(&few));
            before = frame;
        }
    }
}

/// What is written to make a screen with the lines of `second` of one with those of `first`.
fn change(first: &[&str], second: &[&str]) -> String {
    let lines = |text: &[&str]| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        for (y, line) in (0..).zip(text) {
            buffer.set_string(0, y, line, Style::new());
        }
        buffer
    };
    let (empty, first, second) = (lines(&[]), lines(first), lines(second));
    let (mut writer, mut out) = (DiffWriter::default(), Vec::new());
    writer.draw(differences(&empty, &first).into_iter(), SIZE, &mut Vec::new());
    writer.draw(differences(&first, &second).into_iter(), SIZE, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_short_gap_is_written_over_and_the_blank_end_of_a_row_is_cleared() {
    let written = change(&["alice called it", "from 192.0.2.1"], &["alina called it", "from"]);
    assert_eq!(written, "\u{1b}[1;4Hna\u{1b}[2;6H\u{1b}[K");
}

#[test]
fn where_a_character_may_be_wider_than_we_think_the_cursor_is_placed_anew() {
    let written = change(&["abcd the same c", "d"], &["x·y? the same z", "e"]);
    assert_eq!(written, "\u{1b}[1Hx·y?\u{1b}[1;15Hz\u{1b}[2He");
    let full = "·".repeat(usize::from(SIZE.0) - 1);
    assert_eq!(change(&["", "d"], &[&full, "e"]), format!("\u{1b}[1H{full}\u{1b}[2He"), "the row may be another");
}

#[test]
fn rows_that_only_moved_are_moved() {
    let list = ["title", "one is the first", "two is the second", "three is next", "four is the last", "keys"];
    let scrolled = ["title", "two is the second", "three is next", "four is the last", "five is new", "keys"];
    assert_eq!(change(&list, &scrolled), "\u{1b}[2;5r\u{1b}[5H\n\u{1b}[r\u{1b}[5Hfive is new");
    assert_eq!(change(&scrolled, &list), "\u{1b}[2;5r\u{1b}[2H\u{1b}M\u{1b}[r\u{1b}[2Hone is the first");
    let changed = ["title", "one is the 1st one", "", "", "", "keys"];
    assert!(!change(&list, &changed).contains('r'), "nothing moved");
}

#[test]
fn rows_that_stay_are_not_moved_with_their_neighbours() {
    let before = ["title", "alice called it", "two is the second", "three is next", "four is the last", "keys 1"];
    let after = ["title", "new here", "alice called it", "three is next", "four is the last", "keys 2"];
    assert_eq!(change(&before, &after), "\u{1b}[2;3r\u{1b}[2H\u{1b}M\u{1b}[r\u{1b}[2Hnew here\u{1b}[6;6H2");
}
