//! Finds the end of one bracketed JSON value: counts brackets, skips strings, builds nothing. Can stop and go on at any
//! byte, so a value that arrives in pieces is looked at once.

use memchr::memchr3;

use super::places::{ARRAYS, Envelope};
use crate::bytes::block::{Block, Lane, is};

/// Longest record, in bytes. CloudTrail's own limit is 256 KB.
pub const MAX_RECORD: usize = 16 << 20;

/// Most brackets open at once.
pub const MAX_DEPTH: usize = 512;

/// Bytes before a bracket that tell whether a value can begin there, and whether it is `Records`, at most.
const LOOKED_BACK: usize = 256;

/// What became of the value so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It goes on past the data.
    More,
    /// It ends before this position.
    Closed(usize),
    /// An array of records, or of what holds them, begins.
    Array(Elements),
    /// It is broken at this position.
    Broken(usize, Fault),
}

/// An array that begins inside a document and of which the elements are read one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Elements {
    /// Position after its `[`.
    pub(super) at: usize,
    /// Objects around it.
    pub(super) depth: usize,
    /// What its elements lie in; nothing for the `Records` of a delivery file.
    pub(super) envelope: Option<Envelope>,
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
    /// A scanner that stands inside `depth` objects already opened.
    pub(super) fn inside_objects(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    /// Goes on through `data`, which begins at the value's first byte each time. `document` says that the value stands
    /// at the top of the file: an array of records in it is reported, and a line that begins with `{` where a pretty-printer
    /// would not put one is taken for the next record.
    pub(super) fn advance(&mut self, data: &[u8], document: bool) -> Step {
        loop {
            let step = match self.brackets(data) {
                // Where only brackets matter, they are found many bytes at a time.
                Some((mut brackets, in_string)) => {
                    let start = self.pos;
                    let mut step = None;
                    while brackets != 0 && step.is_none() {
                        self.pos = start + brackets.trailing_zeros() as usize;
                        brackets &= brackets - 1;
                        step = self.bracket(data, document);
                    }
                    self.in_string = step.is_none() && in_string;
                    if step.is_none() {
                        self.pos = data.len().min(start + Block::SIZE);
                    }
                    step
                }
                None => self.step(data, document),
            };
            match step {
                Some(step) => return step,
                None if self.pos == data.len() => return Step::More,
                None => {}
            }
        }
    }

    /// Lets go of the beginning of the value, of which it has looked at all but the last few bytes, and answers how many
    /// bytes that were: `data` begins behind them from now on.
    pub(super) fn let_go(&mut self) -> usize {
        let gone = self.pos.saturating_sub(LOOKED_BACK);
        self.pos -= gone;
        gone
    }

    /// The brackets outside of strings in the block from here on, and whether it ends inside a string. `None` when
    /// there is something in it that must be looked at byte by byte.
    fn brackets(&self, data: &[u8]) -> Option<(u64, bool)> {
        if self.depth == 0 {
            return None;
        }
        let block = Block::at(data, self.pos, b' ');
        let quotes = block.mask(|lane| is(lane, b'"'));
        let strings = insides(quotes) ^ if self.in_string { u64::MAX } else { 0 };
        if block.any(|lane| is(lane, b'\\') | is(lane, b'\n')) {
            let (slashes, breaks) = (block.mask(|lane| is(lane, b'\\')), block.mask(|lane| is(lane, b'\n')));
            if slashes | breaks & strings != 0 {
                return None;
            }
        }
        // The two kinds of brackets differ in one bit.
        let brackets = block.mask(|lane| {
            let lane = lane | Lane::splat(0x20);
            is(lane, b'{') | is(lane, b'}')
        });
        Some((brackets & !strings, strings >> 63 == 1))
    }

    /// Goes on behind the next byte that matters.
    fn step(&mut self, data: &[u8], document: bool) -> Option<Step> {
        if self.in_string {
            let Some(found) = memchr3(b'"', b'\\', b'\n', &data[self.pos..]) else {
                self.pos = data.len();
                return None;
            };
            self.pos += found;
            match data[self.pos] {
                b'"' => {
                    self.pos += 1;
                    self.in_string = false;
                    return (self.depth == 0).then_some(Step::Closed(self.pos));
                }
                b'\\' if self.pos + 1 == data.len() => return Some(Step::More),
                b'\\' if data[self.pos + 1] != b'\n' => {
                    self.pos += 2;
                    return None;
                }
                _ => return Some(Step::Broken(self.pos, Fault::OpenString)),
            }
        }
        let Some(found) = data[self.pos..].iter().position(|b| matches!(b, b'"' | b'{' | b'}' | b'[' | b']')) else {
            self.pos = data.len();
            return None;
        };
        self.pos += found;
        if data[self.pos] == b'"' {
            self.in_string = true;
            self.pos += 1;
            return None;
        }
        self.bracket(data, document)
    }

    /// Takes in the bracket here, and goes on behind it.
    fn bracket(&mut self, data: &[u8], document: bool) -> Option<Step> {
        let at = self.pos;
        self.pos += 1;
        match data[at] {
            open @ (b'{' | b'[') => {
                if let Some(fault) = self.fault_of_opening(data, at, document) {
                    return Some(Step::Broken(at, fault));
                }
                let array = open == b'[';
                self.set_array(self.depth, array);
                self.depth += 1;
                if !(document && array && (self.depth == 2 || self.depth == 3)) {
                    return None;
                }
                let depth = self.depth - 1;
                let envelope = array_of_records(&data[..at], depth)?;
                Some(Step::Array(Elements { at: self.pos, depth, envelope }))
            }
            close => {
                if self.depth == 0 || self.is_array(self.depth - 1) != (close == b']') {
                    return Some(Step::Broken(at, Fault::Mismatch));
                }
                self.depth -= 1;
                (self.depth == 0).then_some(Step::Closed(self.pos))
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

/// The bytes inside strings, by the quotes around them: from each opening one on, up to its closing one.
fn insides(mut quotes: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        quotes ^= quotes << shift;
    }
    quotes
}

/// What lies in an array that opens behind `before`, by its key: nothing where that names no array of records.
fn array_of_records(before: &[u8], depth: usize) -> Option<Option<Envelope>> {
    let key = before.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end().strip_suffix(b"\"")?;
    let is = |name: &[u8]| {
        key.strip_suffix(name)
            .and_then(|before| before.strip_suffix(b"\""))
            .is_some_and(|before| !before.ends_with(b"\\"))
    };
    match depth {
        1 if is(b"Records") => Some(None),
        1 => ARRAYS.iter().find(|(name, _)| is(name)).map(|(_, envelope)| Some(*envelope)),
        // Elasticsearch has its hits in an object of the same name.
        _ => ARRAYS.iter().find(|(name, _)| *name == b"hits" && is(name)).map(|(_, envelope)| Some(*envelope)),
    }
}

/// Length of the JSON value at the beginning of `value`: a string, object or array by its end, anything else up to the
/// next `,` or closing bracket. `None` when it does not end.
pub(super) fn skip_value(value: &[u8]) -> Option<usize> {
    match value.first()? {
        b'"' | b'{' | b'[' => match Scanner::default().advance(value, false) {
            Step::Closed(end) => Some(end),
            _ => None,
        },
        _ => value.iter().position(|b| matches!(b, b',' | b'}' | b']')),
    }
}

/// The top-level members of an object: each key as written, and the bytes from its value on. Ends at the first place
/// that is not shaped like a member, so a cut object gives the members before the cut.
pub(super) struct Members<'a> {
    rest: &'a [u8],
}

impl<'a> Members<'a> {
    pub(super) fn of(object: &'a [u8]) -> Self {
        Self { rest: object.strip_prefix(b"{").unwrap_or_default() }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_ascii_start();
        self.rest = &[];
        let quoted = &rest[..skip_value(rest.starts_with(b"\"").then_some(rest)?)?];
        let key = &quoted[1..quoted.len() - 1];
        let value = rest[quoted.len()..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        if let Some(end) = skip_value(value) {
            self.rest = value[end..].trim_ascii_start().strip_prefix(b",").unwrap_or_default();
        }
        Some((key, value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the bytes come to one by one.
    fn one_by_one(data: &[u8], document: bool) -> (Step, usize) {
        let mut scanner = Scanner::default();
        loop {
            match scanner.step(data, document) {
                Some(step) => return (step, scanner.pos),
                None if scanner.pos == data.len() => return (Step::More, scanner.pos),
                None => {}
            }
        }
    }

    fn nearly_json() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\":",
            "\"Records\":[",
            "\"",
            "\\",
            "\\\"",
            "\n",
            "\n{",
            "é",
            "1",
            "\"a long text that fills a block of bytes or so, {[( brackets and all\"",
        ]);
        prop::collection::vec(piece, 0..40).prop_map(|pieces| format!("{{{}", pieces.concat()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn many_bytes_at_a_time_are_the_same_as_one_by_one(text in nearly_json(), document: bool, cut: prop::sample::Index) {
            let data = text.as_bytes();
            let mut scanner = Scanner::default();
            prop_assert_eq!((scanner.advance(data, document), scanner.pos), one_by_one(data, document));
            // Stopping on the way changes nothing.
            let mut scanner = Scanner::default();
            if scanner.advance(&data[..cut.index(data.len())], document) == Step::More {
                prop_assert_eq!(scanner.advance(data, document), one_by_one(data, document).0);
            }
        }
    }
}
