//! What a rule's query is written in, for people.

use super::Rule;
use crate::query::eql::{self, StatementKind};

impl Rule {
    /// The language of its query; of EQL, what is looked for too: `EQL, sequence`.
    #[must_use]
    pub fn written_in(&self) -> String {
        match self.language.as_str() {
            "kuery" => "KQL".to_owned(),
            "lucene" => "Lucene".to_owned(),
            "esql" => "ES|QL".to_owned(),
            "eql" => match eql::parse(&self.query).map(|statement| statement.kind) {
                Ok(StatementKind::Event(_)) => "EQL, single events".to_owned(),
                Ok(StatementKind::Sequence(_)) => "EQL, sequence".to_owned(),
                Ok(StatementKind::Sample(_)) => "EQL, sample".to_owned(),
                Err(_) => "EQL".to_owned(),
            },
            other => other.to_owned(),
        }
    }
}
