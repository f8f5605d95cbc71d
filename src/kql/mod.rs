//! The Kibana Query Language: parser with spans, an AST that prints as Kibana's JSON, and evaluation over any
//! [`Document`] with typed fields. Knows nothing of files, rules or alerts.
//!
//! - [`parse`] text → [`Node`]; a [`SyntaxError`] says what Kibana says, with its caret. A node prints as KQL again.
//! - [`Query::compile`] prepares a query against a [`Schema`] once; [`Query::matches`] runs it on a document and
//!   allocates nothing, except for wildcards on full text.
//! - [`Json`] makes a document of any JSON object.
//!
//! Parsing follows Kibana's grammar rule by rule, since the errors must be Kibana's too. Matching follows what
//! Elasticsearch answers to the search that Kibana makes of the tree, type by type (`value`); what Elasticsearch would
//! refuse, such as a word for a field of numbers, never matches and is a warning of the query.

mod ast;
mod build;
mod document;
mod error;
mod json;
mod named;
mod parse;
mod print;
mod query;
mod value;

pub use ast::{Node, NodeKind, RangeOp, Term, TermKind};
pub use document::{Document, FieldType, NoSchema, Scalar, Schema};
pub use error::SyntaxError;
pub use json::Json;
pub use parse::{parse, parse_literal};
pub use query::{FieldRef, Known, Literal, Query};
pub use value::instants;
