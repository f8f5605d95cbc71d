//! Parses Markdown into the few kinds of block that a checklist is made of.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::prepare::{MARK, Prepared};
use crate::rule::Pivot;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bold {
    /// Not bold from its start.
    No,
    /// Opens with bold text and goes on.
    Lead,
    Whole,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prose {
    pub(super) text: String,
    pub(super) bold: Bold,
    pub(super) pivots: Vec<Pivot>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    Heading {
        level: usize,
        text: String,
    },
    Prose(Prose),
    Code(String),
    /// One line of text per row, each cell led by its column's heading.
    Table(Vec<String>),
    /// The blocks of each item.
    List(Vec<Vec<Self>>),
}

/// Lists nested deeper become text of the deepest.
const DEEPEST: usize = 40;

pub(super) fn read(prepared: &Prepared) -> Vec<Block> {
    let mut reader = Reader { pivots: &prepared.pivots, ..Reader::default() };
    for event in Parser::new_ext(&prepared.text, Options::ENABLE_TABLES) {
        reader.event(event);
    }
    reader.finish()
}

#[derive(Default)]
struct Reader<'a> {
    pivots: &'a [Pivot],
    done: Vec<Block>,
    /// Open lists, outermost first: their finished items and the blocks of the current one.
    lists: Vec<(Vec<Vec<Block>>, Vec<Block>)>,
    /// Lists too deep to open, and lists inside quotes.
    ignored_lists: usize,
    quotes: usize,
    line: Line,
    links: Vec<(usize, String)>,
    code: bool,
    table: Option<Table>,
}

#[derive(Default)]
struct Line {
    text: String,
    strong: usize,
    /// The bold text being read began the line.
    opening: bool,
    /// End of the bold text that opened the line.
    lead: Option<usize>,
}

#[derive(Default)]
struct Table {
    columns: Vec<String>,
    row: Vec<String>,
    rows: Vec<Vec<String>>,
    head: bool,
}

