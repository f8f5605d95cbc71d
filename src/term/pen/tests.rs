use proptest::prelude::*;
use ratatui::backend::{Backend as _, CrosstermBackend};

use super::*;

const SIZE: (u16, u16) = (24, 4);

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
    proptest::collection::vec((0..SIZE.0, 0..SIZE.1, texts, 0usize..6, 0usize..7), 0..9)
}

fn painted(words: &[(u16, u16, String, usize, usize)]) -> Buffer {
    use ratatui::style::Style;
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

proptest! {
    #[test]
    fn a_person_sees_what_was_drawn(frames in proptest::collection::vec(words(), 1..6)) {
        let mut pen = Pen::default();
        let terminal = || vt100::Parser::new(SIZE.1.try_into().unwrap(), SIZE.0.try_into().unwrap(), 0);
        let (mut ours, mut plain) = (terminal(), terminal());
        let mut before = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        for words in frames {
            let frame = painted(&words);
            let (mut few, mut many) = (Vec::new(), Vec::new());
            pen.draw(differences(&before, &frame).into_iter(), SIZE, &mut few);
            CrosstermBackend::new(&mut many).draw(differences(&before, &frame).into_iter()).unwrap();
            ours.process(&few);
            plain.process(&many);
            prop_assert_eq!(seen(&ours), seen(&plain), "{:?}", String::from_utf8_lossy(&few));
            prop_assert!(few.len() <= many.len(), "{:?} {:?}", String::from_utf8_lossy(&few), String::from_utf8_lossy(&many));
            before = frame;
        }
    }
}

#[test]
fn a_short_gap_is_written_over_and_the_blank_end_of_a_row_is_cleared() {
    let lines = |text: [&str; 2]| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        for (y, line) in (0..).zip(text) {
            buffer.set_string(0, y, line, ratatui::style::Style::new());
        }
        buffer
    };
    let mut pen = Pen::default();
    let (empty, first) = (lines(["", ""]), lines(["alice called it", "from 192.0.2.1"]));
    pen.draw(differences(&empty, &first).into_iter(), SIZE, &mut Vec::new());
    let second = lines(["alina called it", "from"]);
    let mut out = Vec::new();
    pen.draw(differences(&first, &second).into_iter(), SIZE, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "\u{1b}[1;4Hna\u{1b}[2;6H\u{1b}[K");
}
