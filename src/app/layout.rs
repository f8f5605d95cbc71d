//! Divides the screen. The console needs the places to know how far lists scroll, and the screen draws into them.

/// Fewer columns or rows than this, and the console only says so.
pub const MINIMUM: (u16, u16) = (40, 10);

/// From this many columns on, the table and the detail stand side by side; below, both would be cut.
const WIDE: u16 = 200;

/// Columns of the detail beside the table at least: its tabs fit, with their words.
const BESIDE: u16 = 72;

/// From this many columns and rows on, the panes have borders; below, every row and column is needed for text.
const BOXED: (u16, u16) = (80, 30);

/// How far the split can be moved, each way.
const MOST: i8 = 4;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

impl Area {
    /// Within a border at its left and right, and at its top and bottom where those are said to be there.
    fn inside(self, top: bool, bottom: bool) -> Self {
        Self {
            x: self.x + 1,
            y: self.y + u16::from(top),
            width: self.width.saturating_sub(2),
            height: self.height.saturating_sub(u16::from(top) + u16::from(bottom)),
        }
    }
}

/// How the analyst has divided the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split {
    /// Tenths of the room that the detail has more than usual, up to [`MOST`]; below zero: that the table has.
    pub more: i8,
    /// The detail has all of it while it has the keys.
    pub zoomed: bool,
}

impl Split {
    /// Gives the detail, or else the table, another tenth. Returns whether there was one to give.
    pub(super) fn give(&mut self, detail: bool) -> bool {
        let before = self.more;
        self.more = (before + if detail { 1 } else { -1 }).clamp(-MOST, MOST);
        self.more != before
    }
}

/// Rows wanted besides the panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    pub split: Split,
    /// The detail has the focus.
    pub detail: bool,
    /// Rows that the table could fill, its headings included.
    pub table: u16,
    /// Rows for the filter.
    pub filter: u16,
    /// Rows for the notice.
    pub notice: u16,
}

/// The places on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    pub screen: Area,
    pub header: Area,
    pub health: Area,
    /// The filter, where there is one.
    pub filter: Area,
    /// The border of the table, and of the detail; of no height where there is none.
    pub frames: (Area, Area),
    /// The table, its column headings in the first row.
    pub table: Area,
    /// The detail, its tabs in the first row, which is that of its border where it has one.
    pub detail: Area,
    /// The notice, where there is one.
    pub notice: Area,
    /// The keys that matter now.
    pub footer: Area,
    /// Table and detail stand side by side.
    pub wide: bool,
}

impl Layout {
    /// Divides a screen of `columns` × `rows`; `None` when it is below [`MINIMUM`].
    #[must_use]
    pub fn of(columns: u16, rows: u16, needs: Needs) -> Option<Self> {
        if columns < MINIMUM.0 || rows < MINIMUM.1 {
            return None;
        }
        let row = |y, height| Area { x: 0, y, width: columns, height };
        // Header, health, footer, and the least that table and detail can do with.
        let spare = rows - 7;
        let filter = needs.filter.min(spare - needs.notice.min(1));
        let notice = needs.notice.min(spare - filter);
        let bottom = rows - 1 - notice;
        let body = row(2 + filter, bottom - 2 - filter);
        let filter = row(2, filter);
        let (wide, boxed) = (columns >= WIDE, columns >= BOXED.0 && rows >= BOXED.1);
        let (table, detail) = match wide {
            _ if needs.split.zoomed && needs.detail => (Area { height: 0, ..body }, body),
            true => side_by_side(body, needs.split),
            false => stacked(body, needs, if boxed { 2 } else { 0 }),
        };
        let frames = if boxed { (table, detail) } else { Default::default() };
        let (table, detail) =
            if boxed { (table.inside(true, true), detail.inside(false, true)) } else { (table, detail) };
        Some(Self {
            screen: row(0, rows),
            header: row(0, 1),
            health: row(1, 1),
            filter,
            frames,
            table,
            detail,
            notice: row(bottom, notice),
            footer: row(rows - 1, 1),
            wide,
        })
    }

