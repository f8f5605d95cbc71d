//! Divides the screen. The console needs the places to know how far lists scroll, and the screen draws into them.

/// Fewer columns or rows than this, and the console only says so.
pub const MINIMUM: (u16, u16) = (40, 10);

/// From this many columns on, the table and the detail stand side by side.
const WIDE: u16 = 150;

/// Columns of the detail beside the table at least: its tabs fit, with their words.
const BESIDE: u16 = 72;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

/// Rows wanted besides the panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
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
    /// The table, its column headings in the first row.
    pub table: Area,
    /// The detail, its tabs in the first row.
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
        let wide = columns >= WIDE;
        let (table, detail) = if wide { side_by_side(body) } else { stacked(body, needs) };
        Some(Self {
            screen: row(0, rows),
            header: row(0, 1),
            health: row(1, 1),
            filter,
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

fn side_by_side(body: Area) -> (Area, Area) {
    let detail = (body.width * 45 / 100).max(BESIDE);
    // One column holds the line between the two.
    let left = body.width - detail - 1;
    let right = Area { x: left + 1, width: detail, ..body };
    (Area { width: left, ..body }, right)
}

fn stacked(body: Area, needs: Needs) -> (Area, Area) {
    let table = match (needs.detail, body.height) {
        (true, ..=9) => 2,
        (true, ..=13) => 3,
        (true, _) => 4,
        (false, height) => (height * 45 / 100).max(3).min(height.saturating_sub(2)),
    };
    let table = table.min(needs.table.max(2)).min(body.height);
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
        ) {
            let Some(layout) = Layout::of(columns, rows, Needs { detail, table, filter, notice }) else {
                proptest::prop_assert!(columns < MINIMUM.0 || rows < MINIMUM.1);
                return Ok(());
            };
            let l = layout;
            let areas = [l.header, l.health, l.filter, l.table, l.detail, l.notice, l.footer];
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
            proptest::prop_assert!(l.table_rows() >= 1 && l.detail_rows() >= 1);
        }
    }
}
