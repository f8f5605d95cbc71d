//! Wide characters that something else was drawn over by half. No terminal shows half a character, and ratatui tells two
//! frames apart as if there were none: what is drawn over the second half would never reach the screen.

use ratatui::buffer::{Buffer, Cell};

use crate::text::width;

/// Makes `frame` one that a terminal can show: a wide character that is cut, by the end of its row too, becomes a blank,
/// and behind every other one stands an empty cell.
pub(super) fn mend(frame: &mut Buffer) {
    for y in frame.area.top()..frame.area.bottom() {
        for x in frame.area.left()..frame.area.right() {
            if width(frame[(x, y)].symbol()) < 2 {
                continue;
            }
            let second = (x + 1 < frame.area.right()).then(|| &mut frame[(x + 1, y)]);
            match second.filter(|cell| matches!(cell.symbol(), " " | "")) {
                Some(second) => *second = Cell::new(""),
                None => {
                    frame[(x, y)].set_symbol(" ");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use super::*;

    /// A mended frame: its symbols, and the backgrounds of the first three.
    fn mended(draw: impl Fn(&mut Buffer)) -> (Vec<String>, [Color; 3]) {
        let mut frame = Buffer::with_lines(["a日本b"]);
        draw(&mut frame);
        mend(&mut frame);
        let symbols = frame.content.iter().map(|cell| cell.symbol().to_owned()).collect();
        (symbols, [frame[(0, 0)].bg, frame[(1, 0)].bg, frame[(2, 0)].bg])
    }

    #[test]
    fn a_character_that_shows_whole_stays() {
        let (symbols, grounds) = mended(|frame| frame.set_style(frame.area, Style::new().bg(Color::Blue)));
        assert_eq!(symbols, ["a", "日", "", "本", "", "b"]);
        assert_eq!(grounds, [Color::Blue, Color::Blue, Color::Reset], "the second cell is not drawn");
    }

    #[test]
    fn one_that_is_cut_is_a_blank() {
        let over = |x, text| mended(|frame| frame.set_string(x, 0, text, Style::new())).0;
        assert_eq!(over(2, "|"), ["a", " ", "|", "本", "", "b"]);
        let at_the_end = mended(|frame| {
            frame[(5, 0)].set_symbol("日");
        })
        .0;
        assert_eq!(at_the_end, ["a", "日", "", "本", "", " "]);
    }
}
