//! Rows of Markdown tables. Markdown parsers drop cells beyond the table's columns, and one unescaped pipe in a command
//! or query makes such a cell; here they stay part of the last cell.

use std::borrow::Cow;

#[derive(Default)]
pub(super) struct Rows {
    /// Cells of the line above.
    above: usize,
    /// Columns of the table we are in.
    columns: Option<usize>,
}

impl Rows {
    /// The next line, with surplus pipes escaped.
    pub(super) fn next<'t>(&mut self, line: &'t str) -> Cow<'t, str> {
        if let Some(columns) = self.columns {
            return fitted(line, columns);
        }
        let cells = pipes(line).len() + 1;
        if is_delimiter(line) && cells == self.above {
            self.columns = Some(cells);
        }
        self.above = cells;
        Cow::Borrowed(line)
    }

    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}

fn is_delimiter(line: &str) -> bool {
    line.contains('-') && line.chars().all(|c| matches!(c, '-' | ':' | '|' | ' '))
}

/// Offsets of the pipes that separate cells: not those escaped, nor those around the line.
fn pipes(line: &str) -> Vec<usize> {
    let escaped = |at: usize| line[..at].bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1;
    let mut pipes: Vec<usize> =
        line.match_indices('|').map(|(at, _)| at).filter(|&at| at > 0 && !escaped(at)).collect();
    if pipes.last().is_some_and(|at| at + 1 == line.trim_end().len()) {
        pipes.pop();
    }
    pipes
}

fn fitted(line: &str, columns: usize) -> Cow<'_, str> {
    let pipes = pipes(line);
    let Some(extra) = pipes.get(columns.saturating_sub(1)..).filter(|extra| !extra.is_empty()) else {
        return Cow::Borrowed(line);
    };
    let mut fitted = String::with_capacity(line.len() + extra.len());
    let mut from = 0;
    for &at in extra {
        fitted.push_str(&line[from..at]);
        fitted.push('\\');
        from = at;
    }
    fitted.push_str(&line[from..]);
    Cow::Owned(fitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_stays_in_the_last_cell() {
        let rows = |lines: &[&str]| {
            let mut rows = Rows::default();
            lines.iter().map(|line| rows.next(line).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            rows(&["| a | b |", "|---|:-:|", "| 1 | x | y || z |", "1 | 2", "|", ""]),
            ["| a | b |", "|---|:-:|", "| 1 | x \\| y \\|\\| z |", "1 | 2", "|", ""]
        );
        assert_eq!(rows(&["|o", "-", "||S"]), ["|o", "-", "|\\|S"]);
        assert_eq!(rows(&["a", "-", "b | c"]), ["a", "-", "b \\| c"]);
        assert_eq!(rows(&["a | b", "---", "c | d | e"]), ["a | b", "---", "c | d | e"]);
        assert_eq!(rows(&["|a|", "|-|", "|\\|b|c|"]), ["|a|", "|-|", "|\\|b\\|c|"]);
    }
}
