//! Log text for reports: a spreadsheet must not run it, a browser must not render it, a table must not shift.

use std::borrow::Cow;
use std::io;

use super::visible::{self, visible};

/// Tracks where a spreadsheet may begin a cell: at the start, and after anything that separates cells in some country's
/// files, past quotes and blanks, which a reader may strip.
struct CellStart(bool);

impl CellStart {
    /// Takes the next character; true if it would make the cell a formula.
    fn is_formula(&mut self, c: char) -> bool {
        let formula = self.0 && matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
        self.0 = matches!(c, ',' | ';' | '|' | '\t') || self.0 && (c == '"' || c.is_whitespace());
        formula
    }

    /// Writes an entity, which ends in `;`.
    fn entity(&mut self, out: &mut String, entity: &str) {
        out.push_str(entity);
        self.0 = true;
    }
}

/// One CSV cell: controls made visible, and `= + - @`, full-width ones too, defused with `'` where a cell may begin, as
/// spreadsheets run such cells as formulas. That is not only at the start: where people write decimals with a comma,
/// spreadsheets split a file at `;`, whatever quotes the writer sets. Quoting is left to the CSV writer.
#[must_use]
pub fn csv_cell(text: &str) -> String {
    let shown = visible(text);
    let mut out = String::with_capacity(shown.len() + 1);
    let mut start = CellStart(true);
    for c in shown.chars() {
        if start.is_formula(c) {
            out.push('\'');
        }
        out.push(c);
    }
    out
}

/// Text for a Markdown paragraph or table cell: controls visible, Markdown's punctuation escaped, addresses kept from
/// becoming links, and nothing that a spreadsheet would run when pasted there.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let shown = visible(text);
    let mut rest = shown.chars();
    let mut start = CellStart(true);
    while let Some(c) = rest.next() {
        let formula = start.is_formula(c);
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
            '<' => start.entity(&mut out, "&lt;"),
            '>' => start.entity(&mut out, "&gt;"),
            '&' => start.entity(&mut out, "&amp;"),
            _ if formula && c.is_ascii() => {
                out.push('\\');
                out.push(c);
            }
            // Only ASCII can be escaped; an entity shows the same sign.
            _ if formula => start.entity(&mut out, &format!("&#{};", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
}

/// Text for an HTML element or quoted attribute: controls visible, `& < > " '` as entities.
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

/// Escapes, in the strings of `json`, every character that would steer a terminal or deceive a reader as `\uNNNN`. The
/// values stay the same.
#[must_use]
pub fn json(json: &str) -> Cow<'_, str> {
    visible::json(json)
}

/// Writes JSON through [`json`]. Each write must end between two characters, as a JSON serialiser's do: buffer behind
/// it, not before it.
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
    use proptest::collection::vec;
    use proptest::prelude::*;

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
        assert_eq!(csv_cell("x;=HYPERLINK(1)"), "x;'=HYPERLINK(1)");
        assert_eq!(csv_cell("a-b, \"-1;＝2"), "a-b, \"'-1;'＝2");
        assert_eq!(markdown("x;=HYPERLINK(1)"), "x;\\=HYPERLINK\\(1\\)");
        assert_eq!(markdown("<=1|=2"), "&lt;\\=1\\|\\=2");
        assert_eq!(markdown("-a, ＝b-c=d"), "\\-a, &#65309;b-c=d");
    }

    /// The cells of `line` for each reader that splits at `separator`: one that knows quotes, one that does not, and
    /// one of either kind that takes blanks and quotes away.
    fn readings(line: &str, separator: char) -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).delimiter(u8::try_from(separator).unwrap());
        let quoted = reader.from_reader(line.as_bytes()).into_records().flat_map(|row| {
            let row = row.unwrap();
            row.iter().map(str::to_owned).collect::<Vec<_>>()
        });
        let cells: Vec<String> = quoted.chain(line.split(separator).map(str::to_owned)).collect();
        let bare = cells.iter().map(|cell| cell.trim_matches(|c: char| c == '"' || c.is_whitespace()).to_owned());
        bare.chain(cells.iter().cloned()).collect()
    }

    proptest! {
        #[test]
        fn no_reader_finds_a_cell_that_runs(
            rows in vec(vec("[=+@＝;, \"'\t\r\n|a\u{a0}-]{0,8}", 1..5), 1..4)
        ) {
            let runs = |cell: &String| cell.starts_with(['=', '+', '-', '@', '＝', '\t', '\r']);
            for row in &rows {
                let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
                writer.write_record(row.iter().map(|cell| csv_cell(cell))).unwrap();
                let written = String::from_utf8(writer.into_inner().unwrap()).unwrap();
                let table = format!("| {} |", row.iter().map(|cell| markdown(cell)).collect::<Vec<_>>().join(" | "));
                for line in [written.trim_end_matches('\n'), &table] {
                    for separator in [',', ';', '\t', '|'] {
                        let ran = readings(line, separator).into_iter().find(runs);
                        prop_assert_eq!(ran, None, "at {:?} in {:?}", separator, line);
                    }
                }
            }
        }
    }

    #[test]
    fn markdown_and_html_stay_text() {
        assert_eq!(markdown("a|b <script> [x](y)"), "a\\|b &lt;script&gt; \\[x\\]\\(y\\)");
        assert_eq!(html("<script>alert('x')</script>\u{1b}"), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\\x1b");
        assert!(matches!(html("plain"), Cow::Borrowed("plain")));
    }
}
