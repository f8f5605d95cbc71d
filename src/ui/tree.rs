//! Draws a JSON document: its lines with fold marks, and below them where the cursor is, the search, and the whole
//! value under the cursor when its line is too narrow for it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::style;
use crate::app::page::Role;
use crate::app::tree::{self, Fold, Kind, Tree};
use crate::text::{fit, fit_middle, visible, width, wrap};

/// The whole value under the cursor takes at most one row in this many.
const VALUE_SHARE: u16 = 3;

/// Draws `tree` into `area`, whatever its size.
pub fn draw(tree: &Tree, area: Rect, frame: &mut Frame) {
    let columns = usize::from(area.width);
    let value = overflowing_value(tree, columns);
    let value_rows = u16::try_from(value.len()).unwrap_or(u16::MAX).min(area.height / VALUE_SHARE);
    let status_rows = u16::from(area.height > 2);
    let [lines, status, whole] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(status_rows), Constraint::Length(value_rows)])
            .areas(area);

    let rows: Vec<Line> = tree.lines(usize::from(lines.height)).iter().map(|line| row(line, columns)).collect();
    frame.render_widget(Paragraph::new(rows), lines);
    frame.render_widget(Paragraph::new(status_line(tree, columns)), status);
    frame.render_widget(Paragraph::new(cut(value, usize::from(value_rows))), whole);
}

fn row(line: &tree::Line<'_>, columns: usize) -> Line<'static> {
    let mark = match line.fold {
        Fold::Leaf => ' ',
        Fold::Open => '-',
        Fold::Closed => '+',
    };
    let lead = format!("{}{mark} ", "  ".repeat(line.depth.min(columns / 4)));
    let key = if line.key.is_empty() { String::new() } else { format!("{}: ", line.key) };
    let key = fit(&key, columns.saturating_sub(width(&lead)), ELLIPSIS).into_owned();
    let room = columns.saturating_sub(width(&lead) + width(&key));
    let value = fit(&line.value, room, ELLIPSIS).into_owned();
    let drawn = Line::from(vec![
        Span::styled(lead, style(Role::Quiet)),
        Span::styled(key, matched(style(Role::Quiet), line.key_matched)),
        Span::styled(value, matched(style(value_role(line.kind)), line.value_matched)),
    ]);
    if line.selected { drawn.style(Modifier::REVERSED) } else { drawn }
}

fn status_line(tree: &Tree, columns: usize) -> Line<'static> {
    let found = tree.search_summary().map(|s| format!("  /{} {s}", visible(tree.needle()))).unwrap_or_default();
    let found = fit(&found, columns, ELLIPSIS).into_owned();
    let path = tree.path();
    let path = fit_middle(&visible(&path), columns.saturating_sub(width(&found)), ELLIPSIS).into_owned();
    let gap = columns.saturating_sub(width(&path) + width(&found));
    Line::from(vec![
        Span::styled(path, style(Role::Quiet)),
        Span::raw(" ".repeat(gap)),
        Span::styled(found, style(Role::Strong)),
    ])
}

/// The value under the cursor in as many lines as it needs, when its own line cannot hold it.
fn overflowing_value(tree: &Tree, columns: usize) -> Vec<String> {
    let Some(line) = tree.lines(1).pop() else { return Vec::new() };
    let used = width(&line.key) + 2 * line.depth + 4;
    if line.fold == Fold::Leaf && used + width(&line.value) > columns && columns > 0 {
        wrap(&line.value, columns)
    } else {
        Vec::new()
    }
}

/// The first `rows` of `lines`; when some are left out the last one says how many.
fn cut(mut lines: Vec<String>, rows: usize) -> Vec<Line<'static>> {
    if lines.len() > rows && rows > 0 {
        let left_out = lines.len() - (rows - 1);
        lines.truncate(rows - 1);
        lines.push(format!("({left_out} more lines)"));
    }
    lines.into_iter().map(Line::from).collect()
}

const ELLIPSIS: &str = "…";

fn value_role(kind: Kind) -> Role {
    match kind {
        Kind::Object | Kind::Array => Role::Quiet,
        Kind::Text | Kind::Number | Kind::Bool | Kind::Null => Role::Text,
    }
}

fn matched(style: Style, yes: bool) -> Style {
    if yes { style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED) } else { style }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use serde_json::json;

    use super::*;

    fn screen(tree: &Tree, columns: u16, rows: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| draw(tree, frame.area(), frame)).unwrap();
        let buffer = terminal.backend().buffer();
        (0..rows)
            .map(|y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned())
            .collect()
    }

    #[test]
    fn lines_path_and_search() {
        let mut tree = Tree::new(&json!({"user": {"type": "Root", "mfa": false}, "tags": []}));
        tree.search("root");
        assert_eq!(
            screen(&tree, 40, 6),
            [
                "- user: {2}",
                "    type: \"Root\"",
                "    mfa: false",
                "  tags: []",
                "",
                "user.type                   /root 1 of 1"
            ]
        );
    }

    #[test]
    fn a_value_that_does_not_fit_is_shown_whole_below() {
        let tree = Tree::new(&json!({"agent": "aws-cli/2.15 Python/3.11 Linux/5.10 exec-env/CloudShell", "b": 1}));
        assert_eq!(
            screen(&tree, 24, 9),
            [
                "  agent: \"aws-cli/2.15 …",
                "  b: 1",
                "",
                "",
                "",
                "agent",
                "\"aws-cli/2.15",
                "Python/3.11 Linux/5.10",
                "exec-env/CloudShell\"",
            ]
        );
        assert_eq!(screen(&tree, 24, 6)[5], "(2 more lines)");
    }

    #[test]
    fn hostile_text_is_drawn_as_what_it_is() {
        let tree = Tree::new(&json!({"k\u{1b}[2J": "a\u{202e}b\u{7}\n", "z\u{200b}": 1}));
        assert_eq!(screen(&tree, 50, 4), ["  k\\x1b[2J: \"a\\u{202e}b\\x07\\n\"", "  z\\u{200b}: 1", "", "k\\x1b[2J"]);
    }

    #[test]
    fn any_size_is_drawn() {
        let mut deep = json!("x".repeat(500));
        for _ in 0..60 {
            deep = json!({ "日本語": deep });
        }
        let mut tree = Tree::new(&deep);
        tree.bottom();
        for (columns, rows) in [(1, 1), (2, 1), (1, 30), (3, 3), (300, 100), (10, 2)] {
            assert_eq!(screen(&tree, columns, rows).len(), usize::from(rows));
        }
    }
}
