//! Strings: `"…"` with escapes, and `"""…"""` as it stands.

use crate::diag::Span;

/// Why what starts here is no token.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bad {
    pub span: Span,
    pub message: String,
    pub help: &'static str,
}

impl Bad {
    pub(super) fn new(start: usize, end: usize, message: impl Into<String>, help: &'static str) -> Self {
        Self { span: Span::new(start, end), message: message.into(), help }
    }
}

const RAW: &str = "\"\"\"";

/// The string that starts with the quote at `start`, unescaped, and its length with its quotes.
pub(super) fn quoted(source: &str, start: usize) -> Result<(String, usize), Bad> {
    if source[start..].starts_with(RAW) { raw(source, start) } else { escaped(source, start) }
}

fn raw(source: &str, start: usize) -> Result<(String, usize), Bad> {
    let body = start + RAW.len();
    // Looks no further than the line, and only once: a text of nothing but quotes has many of these.
    let mut first = body;
    loop {
        let rest = &source[first..];
        match rest.find(['"', '\r', '\n']) {
            Some(at) if rest[at..].starts_with(RAW) => {
                first += at;
                break;
            }
            Some(at) if rest[at..].starts_with('"') => first += at + 1,
            _ => {
                const HELP: &str = "close the text with `\"\"\"` on the same line";
                return Err(Bad::new(start, body, "this `\"\"\"` is not closed on its line", HELP));
            }
        }
    }
    // The closing quotes are the last of a run; up to two before them belong to the text.
    let more = source[first + RAW.len()..].bytes().take(2).take_while(|b| *b == b'"').count();
    let end = first + more;
    Ok((source[body..end].to_owned(), end + RAW.len() - start))
}

fn escaped(source: &str, start: usize) -> Result<(String, usize), Bad> {
    let mut text = String::new();
    let mut at = start + 1;
    loop {
        let rest = &source[at..];
        let Some(stop) = rest.find(['"', '\\', '\r', '\n']) else { break };
        text.push_str(&rest[..stop]);
        at += stop;
        match rest.as_bytes()[stop] {
            b'"' => return Ok((text, at + 1 - start)),
            b'\\' => {
                let (c, len) = escape(source, at)?;
                text.push(c);
                at += len;
            }
            _ => break,
        }
    }
    Err(Bad::new(
        start,
        start + 1,
        "this `\"` is not closed on its line",
        "close the text with `\"`; write `\\\"` for a quote and `\\n` for a line break inside it",
    ))
}

/// What the escape at `at` stands for, and its length.
fn escape(source: &str, at: usize) -> Result<(char, usize), Bad> {
    let Some(c) = source[at + 1..].chars().next() else {
        return Err(Bad::new(at, at + 1, "the query ends in the middle of a text", "close the text with `\"`"));
    };
    let plain = match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '\\' | '"' | '\'' => c,
        'u' => return unicode(source, at),
        '\r' | '\n' => {
            return Err(Bad::new(at, at + 1, "a text does not go on in the next line", "write `\\n` for a line break"));
        }
        _ => {
            return Err(Bad::new(
                at,
                at + 1 + c.len_utf8(),
                format!("`\\{c}` is no escape"),
                "write `\\\\` for a backslash, or put the text in `\"\"\"…\"\"\"`, where nothing is escaped",
            ));
        }
    };
    Ok((plain, 2))
}

/// `\u{…}`, two to eight hexadecimal digits.
fn unicode(source: &str, at: usize) -> Result<(char, usize), Bad> {
    const HELP: &str = "write the number of a character with two to eight hexadecimal digits: `\\u{2013}`";
    let open = at + 2;
    // Nine tell that there are too many, and no text is searched to its end.
    let digits = source[open..].bytes().skip(1).take(9).take_while(u8::is_ascii_hexdigit).count();
    let end = open + 1 + digits;
    let is_whole = source[open..].starts_with('{') && source[end.min(source.len())..].starts_with('}');
    if !is_whole || !(2..=8).contains(&digits) {
        return Err(Bad::new(at, open, "this `\\u` is no character", HELP));
    }
    let number = u32::from_str_radix(&source[open + 1..end], 16).ok();
    match number.and_then(char::from_u32) {
        Some(c) => Ok((c, end + 1 - at)),
        None => Err(Bad::new(at, end + 1, format!("there is no character `{}`", &source[at..=end]), HELP)),
    }
}
