//! Sequences and samples: their items, keys and limits.

use super::lex::{Kind, is_keyword};
use super::{Parsed, Parser};
use crate::diag::Span;
use crate::query::eql::ast::{Field, Item, Sample, Sequence};
use crate::query::eql::error::SyntaxError;

/// Units of time, in milliseconds.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// As in Elasticsearch.
const MOST_RUNS: u32 = 100;
const MOST_OF_A_SAMPLE: usize = 5;

impl Parser<'_> {
    pub(super) fn sequence(&mut self) -> Parsed<Sequence> {
        let word = self.span();
        self.at += 1;
        let keys = self.keys()?;
        let maxspan = self.maxspan()?;
        if self.is_word("by") {
            return self.wrong("`by` stands before `with`", "write `sequence by … with maxspan=…`");
        }
        let mut items = Vec::new();
        while self.is("[") || self.is("![") {
            items.push(self.item()?);
        }
        let until = if self.eat_word("until") { Some(self.until()?) } else { None };
        self.is_enough(&items, word, "sequence")?;
        self.same_keys(items.iter().chain(&until))?;
        let missing = items.iter().find(|item| item.missing);
        if let Some(item) = missing.filter(|_| maxspan.is_none()) {
            let help = "say how long it must be missing: `sequence with maxspan=5m`";
            return Err(self.error(item.span, "an event can only be missing within a span", help));
        }
        if items.iter().all(|item| item.missing) {
            let help = "add an event that must be there: `[process where …]`";
            return Err(self.error(word, "nothing but missing events makes no sequence", help));
        }
        Ok(Sequence { keys, maxspan, items, until })
    }

    pub(super) fn sample(&mut self) -> Parsed<Sample> {
        let word = self.span();
        self.at += 1;
        let keys = self.keys()?;
        if self.is_word("with") {
            return self.wrong("a sample has no span", "leave `with maxspan=…` out, or write `sequence`");
        }
        let mut items: Vec<Item> = Vec::new();
        while self.is("[") || self.is("![") {
            if self.is("![") {
                return self.wrong("no event of a sample can be missing", "write `[`, or `sequence`");
            }
            items.push(self.item()?);
        }
        if self.is_word("until") {
            return self.wrong("a sample has no `until`", "leave it out, or write `sequence`");
        }
        if let Some(item) = items.iter().find(|item| item.runs > 1) {
            return Err(self.error(item.span, "an event of a sample has no runs", "leave `with runs=…` out"));
        }
        if let Some(item) = items.get(MOST_OF_A_SAMPLE) {
            let message = format!("a sample has at most {MOST_OF_A_SAMPLE} events");
            return Err(self.error(item.span, message, "leave some out, or join two conditions with `or`"));
        }
        self.is_enough(&items, word, "sample")?;
        self.same_keys(items.iter())?;
        if keys.is_empty() && items.iter().all(|item| item.keys.is_empty()) {
            let help = "write `sample by host.id [process where …] [network where …]`, or `by` behind each `[…]`";
            return Err(self.error(word, "a sample needs a field whose values its events share", help));
        }
        Ok(Sample { keys, items })
    }

    /// `by field, field`, or none.
    fn keys(&mut self) -> Parsed<Vec<Field>> {
        let mut keys = Vec::new();
        if !self.eat_word("by") {
            return Ok(keys);
        }
        loop {
            keys.push(self.key()?);
            if !self.eat(",") {
                return Ok(keys);
            }
        }
    }

    fn key(&mut self) -> Parsed<Field> {
        const HELP: &str = "events are joined by the values of fields: `by user.id, host.id`";
        let is_field = match self.peek() {
            Kind::Word(word) => !is_keyword(word),
            Kind::Name(_) | Kind::Symbol("?") => true,
            _ => false,
        };
        if !is_field {
            return self.expected("a field after `by`", HELP);
        }
        let key = self.field()?;
        match self.peek() {
            Kind::Symbol("," | "[" | "![" | "|") | Kind::Word(_) | Kind::End | Kind::Bad(_) => Ok(key),
            _ => self.expected("`,` or `[` after a key", HELP),
        }
    }

    /// `with maxspan=5m`, in milliseconds, or none.
    fn maxspan(&mut self) -> Parsed<Option<u64>> {
        const HELP: &str = "write `with maxspan=5m`; units are ms, s, m, h and d";
        if !self.eat_word("with") {
            return Ok(None);
        }
        if !self.eat_word("maxspan") {
            return self.expected("`maxspan` after `with`", HELP);
        }
        if !self.eat("=") {
            return self.expected("`=` after `maxspan`", HELP);
        }
        let start = self.span().start;
        let digits = match *self.peek() {
            Kind::Integer(digits) => digits,
            Kind::Decimal(_) => {
                return self.wrong("a span is a whole number", "write it in a smaller unit: `90m`, not `1.5h`");
            }
            _ => return self.expected("a number after `maxspan=`", HELP),
        };
        let amount = self.number(digits, u64::MAX)?;
        if amount == 0 {
            return Err(self.error(Span::new(start, self.end()), "a span of nothing holds no sequence", HELP));
        }
        let unit = match *self.peek() {
            Kind::Word(word) => UNITS.iter().find(|(name, _)| *name == word).map(|(_, unit)| *unit),
            _ => {
                return self.expected(
                    "a unit of time",
                    format!("write `maxspan={amount}s` for seconds; others are ms, m, h and d"),
                );
            }
        };
        let Some(unit) = unit else {
            return self.expected("a unit of time", HELP);
        };
        self.at += 1;
        // What Elasticsearch counts in is signed.
        match amount.checked_mul(unit).filter(|span| i64::try_from(*span).is_ok()) {
            Some(span) => Ok(Some(span)),
            None => Err(self.error(Span::new(start, self.end()), "this span is too long", "write a smaller number")),
        }
    }

    /// `[category where condition] by … with runs=…`, or `![…]`.
    fn item(&mut self) -> Parsed<Item> {
        let start = self.span().start;
        let missing = self.is("![");
        self.at += 1;
        let query = self.event()?;
        if !self.eat("]") {
            let help = match self.peek() {
                Kind::End => "close the bracket with a `]`".to_owned(),
                _ => self.left_over(),
            };
            return self.expected("`]`, `and` or `or`", help);
        }
        let keys = self.keys()?;
        let runs = self.runs()?;
        if matches!(self.peek(), Kind::Word("fork")) {
            return self.wrong("`fork` is not supported", "leave it out");
        }
        if self.is_word("by") {
            return self.wrong("`by` stands before `with`", "write `[…] by … with runs=…`");
        }
        Ok(Item { query, keys, runs, missing, span: Span::new(start, self.end()) })
    }

    /// `with runs=3`, or 1.
    fn runs(&mut self) -> Parsed<u32> {
        const HELP: &str = "write `[…] with runs=3` for three such events in a row";
        if !self.eat_word("with") {
            return Ok(1);
        }
        match self.peek() {
            Kind::Word("runs") => self.at += 1,
            Kind::Word("maxspan") => {
                return self
                    .wrong("`maxspan` is for all of a sequence", "write `sequence with maxspan=…` at its start");
            }
            _ => return self.expected("`runs` after `with`", HELP),
        }
        if !self.eat("=") {
            return self.expected("`=` after `runs`", HELP);
        }
        let Kind::Integer(digits) = *self.peek() else {
            return self.expected("a whole number after `runs=`", HELP);
        };
        match digits.parse().ok().filter(|runs| (1..=MOST_RUNS).contains(runs)) {
            Some(runs) => {
                self.at += 1;
                Ok(runs)
            }
            None => self.wrong(format!("an event runs from 1 to {MOST_RUNS} times"), "write a number between these"),
        }
    }

    fn until(&mut self) -> Parsed<Item> {
        if self.is("![") {
            return self.wrong("what ends a sequence cannot be missing", "write `until [`");
        }
        if !self.is("[") {
            return self.expected("`[` after `until`", "write `until [process where …]`");
        }
        let item = self.item()?;
        if item.runs > 1 {
            return Err(self.error(item.span, "what ends a sequence has no runs", "leave `with runs=…` out"));
        }
        Ok(item)
    }

    fn is_enough(&self, items: &[Item], word: Span, name: &str) -> Parsed<()> {
        let events = items.iter().map(|item| u64::from(item.runs)).sum::<u64>();
        if events >= 2 {
            return Ok(());
        }
        let message = format!("a {name} has at least two events");
        match self.peek() {
            // All is said: what there is, is too little.
            Kind::End | Kind::Symbol("|") => {
                Err(self.error(word, message, "add another: `[process where …]`, or write `any where …` for one event"))
            }
            _ => self.expected("`[`", self.no_item()),
        }
    }

    /// Whether all items have as many keys as the first.
    fn same_keys<'i>(&self, mut items: impl Iterator<Item = &'i Item>) -> Result<(), SyntaxError> {
        let Some(first) = items.next() else { return Ok(()) };
        let wanted = first.keys.len();
        match items.find(|item| item.keys.len() != wanted) {
            None => Ok(()),
            Some(item) => {
                let message = format!("each event needs as many keys as the first: {wanted}, not {}", item.keys.len());
                Err(self.error(item.span, message, "write `by` and the same number of fields behind each `[…]`"))
            }
        }
    }
}
