//! The published page of a rule: Markdown with facts after bold labels (`**Severity**: low`), some followed by lists,
//! and sections for guide, setup and query. What the page's builder added (anchors, unresolved references, quote marks)
//! is left out.

use super::node::{Entry, Node, Table, Value};
use crate::diag::Span;

/// Facts: label, field, a list follows.
const FACTS: &[(&str, &str, bool)] = &[
    ("Rule type", "type", false),
    ("Rule indices", "index", true),
    ("Severity", "severity", false),
    ("Risk score", "risk_score", false),
    ("Runs every", "interval", false),
    ("Searches indices from", "from", false),
    ("Maximum alerts per execution", "max_signals", false),
    ("References", "references", true),
    ("Tags", "tags", true),
    ("Version", "version", false),
    ("Rule authors", "author", true),
    ("Rule license", "license", false),
    ("False positive examples", "false_positives", true),
    ("False positives", "false_positives", true),
];

pub(super) fn label_of(key: &str) -> Option<&'static str> {
    FACTS.iter().find(|fact| fact.1 == key).map(|fact| fact.0)
}

pub(super) struct Page {
    pub(super) table: Table,
    /// The page's title line, where messages about a missing fact point.
    pub(super) head: Span,
}

/// A line and its offset.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Line<'a> {
    fn indent(self) -> usize {
        self.text.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 4 } else { 1 }).sum()
    }

    /// The span of `part`, a slice of the line.
    fn span_of(self, part: &str) -> Span {
        let offset = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len());
        Span::new(self.start + offset, self.start + offset + part.len())
    }

    /// The text of a bulleted line.
    fn bullet(self) -> Option<&'a str> {
        let text = self.text.trim();
        text.strip_prefix(['*', '-', '+']).filter(|rest| rest.starts_with(' ')).map(str::trim)
    }

    /// `**Label**: value`.
    fn label(self) -> Option<(&'a str, &'a str)> {
        let (label, rest) = self.text.trim().strip_prefix("**")?.split_once("**")?;
        let label = label.trim().trim_end_matches(':');
        // Guides have bold text anywhere; after a label comes a colon.
        let value = rest.trim_start().strip_prefix(':').or_else(|| rest.is_empty().then_some(""))?;
        Some((label, value.trim()))
    }
}

enum Part {
    Facts,
    Guide,
    Setup,
    Query,
}

pub(super) fn read(source: &str) -> Page {
    let lines = lines(source);
    let mut page = Page { table: Table::new(), head: Span::new(0, 0) };
    let mut part = Part::Facts;
    let mut guide = None::<(usize, usize)>;
    let mut setup = None::<(usize, usize)>;
    let mut i = front_matter(&lines);
    while let Some(&line) = lines.get(i) {
        i += 1;
        if let Some(title) = line.text.strip_prefix("# ")
            && !page.table.contains_key("name")
        {
            page.head = line.span_of(line.text);
            page.set("name", line.span_of(title), title_text(title).to_owned());
            i = page.description(&lines, i);
            continue;
        }
        if let Some(next) = line.text.strip_prefix("## ").and_then(|title| part_named(title_text(title))) {
            part = next;
            continue;
        }
        if let Some((label, value)) = line.label()
            && let Some(next) = page.fact(label, value, line, &lines, i, matches!(part, Part::Facts))
        {
            i = next;
            continue;
        }
        let end = line.start + line.text.len();
        match part {
            Part::Facts => {}
            Part::Guide => guide = Some((guide.map_or(line.start, |g| g.0), end)),
            Part::Setup => setup = Some((setup.map_or(line.start, |s| s.0), end)),
            Part::Query if line.text.trim_start().starts_with("```") => i = page.query(&lines, i),
            Part::Query => {}
        }
    }
    for (key, range) in [("note", guide), ("setup", setup)] {
        if let Some((start, end)) = range {
            page.set(key, Span::new(start, end), source[start..end].replace("[TBC: QUOTE]", ""));
        }
    }
    page
}

