//! The fields that a query names.

use super::ast::{EventQuery, Expr, ExprKind, Field, Item, Statement, StatementKind};

/// What the category of a query is compared with, where nobody names another field.
pub const CATEGORY: &str = "event.category";

impl Statement {
    /// The fields of its conditions and keys, as often as they stand there; without the category's.
    #[must_use]
    pub fn fields(&self) -> Vec<&Field> {
        let mut fields = Vec::new();
        match &self.kind {
            StatementKind::Event(query) => of_query(query, &mut fields),
            StatementKind::Sequence(sequence) => {
                fields.extend(&sequence.keys);
                sequence.items.iter().chain(&sequence.until).for_each(|item| of_item(item, &mut fields));
            }
            StatementKind::Sample(sample) => {
                fields.extend(&sample.keys);
                sample.items.iter().for_each(|item| of_item(item, &mut fields));
            }
        }
        fields
    }
}

fn of_item<'s>(item: &'s Item, fields: &mut Vec<&'s Field>) {
    of_query(&item.query, fields);
    fields.extend(&item.keys);
}

fn of_query<'s>(query: &'s EventQuery, fields: &mut Vec<&'s Field>) {
    of_expression(&query.condition, fields);
}

fn of_expression<'s>(expression: &'s Expr, fields: &mut Vec<&'s Field>) {
    match &expression.kind {
        ExprKind::Literal(_) => {}
        ExprKind::Field(field) => fields.push(field),
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().for_each(|part| of_expression(part, fields)),
        ExprKind::Not(inner) | ExprKind::Negative(inner) => of_expression(inner, fields),
        ExprKind::Comparison { left, right, .. } | ExprKind::Arithmetic { left, right, .. } => {
            of_expression(left, fields);
            of_expression(right, fields);
        }
        ExprKind::In { value, list, .. } => {
            of_expression(value, fields);
            list.iter().for_each(|part| of_expression(part, fields));
        }
        ExprKind::Match { value, .. } => of_expression(value, fields),
        ExprKind::Call(call) => call.arguments.iter().for_each(|argument| of_expression(argument, fields)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn every_field_is_named_where_it_stands() {
        let text = "sequence by ?k [a where not f in (g, 1) and length(h) > -i + 1] by j [b where l : \"x\"] by m \
                    until [any where n == null or o like \"y\"] by p";
        let statement = parse(text).unwrap();
        let named: Vec<&str> = statement.fields().iter().map(|field| &text[field.span.start..field.span.end]).collect();
        assert_eq!(named, ["?k", "f", "g", "h", "i", "j", "l", "m", "n", "o", "p"]);
        let sample = parse("sample by s [a where t] [b where true]").unwrap();
        assert_eq!(sample.fields().iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["s", "t"]);
    }
}
