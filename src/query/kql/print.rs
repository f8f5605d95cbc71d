//! A tree written as KQL again, so that parsing it gives the same tree. Value lists come out as one comparison each.

use std::fmt::{self, Display as _, Write as _};

use super::ast::{Node, NodeKind};
use super::parse::is_special;
use crate::query::{Term, TermKind};
use crate::text::is_suspicious;

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            NodeKind::And(parts) => {
                joined(f, parts, " and ", |part| matches!(part.kind, NodeKind::And(_) | NodeKind::Or(_)))
            }
            NodeKind::Or(parts) => joined(f, parts, " or ", |part| matches!(part.kind, NodeKind::Or(_))),
            NodeKind::Not(part) => {
                f.write_str("not ")?;
                let brackets = matches!(part.kind, NodeKind::And(_) | NodeKind::Or(_) | NodeKind::Not(_));
                bracketed(f, part, brackets)
            }
            NodeKind::Is { field, value } if field.kind == TermKind::Null => value.fmt(f),
            NodeKind::Is { field, value } => write!(f, "{field}:{value}"),
            NodeKind::Range { field, op, value } => write!(f, "{field} {} {value}", op.symbol()),
            NodeKind::Nested { path, query } => write!(f, "{path}:{{ {query} }}"),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Node], with: &str, brackets: fn(&Node) -> bool) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(with)?;
        }
        bracketed(f, part, brackets(part))?;
    }
    Ok(())
}

fn bracketed(f: &mut fmt::Formatter<'_>, node: &Node, brackets: bool) -> fmt::Result {
    if brackets { write!(f, "({node})") } else { node.fmt(f) }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TermKind::Null => f.write_str("null"),
            TermKind::Bool(value) => write!(f, "{value}"),
            TermKind::Text { text, quoted: true } => quoted(f, text),
            TermKind::Text { text, quoted: false } => unquoted(f, std::slice::from_ref(text)),
            TermKind::Wildcard(pieces) => unquoted(f, pieces),
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            _ => plain(f, c)?,
        }
    }
    f.write_char('"')
}

/// `pieces` with a `*` between each two. What would end the literal early is escaped.
fn unquoted(f: &mut fmt::Formatter<'_>, pieces: &[String]) -> fmt::Result {
    if matches!(pieces, [text] if text.is_empty()) {
        // Something must stand there: a white space that the parser trims away.
        return f.write_str("\\t");
    }
    for (i, piece) in pieces.iter().enumerate() {
        if i > 0 {
            f.write_char('*')?;
        }
        let last = i + 1 == pieces.len();
        let mut before = None;
        for (at, c) in piece.char_indices() {
            if starts_keyword(before, &piece[at..], last) {
                write!(f, "\\u{:04x}", u32::from(c))?;
            } else if is_special(c) {
                write!(f, "\\{c}")?;
            } else {
                plain(f, c)?;
            }
            before = Some(c);
        }
    }
    Ok(())
}

fn plain(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    match c {
        '\t' => f.write_str("\\t"),
        '\r' => f.write_str("\\r"),
        '\n' => f.write_str("\\n"),
        // What nobody can see, or type again, is written so that both can be done.
        _ if is_suspicious(c.encode_utf8(&mut [0; 4])) => {
            c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(f, "\\u{unit:04x}"))
        }
        _ => f.write_char(c),
    }
}

/// Whether a parser would see a keyword at the start of `rest`, given the character before it. Other white space than
/// these two is written as an escape, which separates no keyword; past the end of the text a space may follow.
fn starts_keyword(before: Option<char>, rest: &str, last: bool) -> bool {
    let is_space = |c: char| matches!(c, ' ' | '\u{a0}');
    ["or", "and", "not"].into_iter().any(|word| {
        let starts = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let led = word == "not" || before.is_some_and(is_space);
        starts && led && rest[word.len()..].chars().next().map_or(last, is_space)
    })
}
