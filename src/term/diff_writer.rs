//! Writes what changed in as few bytes as terminals need: over a slow link every byte is seen. It keeps what stands on the
//! screen, so that it can tell what need not be written: rows that only moved up or down are moved, a gap of a few cells is
//! written over rather than jumped over, and the blank end of a row is one sequence.

mod moves;
mod style;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};

use self::moves::Move;
use self::style::{Style, set_style};
use crate::text::width;

/// Blank cells up to the end of a row from which on the sequence that clears it is shorter.
const BLANKS: usize = 4;

/// Blank cells inside a row from which on it may be shorter to clear its end and to write what is behind them again.
const RUN: usize = 8;

/// What is on the screen.
#[derive(Debug, Default)]
pub struct DiffWriter {
    screen: Buffer,
}

impl DiffWriter {
    /// The screen was cleared.
    pub fn cleared(&mut self) {
        self.screen = Buffer::default();
    }

    /// Writes `cells`, on a screen of this size. The terminal's style is plain before and after.
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
        let before = self.screen.clone();
        for (x, y, cell) in cells.filter(|&(x, y, _)| x < columns && y < rows) {
            self.put(x, y, cell);
        }
        let moves = moves::find(&before, &self.screen);
        let mut best = written(before.clone(), &self.screen, &[]);
        if !moves.is_empty() {
            let moved = written(before, &self.screen, &moves);
            if moved.len() < best.len() {
                best = moved;
            }
        }
        out.append(&mut best);
    }

    fn put(&mut self, x: u16, y: u16, cell: &Cell) {
        if let Some(place) = self.screen.cell_mut(Position::new(x, y)) {
            *place = cell.clone();
        }
        // A wide character also takes the cell behind it, and gives it back; one that began there gives back its second.
        let wide = width(cell.symbol()) > 1;
        let mut cut = false;
        if let Some(place) = self.screen.cell_mut(Position::new(x + 1, y))
            && (wide || place.symbol().is_empty())
        {
            cut = width(place.symbol()) > 1;
            place.reset();
            place.set_symbol(if wide { "" } else { " " });
        }
        if let Some(second) = self.screen.cell_mut(Position::new(x + 2, y)).filter(|_| cut) {
            second.reset();
        }
    }
}

/// What makes a screen that shows `before` show `after`, when these moves are made first.
fn written(mut before: Buffer, after: &Buffer, moves: &[Move]) -> Vec<u8> {
    let columns = after.area.width;
    let mut writer = Writer { columns, at: None, style: Style::PLAIN, out: Vec::new() };
    writer.make(moves);
    moves.iter().for_each(|step| step.apply(&mut before));
    let rows = before.content.chunks_exact(columns.into()).zip(after.content.chunks_exact(columns.into()));
    for (y, (before, after)) in (0..).zip(rows) {
        writer.row(y, before, after);
    }
    set_style(&mut writer.style, Style::PLAIN, &mut writer.out);
    writer.out
}

/// Whether two cells cannot be told apart.
fn same(a: &Cell, b: &Cell) -> bool {
    a.symbol() == b.symbol() && (Style::of(a) == Style::of(b) || is_blank(a) && is_blank(b))
}

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && Style::of(cell).is_bare()
}

/// Where the terminal's cursor is.
#[derive(Debug, Clone, Copy)]
struct Place {
    x: u16,
    y: u16,
    /// Characters on the way here that the terminal may take to be wider than we do.
    doubts: u16,
    /// Whether what is written next comes here even if there are such.
    goes_on: bool,
}

/// Bytes for the terminal, and where and how it would write after them.
#[derive(Debug)]
struct Writer {
    columns: u16,
    at: Option<Place>,
    style: Style,
    out: Vec<u8>,
}

impl Writer {
    /// Moves rows, in a region that scrolls: terminals agree on that more than on inserting and deleting rows.
    fn make(&mut self, moves: &[Move]) {
        for &Move { top, bottom, by } in moves {
            let (edge, way) = if by < 0 { (bottom, "\n") } else { (top, "\x1bM") };
            let way = way.repeat(by.unsigned_abs().into());
            self.out.extend_from_slice(format!("\x1b[{};{}r\x1b[{}H{way}", top + 1, bottom + 1, edge + 1).as_bytes());
        }
        if !moves.is_empty() {
            self.out.extend_from_slice(b"\x1b[r");
        }
    }

