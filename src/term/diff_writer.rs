//! Writes the difference between two frames in few bytes, because consoles are used over slow links.
//!
//! ratatui's own backend places the cursor before every run of changed cells and names colours at length. This writer
//! knows what the screen shows, so it also scrolls rows that only moved, writes a short gap again instead of jumping over
//! it, and clears the blank end of a row with one sequence. It stays for what it saves, as `cargo bench --bench frames`
//! prints it; where the median of the first three is less than a third, a test says that ratatui's backend would do:
//!
//! | frame                   | 80×24, ratatui's | ours      | 160×45, ratatui's | ours        |
//! |-------------------------|-----------------:|----------:|------------------:|------------:|
//! | selection moved down    |            506 B | 424, −16% |             501 B |   434, −13% |
//! | new alert               |            863 B | 164, −81% |           3,985 B | 1,967, −51% |
//! | list scrolled by a page |          1,021 B | 678, −34% |           5,017 B | 3,210, −36% |
//! | list scrolled by a row  |          1,024 B | 384, −62% |           4,042 B | 2,020, −50% |
//!
//! On a line of 9,600 bit/s that is 0.2 s instead of 0.9 s for a new alert, or 2.1 s instead of 4.2 s on the large screen.
//! It costs 0.15 ms and 0.6 ms of processing instead of 0.02 ms and 0.07 ms.

mod scroll;
mod sgr;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use self::scroll::Scroll;
use crate::text::width;

/// From this many cells on, clearing the blank end of a row is shorter than writing blanks.
const BLANKS: usize = 4;

/// The style of a cleared screen.
const PLAIN: Style = Cell::EMPTY.style();

/// Turns changed cells into bytes for the terminal, and remembers what it then shows.
#[derive(Debug, Default, Clone)]
pub struct DiffWriter {
    screen: Buffer,
}

impl DiffWriter {
    /// Forgets the screen, after it was cleared.
    pub fn cleared(&mut self) {
        self.screen = Buffer::default();
    }

    /// Appends to `out` what draws `cells` on a screen of this size. The terminal's style is plain before and after.
    pub fn draw<'a>(
        &mut self,
        cells: impl Iterator<Item = (u16, u16, &'a Cell)>,
        (columns, rows): (u16, u16),
        out: &mut Vec<u8>,
    ) {
        let area = Rect::new(0, 0, columns, rows);
        if self.screen.area != area {
            self.screen = Buffer::empty(area);
        }
        let mut before = self.screen.clone();
        for (x, y, cell) in cells.filter(|&(x, y, _)| x < columns && y < rows) {
            self.screen[(x, y)] = cell.clone();
            if width(cell.symbol()) > 1 && x + 1 < columns {
                self.screen[(x + 1, y)] = Cell::new("");
            }
        }
        let mut shortest = Output::default().difference(&before, &self.screen);
        if let Some(scroll) = scroll::find(&before, &self.screen) {
            let mut output = Output::default();
            output.scroll(scroll);
            scroll.apply(&mut before);
            let scrolled = output.difference(&before, &self.screen);
            if scrolled.len() < shortest.len() {
                shortest = scrolled;
            }
        }
        out.append(&mut shortest);
    }
}

/// Whether two cells look the same.
fn same(a: &Cell, b: &Cell) -> bool {
    a.symbol() == b.symbol() && (a.style() == b.style() || is_blank(a) && is_blank(b))
}

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && !shows_on_blank(cell.style())
}

fn shows_on_blank(style: Style) -> bool {
    let visible = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
    style.bg != PLAIN.bg || style.add_modifier.intersects(visible)
}

/// Bytes for the terminal, and its cursor and style after them.
#[derive(Debug)]
struct Output {
    bytes: Vec<u8>,
    style: Style,
    /// The cell that would be written next.
    cursor: Option<(usize, u16)>,
    /// Only ASCII was written since the cursor was placed: terminals may take other characters to be wider than we do.
    certain: bool,
}

impl Default for Output {
    fn default() -> Self {
        Self { bytes: Vec::new(), style: PLAIN, cursor: None, certain: true }
    }
}

impl Output {
    /// Scrolls within a region: terminals agree on that more than on inserting and deleting rows.
    fn scroll(&mut self, Scroll { top, bottom, by, down }: Scroll) {
        let (edge, step) = if down { (top, "\x1bM") } else { (bottom, "\n") };
        let steps = step.repeat(by.into());
        self.push(&format!("\x1b[{};{}r\x1b[{}H{steps}\x1b[r", top + 1, bottom + 1, edge + 1));
    }

    /// The bytes that make a screen that shows `before` show `after`.
    fn difference(mut self, before: &Buffer, after: &Buffer) -> Vec<u8> {
        let columns = usize::from(after.area.width).max(1);
        let rows = before.content.chunks_exact(columns).zip(after.content.chunks_exact(columns));
        for (y, (before, after)) in (0..).zip(rows) {
            self.row(y, before, after);
        }
        self.set_style(PLAIN);
        self.bytes
    }

    fn row(&mut self, y: u16, before: &[Cell], after: &[Cell]) {
        let blank_from = after.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1);
        for (x, (old, cell)) in before.iter().zip(after).enumerate() {
            let symbol = cell.symbol();
            if symbol.is_empty() || same(old, cell) {
                continue;
            }
            if x >= blank_from && after.len() - x >= BLANKS {
                // Cleared cells take the background.
                self.set_style(PLAIN);
                self.go_to(x, y, after);
                return self.push("\x1b[K");
            }
            self.go_to(x, y, after);
            if !is_blank(cell) || shows_on_blank(self.style) {
                self.set_style(cell.style());
            }
            self.push(symbol);
            self.cursor = Some((x + 1, y));
            self.certain &= symbol.is_ascii();
        }
    }

    /// Moves the cursor; over a short gap by writing again what stands there.
    fn go_to(&mut self, x: usize, y: u16, row: &[Cell]) {
        match self.cursor {
            Some(cursor) if cursor == (x, y) => return,
            Some((from, line)) if self.certain && line == y => {
                let gap = &row[from..x];
                let jump = if gap.len() == 1 { "\x1b[C".to_owned() } else { format!("\x1b[{}C", gap.len()) };
                if gap.len() <= jump.len() && gap.iter().all(|cell| self.can_repeat(cell)) {
                    gap.iter().for_each(|cell| self.push(cell.symbol()));
                } else {
                    self.push(&jump);
                }
            }
            _ if x == 0 => self.push(&format!("\x1b[{}H", y + 1)),
            _ => self.push(&format!("\x1b[{};{}H", y + 1, x + 1)),
        }
        (self.cursor, self.certain) = (Some((x, y)), true);
    }

    /// Whether the cell is one column wide on every terminal, and looks right in the style that is set.
    fn can_repeat(&self, cell: &Cell) -> bool {
        let looks_right = cell.style() == self.style || is_blank(cell) && !shows_on_blank(self.style);
        looks_right && cell.symbol().is_ascii() && cell.symbol().len() == 1
    }

    fn set_style(&mut self, style: Style) {
        if self.style != style {
            self.push(&sgr::sequence(style));
            self.style = style;
        }
    }

    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests;
