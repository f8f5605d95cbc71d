//! Finds rows that only moved up or down, as in a list that scrolled: a terminal can scroll them, which is much shorter
//! than writing them again.

use std::ops::Range;

use ratatui::buffer::{Buffer, Cell};

use super::same;

/// The farthest that rows are looked for, in rows.
const REACH: usize = 6;

/// About how many bytes it costs to begin on a row at all.
const ROW: isize = 8;

/// Scrolls the rows from `top` to `bottom`; blank rows come in at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scroll {
    pub(super) top: u16,
    pub(super) bottom: u16,
    pub(super) by: u16,
    pub(super) down: bool,
}

impl Scroll {
    /// Does to `screen` what the terminal does.
    pub(super) fn apply(self, screen: &mut Buffer) {
        let columns = usize::from(screen.area.width);
        let rows = usize::from(self.top) * columns..(usize::from(self.bottom) + 1) * columns;
        let Some(cells) = screen.content.get_mut(rows) else { return };
        let by = (usize::from(self.by) * columns).min(cells.len());
        if self.down {
            cells.rotate_right(by);
            cells[..by].fill(Cell::EMPTY);
        } else {
            cells.rotate_left(by);
            let kept = cells.len() - by;
            cells[kept..].fill(Cell::EMPTY);
        }
    }
}

/// The one scroll that spares the most, if any seems to.
pub(super) fn find(before: &Buffer, after: &Buffer) -> Option<Scroll> {
    let columns = usize::from(after.area.width).max(1);
    let old: Vec<&[Cell]> = before.content.chunks_exact(columns).collect();
    let new: Vec<&[Cell]> = after.content.chunks_exact(columns).collect();
    let in_place: Vec<isize> = old.iter().zip(&new).map(|(old, new)| cost(old, new)).collect();
    let scrolled = |by: usize, down: bool| {
        // Pairs of rows that lie `by` apart, by the upper one.
        let gains = (0..new.len() - by).map(|y| {
            let (from, to) = if down { (y, y + by) } else { (y + by, y) };
            in_place[to] - cost(old[from], new[to]) - ROW
        });
        let (gain, run) = best_run(gains)?;
        let (top, bottom) = (run.start.try_into().ok()?, (run.end + by - 1).try_into().ok()?);
        Some((gain, Scroll { top, bottom, by: by.try_into().ok()?, down }))
    };
    let reach = REACH.min(new.len().saturating_sub(1));
    let scrolls = (1..=reach).flat_map(|by| [scrolled(by, false), scrolled(by, true)]).flatten();
    scrolls.max_by_key(|&(gain, _)| gain).map(|(_, scroll)| scroll)
}

/// About how many bytes it takes to make one row of the other.
fn cost(old: &[Cell], new: &[Cell]) -> isize {
    let changed = old.iter().zip(new).filter(|(a, b)| !same(a, b)).count();
    if changed == 0 { 0 } else { isize::try_from(changed).unwrap_or(isize::MAX).saturating_add(ROW) }
}

/// The run that adds up to the most, if one adds up to more than nothing, and its sum.
fn best_run(gains: impl Iterator<Item = isize>) -> Option<(isize, Range<usize>)> {
    let (mut best, mut sum, mut start) = (None, 0, 0);
    for (at, gain) in gains.enumerate() {
        if sum <= 0 {
            (sum, start) = (0, at);
        }
        sum += gain;
        if sum > best.as_ref().map_or(0, |&(most, _)| most) {
            best = Some((sum, start..at + 1));
        }
    }
    best
}
