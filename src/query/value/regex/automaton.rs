//! Expressions with `a&b` (both) and `~a` (not), which the `regex` crate has no words for: a table of states, as Lucene
//! makes one, and one step in it for each character.
//!
//! A state is what is still to come, which is itself an expression: the derivative of the one before by the character
//! between them (Brzozowski). `&` and `~` cost nothing more there. What is equal after simplification is one state.

use std::collections::HashMap;

use super::node::Node;

/// As in Elasticsearch (`max_determinized_states`).
const MOST_STATES: usize = 10_000;
/// Steps that making the table takes.
const MOST_STEPS: usize = 1_000_000;

/// An expression, by its place in [`Maker::terms`].
type Term = u32;

const NOTHING: Term = 0;
/// The empty text.
const EMPTY: Term = 1;
const EVERYTHING: Term = 2;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Shape {
    Nothing,
    Empty,
    /// One character of these symbols.
    One(Box<[usize]>),
    /// The first is no row.
    Row(Term, Term),
    Star(Term),
    /// In order, as all that follow.
    Any(Box<[Term]>),
    All(Box<[Term]>),
    Not(Term),
}

/// A prepared expression.
#[derive(Debug, Clone)]
pub(super) struct Automaton {
    alphabet: Alphabet,
    /// The next state, for each state and symbol.
    steps: Box<[u32]>,
    /// Whether a text may end in a state.
    ends: Box<[bool]>,
}

/// Characters that the expression does not tell apart are one symbol: where each begins, the first at zero.
#[derive(Debug, Clone)]
struct Alphabet(Box<[u32]>);

impl Alphabet {
    fn symbol(&self, c: char) -> usize {
        self.0.partition_point(|start| *start <= u32::from(c)) - 1
    }
}

impl Automaton {
    /// # Errors
    /// It takes too many states.
    pub(super) fn new(node: &Node, any_case: bool, most_bytes: usize) -> Result<Self, String> {
        let mut starts = vec![0];
        boundaries(node, any_case, &mut starts);
        starts.sort_unstable();
        starts.dedup();
        let mut maker = Maker::new(Alphabet(starts.into()), any_case);
        maker.table(node, most_bytes).ok_or_else(|| "the expression is too large".to_owned())
    }

    /// Whether the whole of `text` matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let symbols = self.alphabet.0.len();
        let end = text.chars().fold(0, |state, c| self.steps[state * symbols + self.alphabet.symbol(c)] as usize);
        self.ends[end]
    }
}

/// Where the characters begin that `node` tells from those before.
fn boundaries(node: &Node, any_case: bool, starts: &mut Vec<u32>) {
    match node {
        Node::Union(nodes) | Node::Row(nodes) | Node::Both(nodes) => {
            nodes.iter().for_each(|node| boundaries(node, any_case, starts));
        }
        Node::Not(node) | Node::Repeat(node, ..) => boundaries(node, any_case, starts),
        Node::Class(..) | Node::Char(_) => {
            for (from, to) in node.ranges(any_case).0 {
                starts.extend([u32::from(from), u32::from(to) + 1]);
            }
        }
        Node::AnyChar | Node::AnyText | Node::Nothing => {}
    }
}

struct Maker {
    alphabet: Alphabet,
    any_case: bool,
    terms: Vec<Shape>,
    /// Whether each matches the empty text.
    empty: Vec<bool>,
    known: HashMap<Shape, Term>,
    steps: usize,
}

impl Maker {
    fn new(alphabet: Alphabet, any_case: bool) -> Self {
        let (terms, empty, known) = (Vec::new(), Vec::new(), HashMap::new());
        let mut maker = Self { alphabet, any_case, terms, empty, known, steps: 0 };
        // In the order of the constants.
        for shape in [Shape::Nothing, Shape::Empty, Shape::Not(NOTHING)] {
            maker.term(shape);
        }
        maker
    }

