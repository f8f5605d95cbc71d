//! `watchfloor kql QUERY`: prints the query as Kibana's AST, or with `--dsl` as the query DSL that Kibana makes of it. Errors
//! in the query are in Kibana's words.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::{Exit, output};
use crate::cluster::dsl::{Field, to_dsl};
use crate::query::kql;

pub(super) fn run(query: &str, fields: Option<&Path>) -> anyhow::Result<Exit> {
    let fields = fields.map(read).transpose()?;
    let node = match kql::parse(query) {
        Ok(node) => node,
        Err(error) => return Ok(refused(&error.to_string())),
    };
    match fields {
        None => print(&node.to_json()),
        Some(fields) => match to_dsl(&node, &fields) {
            Ok(dsl) => print(&dsl),
            Err(error) => Ok(refused(&error.to_string())),
        },
    }
}

fn refused(why: &str) -> Exit {
    output::note(why);
    Exit::Nothing
}

fn print(json: &Value) -> anyhow::Result<Exit> {
    let mut out = output::stdout();
    serde_json::to_writer(&mut out, json)?;
    writeln!(out)?;
    out.flush()?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> anyhow::Result<Vec<Field>> {
    let text = if path == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(path) };
    let name = output::path(path);
    let text = text.with_context(|| format!("--dsl {name}"))?;
    serde_json::from_str(&text).with_context(|| {
        format!(r#"--dsl {name}: no list of fields; write [{{"name":"event.action","type":"string","esTypes":["keyword"]}}]"#)
    })
}
