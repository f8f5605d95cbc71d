//! Text → tokens. What is no token ends the list: a query is wrong at its first wrong place, which the parser may reach
//! earlier.

use super::text::{self, Bad};
use crate::diag::Span;
use crate::text::is_suspicious;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub kind: Kind<'a>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'a> {
    /// A keyword or name.
    Word(&'a str),
    /// A word with a `~` right behind it, which is left out here.
    Tilde(&'a str),
    /// A name in backticks, without them.
    Name(String),
    /// A string, unescaped.
    Text(String),
    /// Digits.
    Integer(&'a str),
    /// Digits with a point or an exponent.
    Decimal(&'a str),
    Symbol(&'static str),
    Bad(Bad),
    End,
}

/// Words that are not names unless they stand in backticks.
const KEYWORDS: [&str; 19] = [
    "and", "any", "by", "false", "in", "join", "like", "maxspan", "not", "null", "of", "or", "regex", "sample",
    "sequence", "true", "until", "where", "with",
];

/// The longer of two that start alike comes first.
const SYMBOLS: [&str; 22] =
    ["![", "!=", "==", "<=", ">=", "<", ">", "=", ":", "+", "-", "*", "/", "%", ".", ",", "[", "]", "(", ")", "|", "?"];

pub(in crate::query::eql) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Whether `name` needs no backticks.
pub(in crate::query::eql) fn is_name(name: &str) -> bool {
    name.starts_with(starts_word) && name.bytes().skip(1).all(continues_word) && !is_keyword(name)
}

/// The tokens of `source`. The last is [`Kind::Bad`] or [`Kind::End`].
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        let token = match skip(source, at).and_then(|start| next(source, start)) {
            Ok(token) => token,
            Err(bad) => Token { span: bad.span, kind: Kind::Bad(bad) },
        };
        at = token.span.end;
        let last = matches!(token.kind, Kind::Bad(_) | Kind::End);
        tokens.push(token);
        if last {
            return tokens;
        }
    }
}

/// Where the next token starts, after blanks and comments.
fn skip(source: &str, mut at: usize) -> Result<usize, Bad> {
    loop {
        let rest = &source[at..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        if blanks > 0 {
            at += blanks;
        } else if rest.starts_with("//") {
            at += rest.find(['\r', '\n']).unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += comment_len(rest).ok_or_else(|| {
                Bad::new(at, at + 2, "this comment is never closed", "close it with `*/`, or start it with `//`")
            })?;
        } else {
            return Ok(at);
        }
    }
}

/// The length of the block comment that `text` starts with. Comments nest; where they do so unevenly, a `/*` inside is
/// mere text, and the comment ends at the last `*/`, which is how Elasticsearch's lexer, too, gets along.
fn comment_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at, mut last_close) = (0_usize, 0, None);
    while let Some(pair) = bytes.get(at..at + 2) {
        match pair {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
                last_close = Some(at);
            }
            _ => at += 1,
        }
    }
    last_close
}

fn next(source: &str, start: usize) -> Result<Token<'_>, Bad> {
    let rest = &source[start..];
    let token = |kind, len| Token { kind, span: Span::new(start, start + len) };
    let Some(first) = rest.chars().next() else { return Ok(token(Kind::End, 0)) };
    if starts_word(first) {
        let len = 1 + rest.bytes().skip(1).take_while(|b| continues_word(*b)).count();
        let word = &rest[..len];
        // Only a letter may start a word that has a `~`.
        return Ok(match first.is_ascii_alphabetic() && rest[len..].starts_with('~') {
            true => token(Kind::Tilde(word), len + 1),
            false => token(Kind::Word(word), len),
        });
    }
    if let Some((len, decimal)) = number(rest) {
        let digits = &rest[..len];
        return Ok(token(if decimal { Kind::Decimal(digits) } else { Kind::Integer(digits) }, len));
    }
    match first {
        '"' => text::quoted(source, start).map(|(text, len)| token(Kind::Text(text), len)),
        '`' => name(rest, start).map(|(name, len)| token(Kind::Name(name), len)),
        _ => match bad(rest) {
            Some((len, message, help)) => Err(Bad::new(start, start + len, message, help)),
            None => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => Ok(token(Kind::Symbol(symbol), symbol.len())),
                None => Err(stray(first, start)),
            },
        },
    }
}

