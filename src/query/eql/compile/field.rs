//! Tests of one field.

use super::kind::Kind;
use super::operand::text_of;
use super::truth::Truth;
use super::{Compiler, Context};
use crate::diag::Span;
use crate::query::clause::Clause;
use crate::query::eql::Field;
use crate::query::eql::error::SyntaxError;
use crate::query::script::Value;
use crate::query::value::{Block, Keyword, Op, Test};
use crate::query::{FieldRef, FieldType};

impl Context<'_> {
    /// The type of a field; `None` for one that is the literal null.
    pub(super) fn resolve(self, field: &Field) -> Result<Option<FieldType>, SyntaxError> {
        let name = &field.name;
        if !self.schema.is_mapped(name) {
            let help = "check its name, or write `?` before it where it may be missing";
            return if field.optional {
                Ok(None)
            } else {
                Err(self.refuse(field.span, format!("no field is named `{name}`"), help))
            };
        }
        let refuse = |what: &str, help: &str| Err(self.refuse(field.span, format!("`{name}` is {what}"), help));
        match self.schema.field_type(name) {
            FieldType::Text => refuse("full text, which EQL cannot ask", "name its keyword, or write the query in KQL"),
            FieldType::Object => refuse("an object", "name one of its fields"),
            FieldType::Nested => refuse("a list of objects, which EQL cannot ask", "write the query in KQL"),
            FieldType::GeoPoint => refuse("a place on the map, which EQL cannot ask", "name one of its other fields"),
            kind => Ok(Some(kind)),
        }
    }
}

impl Compiler<'_> {
    /// [`Context::resolve`] of a field that is part of the condition.
    pub(super) fn field(&mut self, field: &Field) -> Result<Option<FieldType>, SyntaxError> {
        self.fields.insert(FieldRef::Name(field.name.clone()));
        self.at.resolve(field)
    }

    /// What the category must be. A schema may know nothing of it.
    pub(super) fn category(&mut self, category: &str, span: Span) -> Clause {
        let name = self.at.category_field;
        self.fields.insert(FieldRef::Name(name.to_owned()));
        self.prepared(name, Op::Is, category, span).map_or(Clause::Nothing, |test| self.test(name, test))
    }

    pub(super) fn test(&self, name: &str, test: Test) -> Clause {
        Clause::of_field(self.at.schema, name, name, test)
    }

    pub(super) fn exists(&self, name: &str) -> Clause {
        self.test(name, Test::Exists)
    }

    /// A field that stands alone: a boolean that is true.
    pub(super) fn bare(&mut self, field: &Field) -> Result<Truth, SyntaxError> {
        match self.field(field)? {
            None => Ok(Truth::null()),
            Some(FieldType::Boolean | FieldType::Unmapped) => {
                Ok(self.compare(&field.name, Op::Is, &Value::Bool(true), field.span))
            }
            Some(kind) => {
                let (name, kind) = (&field.name, Kind::of(kind).name());
                let help = format!("compare it: `{name} == …`, or `{name} != null` for any value");
                Err(self.at.refuse(field.span, format!("`{name}` is {kind}, and alone it is no condition"), help))
            }
        }
    }

    /// Compares a field with a constant that is not null.
    pub(super) fn compare(&mut self, name: &str, op: Op, bound: &Value<'_>, span: Span) -> Truth {
        let test = text_of(bound).and_then(|text| self.prepared(name, op, &text, span));
        test.map_or(Clause::Nothing, |test| self.test(name, test)).into()
    }

    /// A field that equals one of some constants.
    pub(super) fn among(&mut self, name: &str, list: &[(Value<'static>, Span)]) -> Truth {
        let tests: Vec<Test> = list
            .iter()
            .filter_map(|(value, span)| text_of(value).and_then(|text| self.prepared(name, Op::Is, &text, *span)))
            .collect();
        self.any_of(name, tests)
    }

    /// A field that any of these tests of a text accepts.
    pub(super) fn keywords(&self, name: &str, tests: Vec<Keyword>) -> Truth {
        let kind = self.at.schema.field_type(name);
        self.any_of(name, tests.into_iter().map(|test| Test::keyword(kind, test)).collect())
    }

    /// A field that holds an address in one of these blocks.
    pub(super) fn within(&self, name: &str, blocks: Vec<Block>) -> Truth {
        self.any_of(name, blocks.into_iter().map(Test::Address).collect())
    }

    fn any_of(&self, name: &str, tests: Vec<Test>) -> Truth {
        if tests.is_empty() { Clause::Nothing.into() } else { self.test(name, Test::any_of(tests)).into() }
    }

    /// A value that such a field can never have is no error in Elasticsearch either, where it is equality that is asked.
    fn prepared(&mut self, name: &str, op: Op, text: &str, span: Span) -> Option<Test> {
        match Test::exactly(self.at.schema.field_type(name), op, text, self.at.now) {
            Ok(prepared) => {
                self.uses_now |= prepared.uses_now;
                Some(prepared.test)
            }
            Err(why) => {
                self.warn(span, &why);
                None
            }
        }
    }
}
