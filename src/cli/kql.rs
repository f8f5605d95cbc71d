//! `watchfloor kql QUERY`: prints the query as Kibana's AST, or a syntax error in Kibana's words.

use std::io::Write as _;

use super::{Exit, output};
use crate::query::kql;

pub(super) fn run(query: &str) -> anyhow::Result<Exit> {
    match kql::parse(query) {
        Ok(node) => {
            let mut out = output::stdout();
            serde_json::to_writer(&mut out, &node.to_json())?;
            writeln!(out)?;
            out.flush()?;
            Ok(Exit::Done)
        }
        Err(error) => {
            output::note(&error.to_string());
            Ok(Exit::Nothing)
        }
    }
}
