//! Characters that take two cells, where something else was drawn over one of them. No terminal shows half a character,
//! and ratatui tells the changes from one frame to the next as if none were there.

use ratatui::buffer::Buffer;

use crate::text::width;

/// Makes a frame one that a terminal can show: a wide character whose second cell shows something else, or lies past
/// the end of the row, becomes a blank; behind every other one stands a plain blank cell.
pub(super) fn mend(frame: &mut Buffer) {
    for y in frame.area.top()..frame.area.bottom() {
        for x in frame.area.left()..frame.area.right() {
            if width(frame[(x, y)].symbol()) < 2 {
                continue;
            }
            let second = (x + 1 < frame.area.right()).then(|| &mut frame[(x + 1, y)]);
            match second.filter(|cell| matches!(cell.symbol(), " " | "")) {
                Some(second) => second.reset(),
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

    fn settled(draw: impl Fn(&mut Buffer)) -> Buffer {
        let mut frame = Buffer::with_lines(["a日本b"]);
        draw(&mut frame);
        mend(&mut frame);
        frame
    }

    #[test]
    fn a_character_that_shows_whole_stays() {
        assert_eq!(settled(|_| ()), Buffer::with_lines(["a日本b"]));
        let ground = |frame: &mut Buffer| frame.set_style(frame.area, Style::new().bg(Color::Blue));
        let frame = settled(ground);
        assert_eq!((frame[(1, 0)].bg, frame[(2, 0)].bg), (Color::Blue, Color::Reset), "the second cell is not drawn");
    }

    #[test]
    fn one_that_is_cut_is_a_blank() {
        let over = |x, text| settled(|frame| frame.set_string(x, 0, text, Style::new()));
        assert_eq!(over(2, "|"), Buffer::with_lines(["a |本b"]));
    }
}