    /// Writes the row `y` in the shortest way.
    fn row(&mut self, y: u16, before: &[Cell], after: &[Cell]) {
        let Some(first) = (0..after.len()).find(|&x| !same(&before[x], &after[x])) else { return };
        let (from, start) = (self.out.len(), (self.at, self.style));
        self.cells(y, before, after);
        for x in runs(after).filter(|&x| x > first).chain([first]) {
            let best = (self.out.split_off(from), self.at, self.style);
            (self.at, self.style) = start;
            let mut cleared = after.to_vec();
            cleared[x..].fill(Cell::EMPTY);
            self.cells(y, &before[..x], &after[..x]);
            self.clear_from(x, y, &after[..x]);
            self.cells(y, &cleared, after);
            if self.out.len() - from >= best.0.len() {
                self.out.truncate(from);
                self.out.extend_from_slice(&best.0);
                (self.at, self.style) = (best.1, best.2);
            }
        }
    }

    /// Writes those cells of the row `y` that differ.
    fn cells(&mut self, y: u16, before: &[Cell], after: &[Cell]) {
        let whole = after.len() == usize::from(self.columns);
        let blank_from = after.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1);
        for (x, (old, cell)) in before.iter().zip(after).enumerate() {
            let symbol = cell.symbol();
            if symbol.is_empty() || same(old, cell) {
                continue;
            }
            if whole && x >= blank_from && after.len() - x >= BLANKS {
                return self.clear_from(x, y, after);
            }
            let (Ok(column), style) = (u16::try_from(x), Style::of(cell)) else { return };
            self.go(column, y, after);
            if symbol != " " || !self.style.is_bare() || !style.is_bare() {
                set_style(&mut self.style, style, &mut self.out);
            }
            self.out.extend_from_slice(symbol.as_bytes());
            let doubts = self.at.map_or(0, |at| at.doubts) + u16::from(!symbol.is_ascii());
            let wide = u16::try_from(width(symbol)).unwrap_or(1);
            let next = Place { x: column + wide, y, doubts, goes_on: wide == 1 };
            // At the end of a row terminals differ in where the cursor is.
            self.at = Some(next).filter(|next| next.x < self.columns);
        }
    }

    fn clear_from(&mut self, x: usize, y: u16, row: &[Cell]) {
        let Ok(x) = u16::try_from(x) else { return };
        // Cleared cells take the background on.
        set_style(&mut self.style, Style::PLAIN, &mut self.out);
        self.go(x, y, row);
        self.out.extend_from_slice(b"\x1b[K");
    }

    /// Moves the cursor.
    fn go(&mut self, x: u16, y: u16, row: &[Cell]) {
        if self.at.is_some_and(|at| (at.x, at.y, at.goes_on) == (x, y, true)) {
            return;
        }
        let mut way = if x == 0 { format!("\x1b[{}H", y + 1) } else { format!("\x1b[{};{}H", y + 1, x + 1) };
        // What was taken to be wider may have gone on in the next row.
        if let Some(at) = self.at.filter(|at| at.doubts == 0 || at.x + at.doubts < self.columns) {
            let mut ways = Vec::new();
            if at.y == y && at.x <= x {
                ways.push(match at.doubts {
                    0 => self.forward(at.x, x, row),
                    _ => format!("\x1b[{}G", x + 1),
                });
            }
            if at.y <= y && y - at.y <= 3 {
                ways.push(format!("\r{}{}", "\n".repeat((y - at.y).into()), self.forward(0, x, row)));
            }
            for other in ways {
                if other.len() < way.len() {
                    way = other;
                }
            }
        }
        self.out.extend_from_slice(way.as_bytes());
        self.at = Some(Place { x, y, doubts: 0, goes_on: true });
    }

    /// Goes on in the same row, by writing again what stands there where that is short.
    fn forward(&self, from: u16, to: u16, row: &[Cell]) -> String {
        let jump = match to - from {
            0 => String::new(),
            1 => "\x1b[C".to_owned(),
            by => format!("\x1b[{by}C"),
        };
        let between = row.get(from.into()..to.into()).filter(|cells| cells.len() <= jump.len());
        between.and_then(|cells| self.again(cells)).unwrap_or(jump)
    }

    /// The text of `cells`, where each is plainly one cell wide and looks right in this style.
    fn again(&self, cells: &[Cell]) -> Option<String> {
        let mut text = String::new();
        for cell in cells {
            let looks_right = Style::of(cell) == self.style || is_blank(cell) && self.style.is_bare();
            if !looks_right || !cell.symbol().is_ascii() || cell.symbol().len() != 1 {
                return None;
            }
            text.push_str(cell.symbol());
        }
        Some(text)
    }
}

/// Where long runs of blank cells begin that are not the end of the row.
fn runs(row: &[Cell]) -> impl Iterator<Item = usize> {
    let end = row.iter().rposition(|cell| !is_blank(cell)).unwrap_or(0);
    let starts = move |&x: &usize| {
        let run = row[x..end].iter().take_while(|cell| is_blank(cell)).count();
        run >= RUN && (x == 0 || !is_blank(&row[x - 1]))
    };
    (0..end).filter(starts)
}

#[cfg(test)]
mod tests;
