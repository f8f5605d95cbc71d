//! Evens out a guide's Markdown so that a parser reads it as its author meant it: a bullet nests when it is indented
//! further than the one above, bold lines stand alone, pivots become marks.

use serde::Deserialize;

use super::rows::Rows;
use crate::rule::{Pivot, Provider};

/// Encloses the index of a pivot in the prepared text. A private-use character, which is removed from the guide's own
/// text.
pub(super) const MARK: char = '\u{e000}';

#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) text: String,
    /// In the text, `MARK index MARK` stands for each.
    pub(super) pivots: Vec<Pivot>,
}

pub(super) fn prepare(note: &str) -> Prepared {
    let note = note.replace(MARK, " ").replace("\r\n", "\n").replace('\r', "\n").replace("[TBC: QUOTE]", "");
    let (note, pivots) = take_pivots(&note);
    let mut lines = Lines::default();
    for line in note.lines() {
        lines.push(line);
    }
    Prepared { text: lines.out, pivots }
}

#[derive(Deserialize)]
struct RawPivot {
    #[serde(default)]
    label: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    providers: Vec<Vec<Provider>>,
    #[serde(default, rename = "relativeFrom")]
    relative_from: Option<String>,
    #[serde(default, rename = "relativeTo")]
    relative_to: Option<String>,
    /// The statement of an osquery block.
    #[serde(default)]
    query: Option<String>,
}

/// Takes out `!{investigate{…}}` and its siblings (`insight`, `osquery`). What does not parse stays.
fn take_pivots(note: &str) -> (String, Vec<Pivot>) {
    let mut out = String::with_capacity(note.len());
    let mut pivots = Vec::new();
    let mut rest = note;
    while let Some(at) = rest.find("!{") {
        let (before, candidate) = rest.split_at(at);
        out.push_str(before);
        if let Some((pivot, length)) = pivot(candidate) {
            out.push_str(&format!("{MARK}{}{MARK}", pivots.len()));
            pivots.push(pivot);
            rest = &candidate[length..];
        } else {
            out.push_str("!{");
            rest = &candidate[2..];
        }
    }
    out.push_str(rest);
    (out, pivots)
}

