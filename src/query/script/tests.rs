use std::cell::Cell;

use serde_json::json;

use super::*;
use crate::query::document::Scalar;
use crate::query::json::Json;
use crate::query::value::Number;

fn text(text: &str) -> Expr {
    Expr::Constant(Value::Text(text.to_owned().into()))
}

fn script(fields: &[&str], condition: Expr) -> Script {
    let fields = fields.iter().map(|name| ((*name).into(), FieldType::Unmapped)).collect();
    Script { fields, condition }
}

fn equal(left: Expr, right: Expr) -> Expr {
    Expr::Compare(Order::Equal, Box::new([left, right]))
}

#[test]
fn every_combination_of_values_is_tried() {
    let joined = Expr::Call(Function::Concat, Box::new([Expr::Field(0), text("-"), Expr::Field(1)]));
    let script = script(&["a", "b"], equal(joined, text("y-2")));
    assert!(script.holds(&Json(&json!({ "a": ["x", "y"], "b": [1, 2] }))));
    assert!(!script.holds(&Json(&json!({ "a": ["x", "y"], "b": [1, 3] }))));
    assert!(!script.holds(&Json(&json!({ "a": ["x", "y"] }))));
}

#[test]
fn an_absent_field_is_null_once() {
    let script = script(&["a"], Expr::IsNull(Box::new(Expr::Field(0))));
    assert!(script.holds(&Json(&json!({}))));
    assert!(script.holds(&Json(&json!({ "a": null }))));
    assert!(!script.holds(&Json(&json!({ "a": ["", 1] }))));
}

#[test]
fn within_an_expression_null_is_a_third_answer() {
    let null = || Expr::Constant(Value::Null);
    let truth = |truth| Expr::Constant(Value::Bool(truth));
    for (expr, expected) in [
        (Expr::And([null(), truth(false)].into()), Some(false)),
        (Expr::And([null(), truth(true)].into()), None),
        (Expr::Or([null(), truth(true)].into()), Some(true)),
        (Expr::Or([null(), truth(false)].into()), None),
        (Expr::Not(Box::new(null())), None),
        (Expr::In(Box::new(null()), Box::new([Value::Null])), None),
        (equal(null(), null()), None),
        (equal(text("1"), Expr::Constant(Value::Number(Number::Int(1)))), Some(false)),
    ] {
        assert_eq!(expr.clone().folded().known().unwrap().as_bool(), expected, "{expr:?}");
    }
}

/// A document whose every field has a million values.
struct Long(Cell<u32>);

impl Document for Long {
    fn any(&self, _field: &str, test: &mut dyn FnMut(Scalar<'_>) -> bool) -> bool {
        (0..1_000_000).any(|number| {
            self.0.set(self.0.get() + 1);
            test(Scalar::Int(number))
        })
    }

    fn any_field(&self, _test: &mut dyn FnMut(&str) -> bool) -> bool {
        false
    }

    fn any_object(&self, _path: &str, _test: &mut dyn FnMut(&dyn Document) -> bool) -> bool {
        false
    }
}

#[test]
fn long_lists_beside_each_other_come_to_an_end() {
    let never = Expr::And([Expr::IsNull(Box::new(Expr::Field(0))), Expr::IsNull(Box::new(Expr::Field(1)))].into());
    let document = Long(Cell::new(0));
    assert!(!script(&["a", "b"], never).holds(&document));
    assert!(document.0.get() <= TRIES + 10, "{}", document.0.get());
}