    /// Everything between the header and the notice.
    #[must_use]
    pub fn body(&self) -> Area {
        let y = self.health.y + self.health.height;
        Area { y, height: self.notice.y.saturating_sub(y), ..self.screen }
    }

    /// Rows of the table below its headings.
    #[must_use]
    pub fn table_rows(&self) -> usize {
        usize::from(self.table.height.saturating_sub(1))
    }

    /// Rows of the detail below its tabs.
    #[must_use]
    pub fn detail_rows(&self) -> usize {
        usize::from(self.detail.height.saturating_sub(1))
    }
}

fn side_by_side(body: Area, split: Split) -> (Area, Area) {
    let percent = (45 + 10 * i16::from(split.more)).clamp(15, 85).unsigned_abs();
    // The table keeps what a time, a status and an actor need.
    let detail = (body.width * percent / 100).clamp(BESIDE, body.width - BESIDE);
    // One column holds the line between the two.
    let left = body.width - detail - 1;
    let right = Area { x: left + 1, width: detail, ..body };
    (Area { width: left, ..body }, right)
}

/// `border` rows of the table are its border.
fn stacked(body: Area, needs: Needs, border: u16) -> (Area, Area) {
    let usual = match (needs.detail, body.height) {
        (true, ..=9) => 2,
        (true, ..=13) => 3,
        (true, ..=24) => 4,
        (true, height) => height / 4 + border,
        (false, height) => (height * 45 / 100).max(3).min(height.saturating_sub(2)),
    };
    let tenth = (body.height / 10).max(1).cast_signed();
    let moved = usual.cast_signed() - tenth * i16::from(needs.split.more);
    let most = body.height.saturating_sub(4 + border).max(usual);
    let table = moved.max(0).unsigned_abs().clamp(2 + border, most.max(2 + border));
    let table = table.min(needs.table.max(2).saturating_add(border)).min(body.height);
    let below = Area { y: body.y + table, height: body.height - table, ..body };
    (Area { height: table, ..body }, below)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_place_lies_on_the_screen_and_none_overlap(
            columns in 1u16..320, rows in 1u16..120, detail: bool, table in 0u16..300, filter in 0u16..4, notice in 0u16..4,
            more in -5i8..6, zoomed: bool,
        ) {
            let mut split = Split { zoomed, ..Split::default() };
            for _ in 0..more.abs() {
                split.give(more > 0);
            }
            let Some(layout) = Layout::of(columns, rows, Needs { split, detail, table, filter, notice }) else {
                proptest::prop_assert!(columns < MINIMUM.0 || rows < MINIMUM.1);
                return Ok(());
            };
            let l = layout;
            let framed = l.frames.1.height > 0;
            let panes = if framed { [l.frames.0, l.frames.1] } else { [l.table, l.detail] };
            for (frame, inside) in [(l.frames.0, l.table), (l.frames.1, l.detail)] {
                proptest::prop_assert!(!framed || inside.height == 0 || (inside.x > frame.x && inside.y >= frame.y
                    && inside.x + inside.width < frame.x + frame.width
                    && inside.y + inside.height < frame.y + frame.height));
            }
            let areas = [l.header, l.health, l.filter, panes[0], panes[1], l.notice, l.footer];
            let mut taken = vec![false; usize::from(columns) * usize::from(rows)];
            for a in areas {
                proptest::prop_assert!(a.x + a.width <= columns && a.y + a.height <= rows);
                for y in a.y..a.y + a.height {
                    for x in a.x..a.x + a.width {
                        let cell = &mut taken[usize::from(y) * usize::from(columns) + usize::from(x)];
                        proptest::prop_assert!(!*cell);
                        *cell = true;
                    }
                }
            }
            proptest::prop_assert!(l.detail_rows() >= 1 && (l.table_rows() >= 1 || zoomed && detail));
        }
    }
}
