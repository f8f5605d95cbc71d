//! Log text inside a report: a spreadsheet must not run it, a browser must not render it, a table must not shift.

use std::borrow::Cow;
use std::io;

use super::visible::{self, visible};

/// One CSV cell: controls made visible, and a leading `= + - @`, full-width ones too, defused with `'`, as
/// spreadsheets run such cells as formulas. Quoting is left to the CSV writer.
#[must_use]
pub fn csv_cell(text: &str) -> String {
    let shown = visible(text);
    if shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        format!("'{shown}")
    } else {
        shown.into_owned()
    }
}

/// Text inside a Markdown paragraph or table cell: controls made visible, punctuation that Markdown reads escaped,
/// addresses kept from becoming links.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let shown = visible(text);
    let mut rest = shown.chars();
    while let Some(c) = rest.next() {
        match c {
            ':' if rest.as_str().starts_with("//") => out.push_str("\\:"),
            '.' if out.len() >= 3 && out.as_bytes()[out.len() - 3..].eq_ignore_ascii_case(b"www") => {
                out.push_str("\\.")
            }
            '@' => out.push_str("\\@"),
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

/// `json`, which must be JSON, with every character in its strings that would steer a terminal or deceive a reader as
/// a `\uNNNN` escape. The values stay the same.
#[must_use]
pub fn json(json: &str) -> Cow<'_, str> {
    visible::json(json)
}

/// Passes JSON on to another writer through [`json`]. Each write must end between two characters, as a JSON serialiser's
/// do; buffer behind it, not before it.
#[derive(Debug)]
pub struct JsonWriter<W>(pub W);

impl<W: io::Write> io::Write for JsonWriter<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(buf).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
        self.0.write_all(json(text).as_bytes())?;
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_makes_no_links_of_addresses() {
        assert_eq!(markdown("see https://evil.example/a"), "see https\\://evil.example/a");
        assert_eq!(markdown("WWW.evil.example a@b.example arn:aws"), "WWW\\.evil.example a\\@b.example arn:aws");
        assert_eq!(markdown("äwww.x"), "äwww\\.x");
        assert_eq!(markdown("日é.x"), "日é.x");
    }

    #[test]
    fn json_keeps_its_values_and_shows_nothing_raw() {
        let value = serde_json::json!({"a\u{202e}": "\u{1b}]52;c;x\u{7}\u{9b}\u{7f}\u{e0041} ok é\n", "b": format!("e{}", "\u{301}".repeat(9))});
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let shown = json(&text);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
            assert!(!crate::text::is_suspicious(&shown), "{shown}");
            let mut written = JsonWriter(Vec::new());
            serde_json::to_writer(&mut written, &value).unwrap();
            assert_eq!(String::from_utf8(written.0).unwrap(), json(&value.to_string()));
        }
        assert!(matches!(json("{\"a\":1}"), Cow::Borrowed(_)));
    }

    #[test]
    fn spreadsheets_do_not_run_cells() {
        assert_eq!(csv_cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(csv_cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(csv_cell("＝1"), "'＝1");
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