fn starts_word(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '_' | '@')
}

fn continues_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// The length of the number that `text` starts with, and whether it has a point or an exponent. `5.` is one.
fn number(text: &str) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let mut len = digits(0);
    let mut decimal = false;
    if bytes.get(len) == Some(&b'.') && (len > 0 || digits(1) > 0) {
        len += 1 + digits(len + 1);
        decimal = true;
    }
    if len == 0 {
        return None;
    }
    if matches!(bytes.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
        let exponent = digits(len + 1 + sign);
        if exponent > 0 {
            len += 1 + sign + exponent;
            decimal = true;
        }
    }
    Some((len, decimal))
}

/// A name in backticks, in which two stand for one, and its length in `text`.
fn name(text: &str, start: usize) -> Result<(String, usize), Bad> {
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '`' {
            name.push(c);
        } else if chars.next_if(|(_, next)| *next == '`').is_some() {
            name.push('`');
        } else if name.is_empty() {
            break;
        } else {
            return Ok((name, at + 1));
        }
    }
    match name.is_empty() && text.starts_with("``") {
        true => {
            Err(Bad::new(start, start + 2, "the name between these backticks is empty", "put a field between them"))
        }
        false => Err(Bad::new(start, start + 1, "this backtick is never closed", "put one behind the name as well")),
    }
}

/// Operators of other languages, which the lexer would otherwise take apart.
fn bad(text: &str) -> Option<(usize, String, &'static str)> {
    const FOREIGN: [(&str, &str); 13] = [
        ("&&", "write `and`"),
        ("&", "write `and`"),
        ("||", "write `or`"),
        ("!=~", "write `not field : \"…\"`, which ignores case"),
        ("!~", "write `not field : \"…\"`, or `not field regex \"…\"`"),
        ("!:", "write `not field : \"…\"`"),
        ("==~", "write `field : \"…\"`, which ignores case"),
        ("===", "write `==`"),
        ("=~", "write `field : \"…\"`, which ignores case, or `field regex \"…\"`"),
        ("=>", "write `>=`"),
        ("=<", "write `<=`"),
        ("<>", "write `!=`"),
        (":=", "write `:` or `==`"),
    ];
    let (operator, help) = FOREIGN.into_iter().find(|(operator, _)| text.starts_with(operator))?;
    Some((operator.len(), format!("`{operator}` is no operator of EQL"), help))
}

/// What starts no token.
fn stray(c: char, at: usize) -> Bad {
    let unseen = is_suspicious(c.encode_utf8(&mut [0; 4]));
    let help = match c {
        '!' => "write `not` before a condition, and `![` without a space for an event that must be missing",
        '~' => "`~` stands right behind `in`, `like`, `regex` or the name of a function, without a space",
        ';' => "a query is one statement: leave the `;` out",
        '\\' => "a backslash stands in a text only: put the text in `\"…\"`, or in `\"\"\"…\"\"\"` as it is",
        '“' | '”' | '„' | '«' | '»' => "put text in plain double quotes: `\"…\"`",
        '‘' | '’' | '\'' => "put text in double quotes: `\"…\"`",
        '‐'..='―' | '−' => "write a plain `-`",
        _ if c.is_whitespace() => "replace it by a plain space",
        _ if unseen => "leave it out",
        _ => "put text in `\"…\"`, and a name of a field that has such a character in backticks",
    };
    let message = match c {
        '\'' => "text does not stand in single quotes".to_owned(),
        _ if c.is_whitespace() || c.is_control() => format!("U+{:04X} is no space of EQL", u32::from(c)),
        _ if unseen => format!("U+{:04X} means nothing here, and nobody sees it", u32::from(c)),
        _ => format!("`{c}` means nothing here"),
    };
    Bad::new(at, at + c.len_utf8(), message, help)
}
