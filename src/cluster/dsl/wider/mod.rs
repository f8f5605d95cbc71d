//! What at least one of some queries may match, as a server can be asked for it: at least every document that our own
//! evaluation matches, whatever the indices make of its fields. Too wide costs time, too narrow loses alerts.
//!
//! - **What is read as something else.** A document that came mapped is evaluated as it stands in `_source`. One that did
//!   not (a record in `message` or `event.original`, or at the top) is mapped here, so it may have any field while the
//!   server knows none. All of them lack the [`mark`](Schema::mark) or have one of the
//!   [`record marks`](Schema::record_marks): these are candidates of every query, and of the others nothing is made
//!   that the server could not know. One case is left: raw records with a mapped mark beside them, in an index that does
//!   not map their names.
//! - **What is not indexed**, though it stands in `_source`: fields that an index does not map or search, values over a
//!   keyword's `ignore_above` or of the wrong type. Elasticsearch marks such a document with `_ignored`, OpenSearch
//!   only where the type is wrong: there a field with a long value is missing, unless it has others too. A term that
//!   is short itself cannot be cut.
//! - **What compares otherwise**: `text` by words, parts of flattened fields, numbers as text, dates cut short. There the
//!   condition is left out, or asked for in a way that is wider. Nothing is done about a keyword that a document
//!   holds as a number with a fraction or an exponent, and about words and dates that a mapping reads in a way of its own.
//! - **`not`** is moved inwards and a negated comparison left out: nobody can tell from types alone (normalizers, constant
//!   keywords, fields made by the server) that what the server finds is not more than what matches here.
//! - An index with another type gets a condition of its own behind `_index`, as a value of the wrong type is an error; one
//!   that is not known, because it was made in the meantime, is a candidate as a whole.

mod clause;
mod leaf;

use serde_json::{Value, json};

use self::clause::Clause;
use self::leaf::Asked;
use super::Caps;
use crate::cluster::Vendor;
use crate::query::kql::{Node, NodeKind};
use crate::query::{RangeOp, Schema, Term, TermKind};

/// Most clauses of one request. OpenSearch takes 1,024 over all, and the caller asks for more than this.
const MOST: usize = 800;

/// Deepest nesting: servers take 30 levels of `bool`, and what stands deep narrows little.
const DEEPEST: usize = 10;

/// Most indices that a condition names.
const NAMED: usize = 200;

/// Clauses that together find at least every document which one of the `queries` matches when it is read and evaluated
/// here, each small enough for one request. Where a query may match any document there is one clause, `match_all`.
#[must_use]
pub fn candidates(queries: &[(String, Node)], schema: &dyn Schema, caps: &Caps, vendor: Vendor) -> Vec<Value> {
    let asker = Asker { schema, caps, vendor };
    let always = asker.always();
    let room = MOST.saturating_sub(always.count());
    let mut requests: Vec<(Vec<Clause>, usize)> = Vec::new();
    let apart = |query| match asker.clause(query, false, 0) {
        // Alternatives may be asked for one after another.
        Clause::Any(parts) if parts.iter().map(Clause::count).sum::<usize>() > room => parts,
        clause => vec![clause],
    };
    for clause in queries.iter().flat_map(|(_, query)| apart(query)) {
        let clause = clause.within(room);
        if always == Clause::Everything || clause == Clause::Everything {
            return vec![json!({ "match_all": {} })];
        }
        let count = clause.count();
        match requests.last_mut() {
            Some((clauses, sum)) if *sum + count <= room => {
                clauses.push(clause);
                *sum += count;
            }
            _ => requests.push((vec![clause], count)),
        }
    }
    let whole = |clauses| Clause::any([always.clone()].into_iter().chain(clauses)).to_json();
    requests.into_iter().map(|(clauses, _)| whole(clauses)).collect()
}

struct Asker<'a> {
    schema: &'a dyn Schema,
    caps: &'a Caps,
    vendor: Vendor,
}

impl Asker<'_> {
    /// What every query may match.
    fn always(&self) -> Clause {
        let unmarked = self.schema.mark().map(|mark| match self.caps.is_mapped(mark) {
            true if !self.caps.is_made_up(mark) => Clause::missing(mark),
            _ => Clause::Everything,
        });
        let marks = self.schema.record_marks().iter().filter(|mark| self.caps.is_mapped(mark));
        let known = self.caps.indices();
        let unknown = match known.len() {
            0 => Clause::Everything,
            1..=NAMED => Clause::within_indices(known).negated(),
            _ => Clause::Nothing,
        };
        Clause::any(unmarked.into_iter().chain(marks.map(|mark| Clause::exists(mark))).chain([unknown]))
    }

    /// What `node` matches, or where it is negated what it does not.
    fn clause(&self, node: &Node, negated: bool, depth: usize) -> Clause {
        if depth > DEEPEST {
            return Clause::Everything;
        }
        let parts = |parts: &[Node]| -> Vec<Clause> {
            parts.iter().map(|part| self.clause(part, negated, depth + 1)).collect()
        };
        match &node.kind {
            NodeKind::And(nodes) if !negated => Clause::all(parts(nodes)),
            NodeKind::Or(nodes) if negated => Clause::all(parts(nodes)),
            NodeKind::And(nodes) | NodeKind::Or(nodes) => Clause::any(parts(nodes)),
            NodeKind::Not(part) => self.clause(part, !negated, depth),
            NodeKind::Is { .. } | NodeKind::Range { .. } | NodeKind::Nested { .. } if negated => Clause::Everything,
            NodeKind::Is { field, value } => self.comparison(field, None, value),
            NodeKind::Range { field, op, value } => self.comparison(field, Some(*op), value),
            // Our evaluation looks into objects, which only few indices keep apart.
            NodeKind::Nested { .. } => Clause::Everything,
        }
    }

    fn comparison(&self, field: &Term, side: Option<RangeOp>, value: &Term) -> Clause {
        let field = match &field.kind {
            // Any field may be one that the server does not know.
            TermKind::Null | TermKind::Wildcard(_) => return Clause::Everything,
            TermKind::Bool(truth) => truth.to_string(),
            TermKind::Text { text, .. } => text.clone(),
        };
        let of_text = |text| side.map_or(Asked::Equal(text), |side| Asked::Side(side, text));
        let asked = match &value.kind {
            TermKind::Null => return Clause::Nothing,
            TermKind::Bool(true) => of_text("true"),
            TermKind::Bool(false) => of_text("false"),
            TermKind::Text { text, .. } => of_text(text),
            TermKind::Wildcard(_) if side.is_some() => return Clause::Everything,
            TermKind::Wildcard(pieces) if pieces.iter().all(String::is_empty) => Asked::Exists,
            TermKind::Wildcard(pieces) => Asked::Pattern(pieces),
        };
        self.leaf(&field, asked)
    }
}

#[cfg(test)]
mod tests;
