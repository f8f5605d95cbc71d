//! The tree of an expression.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// `a|b`
    Union(Vec<Node>),
    /// `a&b`
    Both(Vec<Node>),
    /// `~a`
    Not(Box<Node>),
    /// One after another; none is the empty text.
    Row(Vec<Node>),
    /// At least so often, and at most.
    Repeat(Box<Node>, u32, Option<u32>),
    /// `[…]`, or `[^…]`.
    Class(Vec<Class>, bool),
    Char(char),
    /// `.`
    AnyChar,
    /// `@`
    AnyText,
    /// `#`
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Char(char),
    Range(char, char),
}

impl Node {
    /// Whether it holds `&` or `~`.
    pub(super) fn is_logical(&self) -> bool {
        match self {
            Self::Both(_) | Self::Not(_) => true,
            Self::Union(nodes) | Self::Row(nodes) => nodes.iter().any(Self::is_logical),
            Self::Repeat(node, ..) => node.is_logical(),
            Self::Class(..) | Self::Char(_) | Self::AnyChar | Self::AnyText | Self::Nothing => false,
        }
    }

    pub(super) fn of(mut nodes: Vec<Self>, many: fn(Vec<Self>) -> Self) -> Self {
        match nodes.len() {
            1 => nodes.remove(0),
            _ => many(nodes),
        }
    }

    /// The characters that a class, or a character, stands for, and whether all others are meant.
    pub(super) fn ranges(&self, any_case: bool) -> (Vec<(char, char)>, bool) {
        let (classes, negated) = match self {
            Self::Class(classes, negated) => (classes.as_slice(), *negated),
            Self::Char(c) => (&[Class::Char(*c)][..], false),
            _ => (&[][..], false),
        };
        let mut ranges = Vec::new();
        for class in classes {
            match *class {
                Class::Char(c) => {
                    ranges.push((c, c));
                    if any_case {
                        ranges.extend(
                            single(c.to_lowercase()).into_iter().chain(single(c.to_uppercase())).map(|c| (c, c)),
                        );
                    }
                }
                Class::Range(from, to) => ranges.push((from, to)),
            }
        }
        (ranges, negated)
    }
}

/// The other case of a letter, where that is one character: `ß` stays alone.
fn single(mut case: impl Iterator<Item = char>) -> Option<char> {
    case.next().filter(|_| case.next().is_none())
}
