//! What of a query KQL can say: of servers, of file prefilters and of people who read KQL, that is all that can be asked.
//!
//! What comes out finds every event that the query finds or looks at, and more: a condition that KQL has no words for is
//! left out, or becomes "the field has a value"; so does whatever stands behind `not`, where more would be less. Some of
//! an `or` cannot be left out, so then all of it is.

use super::compile::signs;
use super::{Call, Comparison, EventQuery, Expr, ExprKind, Field, Function, Item, Literal, Pattern};
use super::{Statement, StatementKind};
use crate::query::RangeOp;
use crate::query::kql::Node;
use crate::query::value::Sign;

/// KQL that finds all that `statement` finds or looks at.
#[must_use]
pub fn wider(statement: &Statement, category_field: &str) -> Node {
    let items = |keys: &[Field], items: &mut dyn Iterator<Item = &Item>| {
        items.map(|item| Node::all(of_item(keys, item, category_field))).collect::<Option<Vec<_>>>().and_then(Node::any)
    };
    let node = match &statement.kind {
        StatementKind::Event(event) => Node::all(of_event(event, category_field)),
        StatementKind::Sequence(sequence) => items(&sequence.keys, &mut sequence.items.iter().chain(&sequence.until)),
        StatementKind::Sample(sample) => items(&sample.keys, &mut sample.items.iter()),
    };
    node.unwrap_or_else(Node::everything)
}

fn of_event(event: &EventQuery, category_field: &str) -> Vec<Node> {
    let category = event.category.as_ref().map(|category| Node::is(category_field, category));
    category.into_iter().chain(of(&event.condition)).collect()
}

fn of_item(keys: &[Field], item: &Item, category_field: &str) -> Vec<Node> {
    let needed = keys.iter().chain(&item.keys).filter(|key| !key.optional);
    needed.map(|key| Node::exists(&key.name)).chain(of_event(&item.query, category_field)).collect()
}

/// `None` where any event may satisfy it.
fn of(expr: &Expr) -> Option<Node> {
    match &expr.kind {
        ExprKind::And(parts) => Node::all(parts.iter().filter_map(of).collect()),
        ExprKind::Or(parts) => Node::any(parts.iter().map(of).collect::<Option<_>>()?),
        ExprKind::Field(field) => Some(Node::is(&field.name, "true")),
        ExprKind::Comparison { op, left, right } => match (&left.kind, &right.kind) {
            (ExprKind::Field(field), ExprKind::Literal(bound)) => compared(field, *op, bound),
            _ => None,
        },
        ExprKind::In { value, list, insensitive } => {
            let ExprKind::Field(field) = &value.kind else { return None };
            let texts = list.iter().map(|one| match &one.kind {
                ExprKind::Literal(literal) if !insensitive => text_of(literal),
                _ => None,
            });
            match texts.collect::<Option<Vec<_>>>() {
                Some(texts) => Node::any(texts.iter().map(|text| Node::is(&field.name, text)).collect()),
                None => Some(Node::exists(&field.name)),
            }
        }
        ExprKind::Match { value, pattern, patterns, insensitive } => {
            let ExprKind::Field(field) = &value.kind else { return None };
            if *pattern == Pattern::Regex || *insensitive {
                return Some(Node::exists(&field.name));
            }
            Node::any(patterns.iter().map(|(text, _)| matching(field, &signs::like(text))).collect())
        }
        ExprKind::Call(call) => called(call),
        ExprKind::Literal(_) | ExprKind::Not(_) | ExprKind::Negative(_) | ExprKind::Arithmetic { .. } => None,
    }
}

fn compared(field: &Field, op: Comparison, bound: &Literal) -> Option<Node> {
    let name = &field.name;
    let text = match (op, bound) {
        (Comparison::Equal, Literal::Null) => return Some(Node::exists(name).negated()),
        (Comparison::NotEqual, Literal::Null) => return Some(Node::exists(name)),
        (Comparison::Equal | Comparison::NotEqual, _) => text_of(bound)?,
        // In KQL truth has no order where no mapping names the field.
        (_, Literal::Bool(_)) => return Some(Node::exists(name)),
        (_, bound) => text_of(bound)?,
    };
    Some(match op {
        Comparison::Equal => Node::is(name, &text),
        Comparison::NotEqual => return None,
        Comparison::Less => Node::range(name, RangeOp::Lt, &text),
        Comparison::LessOrEqual => Node::range(name, RangeOp::Lte, &text),
        Comparison::Greater => Node::range(name, RangeOp::Gt, &text),
        Comparison::GreaterOrEqual => Node::range(name, RangeOp::Gte, &text),
    })
}

fn text_of(literal: &Literal) -> Option<String> {
    match literal {
        Literal::Null => None,
        Literal::Bool(truth) => Some(truth.to_string()),
        Literal::Int(number) => Some(number.to_string()),
        Literal::Float(number) => Some(number.to_string()),
        Literal::Text(text) => Some(text.clone()),
    }
}

/// KQL has no sign for one character: there may be more.
fn matching(field: &Field, signs: &[Sign]) -> Node {
    let wider: Vec<Sign> = signs.iter().map(|sign| if *sign == Sign::One { Sign::Run } else { *sign }).collect();
    match signs::pieces(&wider) {
        Some(pieces) if pieces.iter().all(String::is_empty) && pieces.len() > 1 => Node::exists(&field.name),
        Some(mut pieces) if pieces.len() == 1 => Node::is(&field.name, &pieces.remove(0)),
        Some(pieces) => Node::wildcard(&field.name, pieces),
        None => Node::exists(&field.name),
    }
}

/// A function that holds has been given a value.
fn called(call: &Call) -> Option<Node> {
    let [value, others @ ..] = call.arguments.as_slice() else { return None };
    let ExprKind::Field(field) = &value.kind else { return None };
    let text = match others {
        [Expr { kind: ExprKind::Literal(Literal::Text(text)), .. }] if !call.insensitive => Some(text.as_str()),
        _ => None,
    };
    Some(match (call.function, text) {
        (Function::StartsWith, Some(text)) => matching(field, &[signs::literal(text), vec![Sign::Run]].concat()),
        (Function::EndsWith, Some(text)) => matching(field, &[vec![Sign::Run], signs::lucene(text)].concat()),
        (Function::StringContains, Some(text)) => {
            matching(field, &[vec![Sign::Run], signs::lucene(text), vec![Sign::Run]].concat())
        }
        (Function::CidrMatch, _) => {
            let texts = others.iter().map(|other| match &other.kind {
                // An address has many spellings, and KQL takes it as it is where no mapping names the field.
                ExprKind::Literal(literal) => text_of(literal).filter(|text| text.contains('/')),
                _ => None,
            });
            match texts.collect::<Option<Vec<_>>>() {
                Some(blocks) => return Node::any(blocks.iter().map(|block| Node::is(&field.name, block)).collect()),
                None => Node::exists(&field.name),
            }
        }
        (Function::StartsWith | Function::EndsWith | Function::StringContains, None) => Node::exists(&field.name),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
