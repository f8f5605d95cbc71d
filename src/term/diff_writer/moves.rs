//! Rows that only moved up or down: a list that scrolled, lines below one that came or went. Terminals can move
//! them, which is much shorter than to write them again.

use ratatui::buffer::{Buffer, Cell};

use super::{is_blank, same};

/// How far a row is looked for, in rows.
const REACH: usize = 6;

/// What a row costs that is written at all, in bytes about, and what a row costs that comes or goes.
const ROW: usize = 8;

/// A move of the rows from `top` to `bottom`: up or down by some rows, those at the other end coming in blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) top: u16,
    pub(super) bottom: u16,
    /// Downwards; where it is negative, upwards.
    pub(super) by: i16,
}

impl Move {
    /// Does to `screen` what the terminal does.
    pub(super) fn apply(self, screen: &mut Buffer) {
        let columns = usize::from(screen.area.width);
        let rows = usize::from(self.top) * columns..(usize::from(self.bottom) + 1) * columns;
        let Some(cells) = screen.content.get_mut(rows) else { return };
        let by = (usize::from(self.by.unsigned_abs()) * columns).min(cells.len());
        if self.by < 0 {
            cells.rotate_left(by);
            let kept = cells.len() - by;
            cells[kept..].fill(Cell::EMPTY);
        } else {
            cells.rotate_right(by);
            cells[..by].fill(Cell::EMPTY);
        }
    }
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Kept,
    Deleted,
    Inserted,
}

/// Moves after which less is to be written, as far as that can be told without writing it.
pub(super) fn find(before: &Buffer, after: &Buffer) -> Vec<Move> {
    let columns = usize::from(after.area.width);
    if columns == 0 {
        return Vec::new();
    }
    let old: Vec<&[Cell]> = before.content.chunks_exact(columns).collect();
    let new: Vec<&[Cell]> = after.content.chunks_exact(columns).collect();
    let changed = |&y: &usize| old[y].iter().zip(new[y]).any(|(a, b)| !same(a, b));
    let (Some(first), Some(last)) = ((0..new.len()).find(changed), (0..new.len()).rfind(changed)) else {
        return Vec::new();
    };
    let steps = cheapest(&old[first..=last], &new[first..=last]);
    in_order(&steps, first)
}

/// The cheapest way to make the rows `new` of the rows `old`, of which there are as many.
fn cheapest(old: &[&[Cell]], new: &[&[Cell]]) -> Vec<Step> {
    let size = new.len() + 1;
    let far = usize::MAX / 2;
    // The cost of making the first `j` new rows of the first `i` old ones, and the last step of the way there.
    let mut costs = vec![far; size * size];
    let mut steps = vec![Step::Kept; size * size];
    costs[0] = 0;
    for i in 0..size {
        for j in i.saturating_sub(REACH)..size.min(i + REACH + 1) {
            let deleted = if i > 0 { costs[(i - 1) * size + j] + ROW } else { far };
            let inserted = if j > 0 { costs[i * size + j - 1] + ROW + ink(new[j - 1]) } else { far };
            let kept = if i > 0 && j > 0 { costs[(i - 1) * size + j - 1] + edit(old[i - 1], new[j - 1]) } else { far };
            let cheapest = [(kept, Step::Kept), (deleted, Step::Deleted), (inserted, Step::Inserted)];
            if let Some((cost, step)) = cheapest.into_iter().min_by_key(|&(cost, _)| cost).filter(|c| c.0 < far) {
                (costs[i * size + j], steps[i * size + j]) = (cost, step);
            }
        }
    }
    let (mut i, mut j, mut way) = (size - 1, size - 1, Vec::new());
    while i > 0 || j > 0 {
        let step = steps[i * size + j];
        way.push(step);
        i -= usize::from(step != Step::Inserted);
        j -= usize::from(step != Step::Deleted);
    }
    way.reverse();
    way
}

/// About how many bytes it takes to make one row of the other.
fn edit(old: &[Cell], new: &[Cell]) -> usize {
    let changed = old.iter().zip(new).filter(|(a, b)| !same(a, b)).count();
    if changed == 0 { 0 } else { changed + ROW }
}

/// About how many bytes a row takes that was blank.
fn ink(row: &[Cell]) -> usize {
    let cells = row.iter().filter(|cell| !is_blank(cell)).count();
    if cells == 0 { 0 } else { cells + ROW }
}

/// Steps from the row `first` on as moves, one for all neighbours that go the same way, in an order in which none takes
/// away what another moves: what goes up from above, what goes down from below.
fn in_order(steps: &[Step], first: usize) -> Vec<Move> {
    let (mut up, mut down): (Vec<Move>, Vec<Move>) = (Vec::new(), Vec::new());
    let (mut old, mut new) = (first, first);
    let mut before = None;
    for &step in steps {
        if step == Step::Kept
            && let (Ok(from), Ok(to)) = (i16::try_from(old), i16::try_from(new))
        {
            let by = to - from;
            let (top, bottom) = (from.min(to).unsigned_abs(), from.max(to).unsigned_abs());
            let moves = if by < 0 { &mut up } else { &mut down };
            match moves.last_mut().filter(|_| before == Some(by)) {
                _ if by == 0 => {}
                Some(last) => last.bottom = bottom,
                None => moves.push(Move { top, bottom, by }),
            }
            before = Some(by);
        }
        old += usize::from(step != Step::Inserted);
        new += usize::from(step != Step::Deleted);
    }
    up.into_iter().chain(down.into_iter().rev()).collect()
}