    /// `None` where it grows too large.
    fn table(&mut self, node: &Node, most_bytes: usize) -> Option<Automaton> {
        let mut states = vec![self.read(node)?];
        let mut places = HashMap::from([(states[0], 0)]);
        let mut steps = Vec::new();
        let mut at = 0;
        while let Some(state) = states.get(at).copied() {
            for symbol in 0..self.alphabet.0.len() {
                let next = self.derived(state, symbol)?;
                let place = *places.entry(next).or_insert_with(|| {
                    states.push(next);
                    states.len() - 1
                });
                steps.push(u32::try_from(place).ok()?);
            }
            if states.len() > MOST_STATES || steps.len() * size_of::<u32>() > most_bytes {
                return None;
            }
            at += 1;
        }
        let ends = states.iter().map(|state| self.empty[*state as usize]).collect();
        Some(Automaton { alphabet: self.alphabet.clone(), steps: steps.into(), ends })
    }

    fn read(&mut self, node: &Node) -> Option<Term> {
        Some(match node {
            Node::Union(nodes) => {
                let terms = self.all(nodes)?;
                self.any_of(terms)
            }
            Node::Both(nodes) => {
                let terms = self.all(nodes)?;
                self.all_of(terms)
            }
            Node::Not(node) => {
                let term = self.read(node)?;
                self.not(term)
            }
            Node::Row(nodes) => {
                let terms = self.all(nodes)?;
                terms.into_iter().rev().try_fold(EMPTY, |rest, first| self.row(first, rest))?
            }
            Node::Repeat(node, least, most) => {
                let term = self.read(node)?;
                let rest = match most {
                    None => self.star(term),
                    Some(most) => (*least..*most).try_fold(EMPTY, |rest, _| {
                        let more = self.row(term, rest)?;
                        Some(self.any_of(vec![EMPTY, more]))
                    })?,
                };
                (0..*least).try_fold(rest, |rest, _| self.row(term, rest))?
            }
            Node::Class(..) | Node::Char(_) => {
                let (ranges, negated) = node.ranges(self.any_case);
                let holds =
                    |start: u32| ranges.iter().any(|(from, to)| (u32::from(*from)..=u32::from(*to)).contains(&start));
                let symbols = self.alphabet.0.iter().enumerate().filter(|(_, start)| holds(**start) != negated);
                let symbols: Box<[usize]> = symbols.map(|(symbol, _)| symbol).collect();
                if symbols.is_empty() { NOTHING } else { self.term(Shape::One(symbols)) }
            }
            Node::AnyChar => self.term(Shape::One((0..self.alphabet.0.len()).collect())),
            Node::AnyText => EVERYTHING,
            Node::Nothing => NOTHING,
        })
    }

    fn all(&mut self, nodes: &[Node]) -> Option<Vec<Term>> {
        nodes.iter().map(|node| self.read(node)).collect()
    }

    /// What may follow a character of `symbol` where `term` begins with it.
    fn derived(&mut self, mut term: Term, symbol: usize) -> Option<Term> {
        let mut found = Vec::new();
        loop {
            self.step()?;
            let (first, rest) = match &self.terms[term as usize] {
                Shape::Row(first, rest) => (*first, Some(*rest)),
                _ => (term, None),
            };
            let next = self.derived_part(first, symbol)?;
            found.push(match rest {
                Some(rest) => self.row(next, rest)?,
                None => next,
            });
            match rest {
                Some(rest) if self.empty[first as usize] => term = rest,
                _ => return Some(self.any_of(found)),
            }
        }
    }

    /// [`Self::derived`] of what is no row.
    fn derived_part(&mut self, term: Term, symbol: usize) -> Option<Term> {
        Some(match self.terms[term as usize].clone() {
            Shape::Nothing | Shape::Empty => NOTHING,
            Shape::One(symbols) if symbols.contains(&symbol) => EMPTY,
            Shape::One(_) => NOTHING,
            Shape::Row(..) => self.derived(term, symbol)?,
            Shape::Star(inner) => {
                let next = self.derived(inner, symbol)?;
                self.row(next, term)?
            }
            Shape::Any(parts) => {
                let parts = self.derived_parts(&parts, symbol)?;
                self.any_of(parts)
            }
            Shape::All(parts) => {
                let parts = self.derived_parts(&parts, symbol)?;
                self.all_of(parts)
            }
            Shape::Not(inner) => {
                let next = self.derived(inner, symbol)?;
                self.not(next)
            }
        })
    }

