//! A plain table on standard output. The first rows decide the column widths; later, wider cells shift their own line
//! and are never cut.

use std::io::{self, Write};

use crate::text;

/// Rows that decide the widths.
const SAMPLE: usize = 500;

/// Separates joined cells; no visible text contains it.
pub(super) const JOINT: &str = "\u{1f}";

/// A row for [`Table::joined`].
pub(super) fn join(cells: &[String]) -> Vec<u8> {
    cells.iter().map(|c| text::visible(c)).collect::<Vec<_>>().join(JOINT).into_bytes()
}

pub(super) struct Table<W> {
    out: W,
    right: Vec<bool>,
    widths: Option<Vec<usize>>,
    sample: Vec<Vec<String>>,
}

impl<W: Write> Table<W> {
    /// A heading that begins with `>` aligns its column to the right.
    pub(super) fn new(out: W, headings: &[&str]) -> Self {
        let right = headings.iter().map(|h| h.starts_with('>')).collect();
        let first = headings.iter().map(|h| h.trim_start_matches('>').to_owned()).collect();
        Self { out, right, widths: None, sample: vec![first] }
    }

    /// Prints a row, made visible.
    pub(super) fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        let cells: Vec<String> = cells.iter().map(|c| text::visible(c).into_owned()).collect();
        if self.widths.is_some() {
            return self.line(&cells);
        }
        self.sample.push(cells);
        if self.sample.len() > SAMPLE { self.settle() } else { Ok(()) }
    }

    /// Prints a [`join`]ed row.
    pub(super) fn joined(&mut self, row: &[u8]) -> io::Result<()> {
        self.row(&String::from_utf8_lossy(row).split(JOINT).collect::<Vec<_>>())
    }

    /// Prints what is left and returns the output.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.settle()?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn settle(&mut self) -> io::Result<()> {
        if self.widths.is_none() {
            let columns = self.right.len();
            let widest = |at: usize| self.sample.iter().filter_map(|r| r.get(at)).map(|c| text::width(c)).max();
            self.widths = Some((0..columns).map(|at| widest(at).unwrap_or(0)).collect());
        }
        for row in std::mem::take(&mut self.sample) {
            self.line(&row)?;
        }
        Ok(())
    }

    fn line(&mut self, cells: &[String]) -> io::Result<()> {
        let mut line = String::new();
        for (at, cell) in cells.iter().enumerate() {
            let width = self.widths.as_ref().and_then(|w| w.get(at)).copied().unwrap_or(0);
            let gap = " ".repeat(width.saturating_sub(text::width(cell)));
            let (before, after) =
                if self.right.get(at) == Some(&true) { (gap.as_str(), "") } else { ("", gap.as_str()) };
            line.extend([before, cell, after, "  "]);
        }
        writeln!(self.out, "{}", line.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_nothing_is_cut() {
        let mut table = Table::new(Vec::new(), &["NAME", ">N", "WHAT"]);
        table.row(&["a", "7", "x\u{1b}[2J"]).unwrap();
        table.row(&["longer", "123", ""]).unwrap();
        let out = String::from_utf8(table.finish().unwrap()).unwrap();
        assert_eq!(out, "NAME      N  WHAT\na         7  x\\x1b[2J\nlonger  123\n");
    }
}
