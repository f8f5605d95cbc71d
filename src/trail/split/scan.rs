//! Finds the end of one bracketed JSON value: counts brackets, skips strings, builds nothing. Can stop and go on at any
//! byte, so a value that arrives in pieces is looked at once.

use memchr::memchr3;

use super::MAX_DEPTH;

/// What became of the value so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It goes on past the data.
    More,
    /// It ends before this position.
    Closed(usize),
    /// The array of a top-level key `Records` begins: position after its `[`.
    Records(usize),
    /// It is broken at this position.
    Broken(usize, Fault),
}

/// How a value is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A line break inside a string.
    OpenString,
    /// A bracket that closes what another kind opened.
    Mismatch,
    /// A `{` or `[` where no value can begin.
    Misplaced,
    /// More than [`MAX_DEPTH`] brackets open.
    TooDeep,
}

/// Position inside one value, relative to its first byte.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanner {
    pos: usize,
    depth: usize,
    /// One bit for each open bracket, set when it is `[`.
    arrays: [u64; MAX_DEPTH / 64],
    in_string: bool,
}

impl Scanner {
    /// A scanner that stands inside an object already opened.
    pub(super) fn inside_object() -> Self {
        Self { depth: 1, ..Self::default() }
    }

    /// Goes on through `data`, which begins at the value's first byte each time. `document` says that the value stands
    /// at the top of the file: its `Records` array is reported, and a line that begins with `{` where a pretty-printer
    /// would not put one is taken for the next record.
    pub(super) fn advance(&mut self, data: &[u8], document: bool) -> Step {
        loop {
            if self.in_string {
                let Some(found) = memchr3(b'"', b'\\', b'\n', &data[self.pos..]) else {
                    self.pos = data.len();
                    return Step::More;
                };
                self.pos += found;
                match data[self.pos] {
                    b'"' => {
                        self.pos += 1;
                        self.in_string = false;
                        if self.depth == 0 {
                            return Step::Closed(self.pos);
                        }
                    }
                    b'\\' if self.pos + 1 == data.len() => return Step::More,
                    b'\\' if data[self.pos + 1] != b'\n' => {
                        self.pos += 2;
                        continue;
                    }
                    _ => return Step::Broken(self.pos, Fault::OpenString),
                }
            }
            let Some(found) = data[self.pos..].iter().position(|b| matches!(b, b'"' | b'{' | b'}' | b'[' | b']'))
            else {
                self.pos = data.len();
                return Step::More;
            };
            let at = self.pos + found;
            self.pos = at + 1;
            match data[at] {
                b'"' => self.in_string = true,
                open @ (b'{' | b'[') => {
                    if let Some(fault) = self.fault_of_opening(data, at, document) {
                        return Step::Broken(at, fault);
                    }
                    let array = open == b'[';
                    self.set_array(self.depth, array);
                    self.depth += 1;
                    if document && array && self.depth == 2 && follows_records_key(&data[..at]) {
                        return Step::Records(self.pos);
                    }
                }
                close => {
                    if self.depth == 0 || self.is_array(self.depth - 1) != (close == b']') {
                        return Step::Broken(at, Fault::Mismatch);
                    }
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Step::Closed(self.pos);
                    }
                }
            }
        }
    }

    fn fault_of_opening(&self, data: &[u8], at: usize, document: bool) -> Option<Fault> {
        if self.depth == 0 {
            return None;
        }
        if self.depth == MAX_DEPTH {
            return Some(Fault::TooDeep);
        }
        let before = data[..at].trim_ascii_end().last().copied();
        let placed = if self.is_array(self.depth - 1) {
            matches!(before, Some(b'[' | b','))
        } else {
            before == Some(b':') && !(document && data[at] == b'{' && data[at - 1] == b'\n')
        };
        (!placed).then_some(Fault::Misplaced)
    }

    fn is_array(&self, depth: usize) -> bool {
        self.arrays[depth / 64] >> (depth % 64) & 1 == 1
    }

    fn set_array(&mut self, depth: usize, array: bool) {
        let bit = 1 << (depth % 64);
        if array {
            self.arrays[depth / 64] |= bit;
        } else {
            self.arrays[depth / 64] &= !bit;
        }
    }
}

/// Whether `before`, which ends where an array opens, ends in the key `Records` and a colon.
fn follows_records_key(before: &[u8]) -> bool {
    let Some(before) = before.trim_ascii_end().strip_suffix(b":") else { return false };
    let Some(before) = before.trim_ascii_end().strip_suffix(br#""Records""#) else { return false };
    before.last() != Some(&b'\\')
}
