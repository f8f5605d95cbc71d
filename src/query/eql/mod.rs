//! The Event Query Language, as Elasticsearch has it: text → [`Statement`] → conditions.
//!
//! [`Statement`] is the tree that the grammar (Elasticsearch's `EqlBase.g4`) sees: one kind of event, a sequence or a
//! sample, and pipes. What is asked of one event becomes a [`Query`](super::Query) of the same clauses as KQL's, so that
//! required literals, candidates and skipping serve both languages; calls of functions become one clause that runs on
//! the values of the fields it names.
//!
//! EQL has no third truth value for fields that exist in a mapping: what a field without a value does not satisfy, its
//! negation finds. Only `?field`, where no mapping names the field, is null and neither.

mod ast;
mod compile;
mod error;
mod fields;
mod function;
mod keys;
mod parse;
mod print;
mod sample;
mod search;
mod sequence;
mod wider;

pub use self::ast::{
    Arithmetic, Call, Comparison, EventQuery, Expr, ExprKind, Field, Function, Item, Literal, Pattern, Pipe, Sample,
    Sequence, Statement, StatementKind,
};
pub use self::compile::{prepare, prepare_at};
pub use self::error::SyntaxError;
pub use self::fields::CATEGORY;
pub use self::keys::{KeyValue, Tuple, tuples};
pub use self::parse::parse;

pub use self::search::{ItemSearch, Part, Prepared, SampleSearch, Search, SequenceSearch};
pub use self::sequence::{Found, Items, Moment, Place, Shape};
pub use self::wider::wider;