impl Table {
    fn into_rows(self) -> Vec<String> {
        let filled = |at: usize| self.rows.iter().any(|row| row.get(at).is_some_and(|cell| !cell.is_empty()));
        // A column without a value would lose its heading, so the headings get a row of their own.
        let lost = self.columns.iter().enumerate().any(|(at, name)| !name.is_empty() && !filled(at));
        let head = lost.then(|| self.columns.iter().filter(|name| !name.is_empty()).cloned().collect::<Vec<_>>());
        let rows = self.rows.iter().map(|row| {
            let named = row.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
            let named = named.map(|(at, cell)| match self.columns.get(at).filter(|name| !name.is_empty()) {
                Some(name) => format!("{name}: {cell}"),
                None => cell.clone(),
            });
            named.collect()
        });
        head.into_iter().chain(rows).map(|cells: Vec<String>| cells.join("; ")).filter(|row| !row.is_empty()).collect()
    }
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::Html(text) => self.line.text.push_str(&text),
            Event::InlineHtml(tag) => match tag.to_ascii_lowercase().as_str() {
                "<br>" | "<br/>" | "<br />" => self.line.text.push(' '),
                comment if comment.starts_with("<!--") => {}
                // Mostly a placeholder: `--user-name <user>`.
                _ => self.line.text.push_str(&tag),
            },
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.line.text.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => self.line.text.push(' '),
            Event::Rule => self.flush(),
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            // A quote becomes one text, whatever it holds.
            Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::CodeBlock(_)
            | Tag::HtmlBlock
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
                if self.quotes > 0 =>
            {
                self.space();
            }
            Tag::Strong => {
                self.line.opening |= self.line.strong == 0 && self.line.text.trim().is_empty();
                self.line.strong += 1;
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((self.line.text.len(), dest_url.into_string()));
            }
            Tag::Emphasis | Tag::Strikethrough | Tag::Superscript | Tag::Subscript => {}
            Tag::List(_) => {
                self.flush();
                if self.lists.len() < DEEPEST && self.quotes == 0 {
                    self.lists.push((Vec::new(), Vec::new()));
                } else {
                    self.ignored_lists += 1;
                }
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::CodeBlock(_) => {
                self.flush();
                self.code = true;
            }
            Tag::Table(_) => {
                self.flush();
                self.table = Some(Table::default());
            }
            Tag::TableHead => {
                if let Some(table) = &mut self.table {
                    table.head = true;
                }
            }
            Tag::Item if self.ignored_lists > 0 => self.space(),
            Tag::TableRow | Tag::TableCell => {}
            _ => self.flush(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => {
                self.line.strong = self.line.strong.saturating_sub(1);
                if self.line.strong == 0 && std::mem::take(&mut self.line.opening) && self.line.lead.is_none() {
                    self.line.lead = Some(self.line.text.len());
                }
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::BlockQuote(_) => {
                self.quotes = self.quotes.saturating_sub(1);
                if self.quotes == 0 {
                    self.flush();
                }
            }
            TagEnd::List(_) if self.ignored_lists > 0 => self.ignored_lists -= 1,
            _ if self.quotes > 0 => {}
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::CodeBlock => {
                self.code = false;
                let text = std::mem::take(&mut self.line).text.trim_end().to_owned();
                if !text.is_empty() {
                    self.add(Block::Code(text));
                }
            }
            TagEnd::List(_) => {
                self.flush();
                if let Some((items, _)) = self.lists.pop() {
                    self.add(Block::List(items));
                }
            }
            TagEnd::Item if self.ignored_lists == 0 => {
                self.flush();
                if let Some((items, item)) = self.lists.last_mut() {
                    items.push(std::mem::take(item));
                }
            }
            TagEnd::TableCell => self.end_cell(),
            TagEnd::TableHead | TagEnd::TableRow => self.end_row(),
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.add(Block::Table(table.into_rows()));
                }
            }
            TagEnd::HtmlBlock => {
                self.line.text = without_comments(&self.line.text);
                self.flush();
            }
            TagEnd::Paragraph => self.flush(),
            _ => {}
        }
    }

    fn space(&mut self) {
        if !self.line.text.is_empty() {
            self.line.text.push(' ');
        }
    }

    fn end_link(&mut self) {
        let Some((from, url)) = self.links.pop() else { return };
        let label = self.line.text.get(from..).unwrap_or_default().trim();
        // Links within the page are useless in a terminal.
        if !url.is_empty() && !url.starts_with('#') && label != url {
            let gap = if label.is_empty() { "" } else { " " };
            self.line.text.push_str(&format!("{gap}({url})"));
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let text = collapse(&std::mem::take(&mut self.line).text);
        if !text.is_empty() {
            self.add(Block::Heading { level: level as usize, text });
        }
    }

    fn end_cell(&mut self) {
        let text = collapse(&std::mem::take(&mut self.line).text);
        if let Some(table) = &mut self.table {
            if table.head { table.columns.push(text) } else { table.row.push(text) }
        }
    }

    fn end_row(&mut self) {
        let Some(table) = &mut self.table else { return };
        if std::mem::take(&mut table.head) {
            return;
        }
        table.rows.push(std::mem::take(&mut table.row));
    }

    fn flush(&mut self) {
        if self.code || self.table.is_some() || self.quotes > 0 {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let bold = match line.lead.and_then(|end| line.text.get(end..)) {
            None => Bold::No,
            Some(rest) if rest.trim_matches([' ', ':', '.']).is_empty() => Bold::Whole,
            Some(_) => Bold::Lead,
        };
        let (text, pivots) = self.resolve(&collapse(&line.text));
        if !text.is_empty() || !pivots.is_empty() {
            self.add(Block::Prose(Prose { text, bold, pivots }));
        }
    }

    /// Puts the pivots' labels into the text; a text that is only a pivot becomes empty.
    fn resolve(&self, text: &str) -> (String, Vec<Pivot>) {
        let mut pivots = Vec::new();
        let mut parts: Vec<&str> = Vec::new();
        for (i, part) in text.split(MARK).enumerate() {
            match part.parse::<usize>().ok().filter(|_| i % 2 == 1).and_then(|n| self.pivots.get(n)) {
                Some(pivot) => {
                    pivots.push(pivot.clone());
                    parts.push(&pivot.label);
                }
                None => parts.push(part),
            }
        }
        let alone = pivots.len() == 1 && text.starts_with(MARK) && text.ends_with(MARK);
        (if alone { String::new() } else { collapse(&parts.concat()) }, pivots)
    }

    fn add(&mut self, block: Block) {
        match self.lists.last_mut() {
            Some((_, item)) => item.push(block),
            None => self.done.push(block),
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.flush();
        self.done
    }
}

fn without_comments(html: &str) -> String {
    let (mut out, mut rest) = (String::new(), html);
    while let Some((before, comment)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    out + rest
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
