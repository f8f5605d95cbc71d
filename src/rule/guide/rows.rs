//! Rows of Markdown tables. A row with more cells than its table has columns loses them in every Markdown parser; an
//! unescaped pipe in a command or a query is enough for that, so here they stay in the last cell.

use std::borrow::Cow;

/// The table that the lines going by may belong to.
#[derive(Default)]
pub(super) struct Rows {
    /// How many cells the line above has.
    above: usize,
    /// How many columns the table has that we are in.
    columns: Option<usize>,
}

impl Rows {
    /// The next line, with no more cells than there are columns.
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

    /// Nothing that follows belongs to the lines so far.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}

/// The row between a table's headings and its values.
fn is_delimiter(line: &str) -> bool {
    line.contains('-') && line.chars().all(|c| matches!(c, '-' | ':' | '|' | ' '))
}

/// Where the pipes stand that part the cells of a line: all but those escaped, and those around the line.
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