    fn derived_parts(&mut self, parts: &[Term], symbol: usize) -> Option<Vec<Term>> {
        parts.iter().map(|part| self.derived(*part, symbol)).collect()
    }

    /// `None` once there were too many.
    fn step(&mut self) -> Option<()> {
        self.steps += 1;
        (self.steps <= MOST_STEPS).then_some(())
    }

    fn row(&mut self, first: Term, rest: Term) -> Option<Term> {
        let mut firsts = Vec::new();
        let mut last = first;
        while let Shape::Row(first, rest) = self.terms[last as usize] {
            self.step()?;
            firsts.push(first);
            last = rest;
        }
        firsts.push(last);
        let mut row = rest;
        for first in firsts.into_iter().rev() {
            self.step()?;
            row = match (first, row) {
                (NOTHING, _) | (_, NOTHING) => NOTHING,
                (EMPTY, rest) => rest,
                (first, EMPTY) => first,
                (first, rest) => self.term(Shape::Row(first, rest)),
            };
        }
        Some(row)
    }

    fn star(&mut self, term: Term) -> Term {
        match self.terms[term as usize] {
            Shape::Nothing | Shape::Empty => EMPTY,
            Shape::Star(_) => term,
            Shape::One(ref symbols) if symbols.len() == self.alphabet.0.len() => EVERYTHING,
            _ => self.term(Shape::Star(term)),
        }
    }

    fn not(&mut self, term: Term) -> Term {
        match self.terms[term as usize] {
            Shape::Not(inner) => inner,
            _ => self.term(Shape::Not(term)),
        }
    }

    fn any_of(&mut self, terms: Vec<Term>) -> Term {
        let parts = |shape: &Shape| if let Shape::Any(parts) = shape { Some(parts.to_vec()) } else { None };
        self.joined(terms, parts, [EVERYTHING, NOTHING], Shape::Any)
    }

    fn all_of(&mut self, terms: Vec<Term>) -> Term {
        let parts = |shape: &Shape| if let Shape::All(parts) = shape { Some(parts.to_vec()) } else { None };
        self.joined(terms, parts, [NOTHING, EVERYTHING], Shape::All)
    }

    /// One term of several, of which one that is `decisive` is all there is, and one that is `idle` adds nothing.
    fn joined(
        &mut self,
        terms: Vec<Term>,
        parts: fn(&Shape) -> Option<Vec<Term>>,
        [decisive, idle]: [Term; 2],
        shape: fn(Box<[Term]>) -> Shape,
    ) -> Term {
        let mut flat: Vec<Term> = terms
            .into_iter()
            .flat_map(|term| parts(&self.terms[term as usize]).unwrap_or_else(|| vec![term]))
            .collect();
        flat.sort_unstable();
        flat.dedup();
        flat.retain(|term| *term != idle);
        match flat.as_slice() {
            _ if flat.contains(&decisive) => decisive,
            [] => idle,
            [only] => *only,
            _ => self.term(shape(flat.into())),
        }
    }

    fn term(&mut self, shape: Shape) -> Term {
        if let Some(known) = self.known.get(&shape) {
            return *known;
        }
        let is_empty = |term: &Term| self.empty[*term as usize];
        let empty = match &shape {
            Shape::Nothing | Shape::One(_) => false,
            Shape::Empty | Shape::Star(_) => true,
            Shape::Row(first, rest) => is_empty(first) && is_empty(rest),
            Shape::Any(parts) => parts.iter().any(is_empty),
            Shape::All(parts) => parts.iter().all(is_empty),
            Shape::Not(inner) => !is_empty(inner),
        };
        // Each is made in a step, of which there are not so many.
        let term = Term::try_from(self.terms.len()).unwrap_or(Term::MAX);
        self.terms.push(shape.clone());
        self.empty.push(empty);
        self.known.insert(shape, term);
        term
    }
}
