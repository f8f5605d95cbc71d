//! Log text inside a report: a spreadsheet must not run it, a browser must not render it, a table must not shift.

use std::borrow::Cow;

use super::visible;

/// One CSV cell: controls made visible, and a leading `= + - @` (or a tab, or a carriage return) defused with `'`, as
/// spreadsheets run such cells as formulas. Quoting is left to the CSV writer.
#[must_use]
pub fn csv_cell(text: &str) -> String {
    let shown = visible(text);
    if shown.starts_with(['=', '+', '-', '@']) { format!("'{shown}") } else { shown.into_owned() }
}

/// Text inside a Markdown paragraph or table cell: controls made visible, punctuation that Markdown reads escaped.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            _ => out.push(c),
        }
    }
    out
}

/// Text inside HTML, in an element or a quoted attribute: controls made visible, `& < > " '` as entities.
#[must_use]
pub fn html(text: &str) -> Cow<'_, str> {
    let shown = visible(text);
    if !shown.contains(['&', '<', '>', '"', '\'']) {
        return shown;
    }
    let mut out = String::with_capacity(shown.len() + 16);
    for c in shown.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheets_do_not_run_cells() {
        assert_eq!(csv_cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(csv_cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(csv_cell("a=b"), "a=b");
        assert_eq!(csv_cell("\t=1"), "\\t=1");
    }

    #[test]
    fn markdown_and_html_stay_text() {
        assert_eq!(markdown("a|b <script> [x](y)"), "a\\|b &lt;script&gt; \\[x\\]\\(y\\)");
        assert_eq!(html("<script>alert('x')</script>\u{1b}"), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\\x1b");
        assert!(matches!(html("plain"), Cow::Borrowed("plain")));
    }
}