fn lines(source: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for raw in source.split_inclusive('\n') {
        lines.push(Line { text: raw.trim_end_matches(['\n', '\r']), start });
        start += raw.len();
    }
    lines
}

/// The first line after the front matter, a block between `---` lines.
fn front_matter(lines: &[Line<'_>]) -> usize {
    if lines.first().is_none_or(|l| l.text.trim() != "---") {
        return 0;
    }
    lines.iter().skip(1).position(|l| l.text.trim() == "---").map_or(0, |end| end + 2)
}

/// A heading without the anchor in square brackets.
fn title_text(title: &str) -> &str {
    let title = title.trim().trim_end_matches('#').trim();
    match title.rfind(" [").filter(|_| title.ends_with(']')) {
        Some(at) if !title[at + 2..].contains(' ') => title[..at].trim(),
        _ => title,
    }
}

fn part_named(title: &str) -> Option<Part> {
    match title.to_lowercase().trim_end_matches(':') {
        "investigation guide" => Some(Part::Guide),
        "setup" => Some(Part::Setup),
        "rule query" => Some(Part::Query),
        _ => None,
    }
}

impl Page {
    fn set(&mut self, key: &str, span: Span, text: String) {
        self.set_node(key, Node::text(text, span));
    }

    fn set_node(&mut self, key: &str, node: Node) {
        let entry = Entry { key: node.span, node };
        self.table.entry(key.to_owned()).or_insert(entry);
    }

    /// The text between the title and the first fact.
    fn description(&mut self, lines: &[Line<'_>], from: usize) -> usize {
        let rest = &lines[from..];
        let length = rest.iter().position(|l| l.label().is_some() || l.text.starts_with('#')).unwrap_or(rest.len());
        let text: Vec<&str> = rest[..length].iter().map(|l| l.text).collect();
        if let (Some(first), Some(last)) = (rest.first(), rest[..length].last()) {
            let span = Span::new(first.start, last.start + last.text.len());
            self.set("description", span, text.join("\n").trim().to_owned());
        }
        from + length
    }

    /// Reads a fact, and the list below it where it has one. Returns the line after it; `None` when it is not a fact.
    fn fact(
        &mut self,
        label: &str,
        value: &str,
        line: Line<'_>,
        lines: &[Line<'_>],
        next: usize,
        facts: bool,
    ) -> Option<usize> {
        if label == "Framework" {
            return Some(self.threat(value, line, lines, next));
        }
        if !facts {
            return None;
        }
        let span = line.span_of(value);
        let (_, key, list) = FACTS.iter().find(|fact| fact.0.eq_ignore_ascii_case(label))?;
        if !list {
            let value = match *key {
                // A remark in brackets follows the schedule.
                "interval" | "from" => value.split_whitespace().next().unwrap_or_default(),
                _ => value,
            };
            let span = line.span_of(value);
            let number = value.parse().ok().filter(|_| matches!(*key, "risk_score" | "max_signals" | "version"));
            let value = number.map_or_else(|| Value::Text(value.to_owned()), Value::Whole);
            self.set_node(key, Node { span, value });
            return Some(next);
        }
        let mut items = Vec::new();
        let mut at = next;
        while let Some(&line) = lines.get(at) {
            match line.bullet() {
                Some("None") => {}
                Some(item) => items.push(Node::text(plain_link(item), line.span_of(item))),
                None if line.text.trim().is_empty() => {}
                None => break,
            }
            at += 1;
        }
        self.set_node(key, Node { span, value: Value::List(items) });
        Some(at)
    }

    /// The code block that opened above `from`.
    fn query(&mut self, lines: &[Line<'_>], from: usize) -> usize {
        let rest = &lines[from..];
        let length = rest.iter().position(|l| l.text.trim() == "```").unwrap_or(rest.len());
        if let (Some(first), Some(last)) = (rest.first(), rest[..length].last()) {
            let span = Span::new(first.start, last.start + last.text.len());
            let text: Vec<&str> = rest[..length].iter().map(|l| l.text).collect();
            self.set("query", span, text.join("\n"));
        }
        from + length + 1
    }

    /// One `**Framework**` block: a tactic, its techniques and their sub-techniques as nested lists.
    fn threat(&mut self, framework: &str, line: Line<'_>, lines: &[Line<'_>], from: usize) -> usize {
        let mut threat = Table::new();
        put(&mut threat, "framework", Node::text(framework_name(framework), line.span_of(framework)));
        let mut techniques: Vec<Node> = Vec::new();
        let mut current: Option<(Kind, Node)> = None;
        let mut at = from;
        while let Some(&line) = lines.get(at) {
            let Some(item) = line.bullet() else {
                if !line.text.trim().is_empty() {
                    break;
                }
                at += 1;
                continue;
            };
            at += 1;
            let (label, value) = item.split_once(':').unwrap_or((item, ""));
            let kind = Kind::named(label);
            if let Some(kind) = kind.filter(|_| value.trim().is_empty()) {
                file(&mut threat, &mut techniques, current.take());
                current = Some((kind, Node { span: line.span_of(item), value: Value::Table(Table::new()) }));
            } else if let Some((_, Node { value: Value::Table(table), .. })) = &mut current
                && line.indent() > 0
            {
                let key = match label.to_lowercase().as_str() {
                    "name" => "name",
                    "id" => "id",
                    "reference url" => "reference",
                    _ => continue,
                };
                put(table, key, Node::text(plain_link(value.trim()), line.span_of(value.trim())));
            }
        }
        file(&mut threat, &mut techniques, current.take());
        let span = line.span_of(line.text);
        put(&mut threat, "technique", Node { span, value: Value::List(techniques) });
        let node = Node { span, value: Value::Table(threat) };
        match self.table.get_mut("threat").map(|e| &mut e.node.value) {
            Some(Value::List(all)) => all.push(node),
            _ => self.set_node("threat", Node { span, value: Value::List(vec![node]) }),
        }
        at
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Tactic,
    Technique,
    Subtechnique,
}

impl Kind {
    fn named(label: &str) -> Option<Self> {
        match label.trim().to_lowercase().as_str() {
            "tactic" => Some(Self::Tactic),
            "technique" => Some(Self::Technique),
            "sub-technique" | "subtechnique" => Some(Self::Subtechnique),
            _ => None,
        }
    }
}

/// Adds a finished entry: a sub-technique below the technique before it.
fn file(threat: &mut Table, techniques: &mut Vec<Node>, entry: Option<(Kind, Node)>) {
    match entry {
        Some((Kind::Tactic, node)) => put(threat, "tactic", node),
        Some((Kind::Technique, node)) => techniques.push(node),
        Some((Kind::Subtechnique, node)) => {
            let Some(Value::Table(technique)) = techniques.last_mut().map(|t| &mut t.value) else { return };
            match technique.get_mut("subtechnique").map(|e| &mut e.node.value) {
                Some(Value::List(subs)) => subs.push(node),
                _ => put(technique, "subtechnique", Node { span: node.span, value: Value::List(vec![node]) }),
            }
        }
        None => {}
    }
}

fn put(table: &mut Table, key: &str, node: Node) {
    table.insert(key.to_owned(), Entry { key: node.span, node });
}

/// Drops the trade mark sign in its various spellings.
fn framework_name(text: &str) -> String {
    let text = text.replace("^TM^", "").replace(['™', '\\'], "");
    let text = text.trim();
    match text.strip_suffix("TM") {
        Some(name) if name.ends_with("ATT&CK") => name.to_owned(),
        _ => text.to_owned(),
    }
}

/// The address in `[text](url)`. Where the text is itself an address, that is the original: the page's builder may have
/// rewritten the target.
fn plain_link(text: &str) -> String {
    let Some((label, target)) =
        text.strip_prefix('[').and_then(|t| t.strip_suffix(')')).and_then(|t| t.split_once("]("))
    else {
        return text.trim_start_matches('<').trim_end_matches('>').to_owned();
    };
    if label.starts_with("http://") || label.starts_with("https://") { label.to_owned() } else { target.to_owned() }
}
