//! The Kibana Query Language: parser with spans, an AST that prints as Kibana's JSON, and evaluation over any
//! [`Document`] with typed fields. Knows nothing of files, rules or alerts.
//!
//! - [`parse`] text → [`Node`]; a [`SyntaxError`] says what Kibana says, with its caret.

mod ast;
mod document;
mod error;
mod parse;
mod print;

pub use ast::{Node, NodeKind, RangeOp, Term, TermKind};
pub use document::{Document, FieldType, Scalar, Schema};
pub use error::SyntaxError;
pub use parse::{parse, parse_literal};
