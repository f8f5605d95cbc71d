//! The Kibana Query Language: lexer and parser with spans, an AST that prints as Kibana's JSON, and evaluation over
//! any [`Document`] with typed fields. Knows nothing of files, rules or alerts.
//!
//! - [`parse`] text → [`Node`]; a [`SyntaxError`] says what Kibana says, with its caret.
//! - [`Query::compile`] prepares a node against a [`Schema`] once; [`Query::matches`] runs it on a document.

mod document;

pub use document::{Document, FieldType, Scalar, Schema};