/// The pivot at the start of `text`, and its length in bytes.
fn pivot(text: &str) -> Option<(Pivot, usize)> {
    let inner = text.strip_prefix("!{")?;
    let word = ["investigate", "insight", "osquery"].into_iter().find(|w| inner.starts_with(w))?;
    let json = inner[word.len()..].trim_start();
    if !json.starts_with('{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<RawPivot>();
    let raw = values.next()?.ok()?;
    let tail = json[values.byte_offset()..].trim_start().strip_prefix('}')?;
    let description = raw.query.map_or(raw.description, |query| format!("osquery: {query}"));
    let label = if raw.label.trim().is_empty() { word.to_owned() } else { raw.label };
    let pivot = Pivot {
        label,
        description,
        providers: raw.providers,
        relative_from: raw.relative_from,
        relative_to: raw.relative_to,
    };
    Some((pivot, text.len() - tail.len()))
}

/// Bullets nested deeper become children of the deepest.
const DEEPEST: usize = 32;

#[derive(Default)]
struct Lines {
    out: String,
    /// Source indents of the bullets that the current line may belong to.
    open: Vec<usize>,
    /// The last line was blank.
    blank: bool,
    /// Fence of the open code block, and its indent.
    fence: Option<(&'static str, usize)>,
    rows: Rows,
}

impl Lines {
    fn push(&mut self, line: &str) {
        let line = line.replace('\t', "    ");
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        if let Some((fence, from)) = self.fence {
            self.emit_as_it_is(&line[from.min(indent)..]);
            if text.starts_with(fence) {
                self.fence = None;
            }
            return;
        }
        if text.is_empty() {
            self.gap();
            self.blank = true;
            return;
        }
        if let Some(content) = bullet(text) {
            self.bullet(indent, content);
        } else if let Some((marks, title)) = heading(text) {
            self.alone(&format!("{marks} {title}"));
        } else if is_rule(text) && !self.open.is_empty() {
            self.alone(text);
        } else if text.starts_with("**") && self.open.first().is_none_or(|&root| indent <= root) {
            if is_bold_line(text) {
                self.alone(text);
            } else {
                self.gap();
                self.open.clear();
                self.emit(text);
            }
        } else {
            self.text(indent, text);
        }
        self.blank = false;
    }

    fn bullet(&mut self, indent: usize, content: &str) {
        let was_open = !self.open.is_empty();
        while self.open.last().is_some_and(|&above| indent < above + 2) {
            self.open.pop();
        }
        if !was_open {
            self.gap();
        }
        let depth = self.open.len().min(DEEPEST);
        self.out.push_str(&"  ".repeat(depth));
        self.rows.end();
        self.out.push_str("- ");
        self.out.push_str(&self.rows.next(content));
        self.out.push('\n');
        self.open.push(indent);
    }

    fn text(&mut self, indent: usize, text: &str) {
        // Indented less than the outermost bullet, it belongs to none.
        if self.open.first().is_some_and(|&root| indent < root) {
            self.open.clear();
            self.gap();
        } else if self.blank {
            while self.open.last().is_some_and(|&above| indent < above + 2) {
                self.open.pop();
            }
        }
        if let Some(fence) = ["```", "~~~"].into_iter().find(|f| text.starts_with(f))
            && !text[3..].contains(fence)
        {
            self.fence = Some((fence, indent));
        }
        self.emit(text);
    }

    /// Emits a line as a block of its own.
    fn alone(&mut self, text: &str) {
        self.open.clear();
        self.gap();
        self.emit(text);
        self.gap();
    }

    fn emit(&mut self, text: &str) {
        let text = self.rows.next(text);
        self.emit_as_it_is(&text);
    }

    fn emit_as_it_is(&mut self, text: &str) {
        self.out.push_str(&"  ".repeat(self.open.len().min(DEEPEST + 1)));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn gap(&mut self) {
        self.rows.end();
        self.out.push('\n');
    }
}

/// The text after the marker of a bulleted or numbered line.
fn bullet(text: &str) -> Option<&str> {
    if is_rule(text) {
        return None;
    }
    let after = text.strip_prefix(['-', '*', '+', '•']).or_else(|| {
        let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
        (1..=9).contains(&(text.len() - digits.len())).then(|| digits.strip_prefix(['.', ')'])).flatten()
    })?;
    let content = after.strip_prefix(' ')?.trim_start();
    // The console draws and ticks boxes of its own.
    Some(["[ ] ", "[x] ", "[X] "].into_iter().find_map(|tick| content.strip_prefix(tick)).unwrap_or(content))
}

/// The marks and title of a heading. From two marks on, the title may follow without a space.
fn heading(text: &str) -> Option<(&str, &str)> {
    let title = text.trim_start_matches('#');
    let marks = text.len() - title.len();
    let close = marks > 1 && title.starts_with(char::is_alphabetic);
    ((1..=6).contains(&marks) && (title.starts_with(' ') || close))
        .then(|| (&text[..marks], without_anchor(title.trim())))
}

/// Strips the anchor that the published page puts after a title: `Setup [_setup_12]`.
fn without_anchor(title: &str) -> &str {
    let anchor = title.rsplit_once(" [_").filter(|(_, anchor)| anchor.ends_with(']') && !anchor.contains(' '));
    anchor.map_or(title, |(title, _)| title.trim_end())
}

/// `---`, `* * *`, `___`.
fn is_rule(text: &str) -> bool {
    ['-', '*', '_']
        .into_iter()
        .any(|mark| text.chars().all(|c| c == mark || c == ' ') && text.chars().filter(|&c| c == mark).count() >= 3)
}

/// True for a line that is all bold but for a final colon or full stop.
fn is_bold_line(text: &str) -> bool {
    text.strip_prefix("**")
        .and_then(|t| t.trim_end_matches([':', '.', ' ']).strip_suffix("**"))
        .is_some_and(|t| !t.is_empty() && !t.contains("**"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bullets_nest_by_being_further_in() {
        let text = "- a\n        - b\n    wrapped\n   - c\n1. d\n   1) e";
        assert_eq!(prepare(text).text, "\n- a\n  - b\n    wrapped\n  - c\n- d\n  - e\n");
    }

    #[test]
    fn headings_and_boxes_are_evened_out() {
        assert_eq!(prepare("##Triage\n   ### Steps ##\n#tag").text, "\n## Triage\n\n\n### Steps ##\n\n#tag\n");
        assert_eq!(prepare("### Setup [_setup_12]\n## See [x]").text, "\n### Setup\n\n\n## See [x]\n\n");
        assert_eq!(prepare("a\r\nb\rc").text, "a\nb\nc\n");
        assert_eq!(prepare("- [ ] a\n- [x] b\n- [y](z)").text, "\n- a\n- b\n- [y](z)\n");
    }

    #[test]
    fn a_bold_line_ends_the_list_above_it() {
        assert_eq!(prepare("- a\n**B**:\n   - c").text, "\n- a\n\n**B**:\n\n\n- c\n");
    }

    #[test]
    fn pivots_become_marks_and_broken_ones_stay_text() {
        let pivot = r#"!{investigate{"label":"Same user","providers":[[{"excluded":false,"field":"user.id","queryType":"phrase","value":"{{user.id}}","valueType":"string"}]],"relativeFrom":"now-48h/h","relativeTo":"now"}}"#;
        let prepared = prepare(&format!("- {pivot} here\n- !{{investigate{{broken}}}}"));
        assert_eq!(prepared.text, format!("\n- {MARK}0{MARK} here\n- !{{investigate{{broken}}}}\n"));
        assert_eq!(prepared.pivots[0].label, "Same user");
        assert_eq!(prepared.pivots[0].providers[0][0].field, "user.id");
        assert_eq!(prepared.pivots[0].relative_from.as_deref(), Some("now-48h/h"));
    }
}
