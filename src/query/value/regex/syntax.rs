//! The syntax of Lucene's `RegExp`, all optional operators on.

use super::interval::interval;
use super::node::{Class, Node};

/// Groups within one another.
const MAX_DEPTH: usize = 100;
/// As in Elasticsearch (`index.max_regex_length`).
const LONGEST: usize = 1_000;

/// # Errors
/// Says what is wrong.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    if text.len() > LONGEST {
        return Err(format!("the expression is longer than {LONGEST} bytes"));
    }
    if text.is_empty() {
        return Ok(Node::Row(Vec::new()));
    }
    let mut parser = Parser { rest: text, depth: 0 };
    let node = parser.union()?;
    match parser.rest.chars().next() {
        None => Ok(node),
        Some(c) => Err(format!("`{c}` closes nothing; write `\\{c}` for the character")),
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn union(&mut self) -> Result<Node, String> {
        self.list('|', Self::both, Node::Union)
    }

    fn both(&mut self) -> Result<Node, String> {
        self.list('&', Self::row, Node::Both)
    }

    fn list(
        &mut self,
        between: char,
        part: fn(&mut Self) -> Result<Node, String>,
        many: fn(Vec<Node>) -> Node,
    ) -> Result<Node, String> {
        let mut nodes = vec![part(self)?];
        while self.eat(between) {
            nodes.push(part(self)?);
        }
        Ok(Node::of(nodes, many))
    }

    /// What it begins with is a part of it whatever it is: `a||b` is `a` or `|b`.
    fn row(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.repeated()?];
        while !self.rest.is_empty() && !self.rest.starts_with(['|', '&', ')']) {
            nodes.push(self.repeated()?);
        }
        Ok(Node::of(nodes, Node::Row))
    }

    fn repeated(&mut self) -> Result<Node, String> {
        let mut node = self.negated()?;
        let mut levels = 0;
        loop {
            let (least, most) = match self.rest.chars().next() {
                Some('?') => (0, Some(1)),
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('{') => {
                    let (inside, rest) = self.rest[1..].split_once('}').ok_or("a `{` is not closed")?;
                    self.rest = rest;
                    node = Self::times(node, inside)?;
                    continue;
                }
                _ => return Ok(node),
            };
            self.rest = &self.rest[1..];
            levels += 1;
            if levels > MAX_DEPTH {
                return Err("the expression nests too deep".to_owned());
            }
            node = Node::Repeat(Box::new(node), least, most);
        }
    }

    fn times(node: Node, inside: &str) -> Result<Node, String> {
        let bad = || format!("`{{{inside}}}` does not say how often; write such as {{2}}, {{2,}} or {{2,5}}");
        let number = |text: &str| text.parse::<u32>().map_err(|_| bad());
        let (least, most) = match inside.split_once(',') {
            None => (number(inside)?, Some(number(inside)?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        if most.is_some_and(|most| most < least) {
            return Err(bad());
        }
        Ok(Node::Repeat(Box::new(node), least, most))
    }

    fn negated(&mut self) -> Result<Node, String> {
        let mut negations = 0;
        while self.eat('~') {
            negations += 1;
        }
        let node = self.simple()?;
        Ok(if negations % 2 == 1 { Node::Not(Box::new(node)) } else { node })
    }

    fn simple(&mut self) -> Result<Node, String> {
        let Some(c) = self.next() else { return Err("the expression ends too early".to_owned()) };
        Ok(match c {
            '.' => Node::AnyChar,
            '@' => Node::AnyText,
            '#' => Node::Nothing,
            '[' => self.class()?,
            '(' if self.eat(')') => Node::Row(Vec::new()),
            '(' => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err("the expression nests too deep".to_owned());
                }
                let node = self.union()?;
                self.depth -= 1;
                if !self.eat(')') {
                    return Err("a `(` is not closed".to_owned());
                }
                node
            }
            '"' => {
                let (inside, rest) = self.rest.split_once('"').ok_or("a `\"` is not closed")?;
                self.rest = rest;
                Node::of(inside.chars().map(Node::Char).collect(), Node::Row)
            }
            '<' => {
                let (inside, rest) =
                    self.rest.split_once('>').ok_or("a `<` is not closed; write `\\<` for the character")?;
                self.rest = rest;
                interval(inside)?
            }
            '\\' => match self.escaped()? {
                Escaped::Char(c) => Node::Char(c),
                Escaped::Classes(classes) => Node::Class(classes.to_vec(), false),
                Escaped::NoneOf(classes) => Node::Class(classes.to_vec(), true),
            },
            c => Node::Char(c),
        })
    }

    fn class(&mut self) -> Result<Node, String> {
        let negated = self.eat('^');
        let mut classes = Vec::new();
        loop {
            let from = match self.next() {
                None => return Err("a `[` is not closed".to_owned()),
                Some(']') if !classes.is_empty() => return Ok(Node::Class(classes, negated)),
                Some(']') => return Err("`[]` is empty; write `\\]` for the character".to_owned()),
                // No range begins with it.
                Some('\\') => {
                    match self.escaped()? {
                        Escaped::Char(c) => classes.push(Class::Char(c)),
                        Escaped::Classes(all) => classes.extend_from_slice(all),
                        Escaped::NoneOf(all) => classes.extend(complement(all)),
                    }
                    continue;
                }
                Some(c) => c,
            };
            if !self.eat('-') {
                classes.push(Class::Char(from));
                continue;
            }
            self.eat('\\');
            let to = self.next().ok_or("a `[` is not closed")?;
            if to < from {
                return Err(format!("the range `{from}-{to}` runs backwards; write `\\-` for the character"));
            }
            classes.push(Class::Range(from, to));
        }
    }

    /// What stands after a backslash.
    fn escaped(&mut self) -> Result<Escaped, String> {
        Ok(match self.next() {
            None => return Err("nothing follows the last `\\`".to_owned()),
            Some('d') => Escaped::Classes(DIGITS),
            Some('D') => Escaped::NoneOf(DIGITS),
            Some('w') => Escaped::Classes(WORDS),
            Some('W') => Escaped::NoneOf(WORDS),
            Some('s') => Escaped::Classes(SPACES),
            Some('S') => Escaped::NoneOf(SPACES),
            Some(c) if c.is_ascii_alphabetic() => {
                return Err(format!("`\\{c}` stands for nothing; write `{c}`, or one of \\d \\D \\s \\S \\w \\W"));
            }
            Some(c) => Escaped::Char(c),
        })
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

enum Escaped {
    Char(char),
    Classes(&'static [Class]),
    NoneOf(&'static [Class]),
}

const DIGITS: &[Class] = &[Class::Range('0', '9')];
const WORDS: &[Class] = &[Class::Range('0', '9'), Class::Range('A', 'Z'), Class::Char('_'), Class::Range('a', 'z')];
const SPACES: &[Class] = &[Class::Char('\t'), Class::Char('\n'), Class::Char('\r'), Class::Char(' ')];

/// All characters but for `classes`, which are in order.
fn complement(classes: &[Class]) -> Vec<Class> {
    let mut from = 0;
    let mut rest = Vec::new();
    let mut push = |from: u32, to: u32| {
        if let (Some(from), Some(to)) = (char::from_u32(from), char::from_u32(to)) {
            rest.push(Class::Range(from, to));
        }
    };
    for class in classes {
        let (first, last) = match *class {
            Class::Char(c) => (u32::from(c), u32::from(c)),
            Class::Range(first, last) => (u32::from(first), u32::from(last)),
        };
        if first > from {
            push(from, first - 1);
        }
        from = last + 1;
    }
    push(from, u32::from(char::MAX));
    rest
}
