//! Rust source as far as the house test needs it: words, `::` and single characters, each with its line; comments,
//! strings and everything under `#[cfg(test)]` left out.

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// A word, `::`, or one character.
    pub(super) text: String,
    /// Line, from 1.
    pub(super) line: usize,
}

/// The tokens of `source` outside tests.
pub(super) fn outside_tests(source: &str) -> Vec<Token> {
    let tokens = tokens(source);
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            at = end_of_item(&tokens, at);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn is_test_attribute(tokens: &[Token]) -> bool {
    ["#", "[", "cfg", "(", "test", ")", "]"].iter().zip(tokens).filter(|(want, got)| **want == got.text).count() == 7
}

/// Where the item ends whose first attribute is at `at`: past its `}` or `;`.
fn end_of_item(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (n, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.text == "}" {
                    return n + 1;
                }
            }
            ";" if depth == 0 => return n + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The tokens of all of `source`.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let end = end_of_token(&chars, at);
        let text: String = chars[at..end].iter().collect();
        let word = chars[at].is_alphanumeric() || chars[at] == '_';
        if text == "::" || end == at + 1 && !chars[at].is_whitespace() || word && !text.contains(['"', '\'']) {
            found.push(Token { text, line });
        }
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    found
}

/// Past the comment, string, character, word or punctuation that begins at `at`.
fn end_of_token(chars: &[char], at: usize) -> usize {
    let next = |n: usize| chars.get(at + n).copied().unwrap_or('\0');
    match (chars[at], next(1)) {
        ('/', '/') => position(chars, at, |rest| rest[0] == '\n'),
        ('/', '*') => end_of_block_comment(chars, at),
        ('"', _) => end_of_string(chars, at + 1),
        ('b' | 'c', '"') => end_of_string(chars, at + 2),
        ('r', '"' | '#') => end_of_raw_string(chars, at + 1),
        ('b' | 'c', 'r') if matches!(next(2), '"' | '#') => end_of_raw_string(chars, at + 2),
        ('\'', '\\') => position(chars, at + 3, |rest| rest[0] == '\'') + 1,
        ('\'', _) if next(2) == '\'' => at + 3,
        (':', ':') => at + 2,
        (first, _) if first.is_alphanumeric() || first == '_' => {
            position(chars, at, |rest| !(rest[0].is_alphanumeric() || rest[0] == '_'))
        }
        _ => at + 1,
    }
}

fn position(chars: &[char], from: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|n| found(&chars[*n..])).unwrap_or(chars.len())
}

fn end_of_string(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn end_of_raw_string(chars: &[char], at: usize) -> usize {
    let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + hashes) != Some(&'"') {
        return at + hashes;
    }
    let closes =
        |rest: &[char]| rest[0] == '"' && rest[1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    (position(chars, at + hashes + 1, closes) + 1 + hashes).min(chars.len())
}

fn end_of_block_comment(chars: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut n = at;
    while n + 1 < chars.len() {
        match (chars[n], chars[n + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                n += 1;
                continue;
            }
        }
        n += 2;
        if depth == 0 {
            return n;
        }
    }
    chars.len()
}

#[test]
fn strings_comments_and_tests_are_left_out_and_lines_are_counted() {
    let source = "//! crate::a\nuse crate::b; /* crate::c /* x */ crate::d */\nlet s = \"crate::e \\\" crate::f\";\n\
                  let r = r#\"crate::g \" crate::h\"#; let c = '\"'; fn f<'a>(x: &'a str) {}\n\
                  #[cfg(test)]\nmod tests {\n  use crate::i;\n}\nuse crate::j;";
    let kept = outside_tests(source);
    let after: Vec<(&str, usize)> = kept
        .windows(3)
        .filter(|w| w[0].text == "crate" && w[1].text == "::")
        .map(|w| (w[2].text.as_str(), w[2].line))
        .collect();
    assert_eq!(after, [("b", 2), ("j", 9)]);
}
