//! The Kibana Query Language: text → [`Node`] → [`Query`].
//!
//! [`parse`] follows Kibana's grammar rule by rule, since a [`SyntaxError`] must say what Kibana says; the tree prints as
//! Kibana's JSON, and as KQL again. [`compile`] prepares it for the types of its fields.

mod ast;
mod build;
mod compile;
mod error;
mod named;
mod parse;
mod print;

use chrono::{DateTime, Utc};

pub use self::ast::{Node, NodeKind};
pub use self::compile::prepare;
pub use self::error::SyntaxError;
pub use self::parse::{parse, parse_literal};
use super::{Query, Schema};

/// Parses `text` and prepares it for `schema`. Date math reads the clock once, here; see [`Query::uses_now`].
///
/// # Errors
/// The text is not KQL.
#[allow(clippy::disallowed_methods, reason = "nobody says another time: `now` is when it is asked")]
pub fn compile(text: &str, schema: &'static dyn Schema) -> Result<Query, SyntaxError> {
    compile_at(text, schema, Utc::now())
}

/// [`compile()`] with the moment that date math calls `now`.
///
/// # Errors
/// The text is not KQL.
pub fn compile_at(text: &str, schema: &'static dyn Schema, now: DateTime<Utc>) -> Result<Query, SyntaxError> {
    Ok(prepare(text, &parse(text)?, schema, now))
}
