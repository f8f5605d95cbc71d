//! What a narrowing comes to on the indices that are there: filters that a server takes, and what they cannot say.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::ask::{Asker, Search, concerns_names};
use super::dsl::{Caps, candidates};
use super::{Failure, FailureKind, Narrowing, indices};
use crate::query::kql::Node;

/// Longest list of fields in one address, in bytes.
const FIELDS: usize = 1800;
const TIME: &str = "@timestamp";

/// What the indices make of the fields that a narrowing asks for.
#[derive(Debug, Default)]
pub(super) struct Types {
    caps: Caps,
    /// Whether the time of events can be asked for; `None` where no index says anything of it.
    dated: Option<bool>,
}

impl Types {
    pub(super) fn of(asker: &Asker<'_>, narrowing: &Narrowing) -> Result<Self, Failure> {
        let mut names = match (narrowing.queries(), narrowing.schema()) {
            (Some(queries), Some(schema)) => Caps::names(queries, schema),
            _ => BTreeSet::new(),
        };
        names.insert(TIME.to_owned());
        let lists = indices::addresses(&asker.client.profile().index);
        let mut made_up = Ok(Vec::new());
        let mut types = thread::scope(|scope| {
            scope.spawn(|| made_up = Self::made_up(asker, &lists));
            Self::told(asker, &lists, &names)
        })?;
        for (index, field) in made_up? {
            types.caps.make_up(&index, &field);
            if field == TIME {
                types.dated = Some(false);
            }
        }
        Ok(types)
    }

    fn told(asker: &Asker<'_>, lists: &[String], names: &BTreeSet<String>) -> Result<Self, Failure> {
        let mut types = Self::default();
        for list in lists {
            let path = format!("{list}/_field_caps");
            for fields in indices::chunks(names.iter().map(String::as_str), FIELDS) {
                let fields = fields.join(",");
                let query = [("fields", fields.as_str()), ("include_unmapped", "true"), ("ignore_unavailable", "true")];
                let answer = match asker.get(&path, &query) {
                    // What cannot be known is read whole.
                    Err(failure) if concerns_names(&failure) => {
                        types.dated = Some(false);
                        continue;
                    }
                    answer => answer?,
                };
                if let Some(kinds) = answer["fields"][TIME].as_object() {
                    let here = kinds.iter().all(|(kind, about)| {
                        kind == "unmapped" || kind.starts_with("date") && about["searchable"] == true
                    });
                    // Of all lists: one index without a date is enough.
                    types.dated = Some(here && types.dated.unwrap_or(true));
                }
                types.caps.add(&answer);
            }
        }
        Ok(types)
    }

    /// Which fields indices make up by themselves, whatever their documents hold, each with its index.
    fn made_up(asker: &Asker<'_>, lists: &[String]) -> Result<Vec<(String, String)>, Failure> {
        let query = [("ignore_unavailable", "true"), ("filter_path", "*.mappings.runtime,*.mappings.derived")];
        let mut found = Vec::new();
        for list in lists {
            let answer = match asker.get(list, &query) {
                Err(failure) if concerns_names(&failure) => continue,
                answer => answer?,
            };
            for (index, about) in answer.as_object().into_iter().flatten() {
                let fields = ["runtime", "derived"].into_iter().filter_map(|kind| about["mappings"][kind].as_object());
                found.extend(fields.flat_map(|fields| fields.keys()).map(|field| (index.clone(), field.clone())));
            }
        }
        Ok(found)
    }
}

/// A narrowing as a server is asked for it.
#[derive(Debug, Default)]
pub(super) struct Asked {
    queries: Option<Vec<(String, Node)>>,
    /// What the types of the fields were when this was made.
    caps: Caps,
    /// One clause for each question; none where everything is asked for.
    clauses: Vec<Value>,
    /// Whether the time of events can be asked for.
    pub(super) dated: bool,
    /// Names of queries that the server refuses, since when; everything is read for them.
    pub(super) refused: BTreeMap<String, Instant>,
    /// In how many questions the queries go at least.
    parts: usize,
}

impl Asked {
    /// Looks at the types of the fields and translates. Nothing is left out where that cannot be known.
    pub(super) fn new(asker: &Asker<'_>, narrowing: &Narrowing) -> Result<Self, Failure> {
        Self::by(asker, narrowing, Types::of(asker, narrowing)?)
    }

    /// By types that are known.
    pub(super) fn by(asker: &Asker<'_>, narrowing: &Narrowing, types: Types) -> Result<Self, Failure> {
        let mut asked = Self { parts: 1, ..Self::default() };
        asked.heed(asker, narrowing, types)?;
        Ok(asked)
    }

    /// Whether this is what that narrowing comes to, as far as the queries go.
    pub(super) fn is_of(&self, narrowing: &Narrowing) -> bool {
        self.queries.as_deref() == narrowing.queries()
    }

    /// Looks at the types again; whether they are others, so that what was asked for may have been too little.
    pub(super) fn learn(&mut self, asker: &Asker<'_>, narrowing: &Narrowing) -> Result<bool, Failure> {
        self.heed(asker, narrowing, Types::of(asker, narrowing)?)
    }

    fn heed(&mut self, asker: &Asker<'_>, narrowing: &Narrowing, types: Types) -> Result<bool, Failure> {
        self.queries = narrowing.queries().map(<[_]>::to_vec);
        self.dated = types.dated.unwrap_or(self.dated);
        let changed = self.caps != types.caps;
        self.caps = types.caps;
        if changed {
            self.translate(asker, narrowing)?;
        }
        Ok(changed)
    }

    fn translate(&mut self, asker: &Asker<'_>, narrowing: &Narrowing) -> Result<(), Failure> {
        self.clauses.clear();
        let (Some(queries), Some(schema)) = (&self.queries, narrowing.schema()) else { return Ok(()) };
        if queries.is_empty() || queries.iter().any(|(name, _)| self.refused.contains_key(name)) {
            return Ok(());
        }
        let vendor = asker.client.vendor(Some(asker.stop))?;
        let found: Vec<Value> = queries
            .chunks(queries.len().div_ceil(self.parts))
            .flat_map(|queries| candidates(queries, schema, &self.caps, vendor))
            .collect();
        if !found.iter().any(|clause| clause.get("match_all").is_some()) {
            self.clauses = found;
        }
        Ok(())
    }

    /// Whether the server is to leave out documents that no query may match.
    pub(super) fn narrows(&self) -> bool {
        !self.clauses.is_empty()
    }

    /// Filters of one question each: every document is wanted that at least one lets through. Empty when all are.
    pub(super) fn filters(&self, time: Option<&Value>) -> Vec<Value> {
        let time = time.filter(|_| self.dated);
        match (&*self.clauses, time) {
            ([], time) => time.cloned().into_iter().collect(),
            (clauses, None) => clauses.to_vec(),
            (clauses, Some(time)) => clauses.iter().map(|clause| json!({"bool": {"filter": [time, clause]}})).collect(),
        }
    }

    /// A server refused what was asked of this index: finds out which queries it does not take, by halves. `false` when the
    /// index refuses everything, so that the queries are not at fault.
    pub(super) fn mend(&mut self, asker: &Asker<'_>, index: &str, narrowing: &Narrowing) -> Result<bool, Failure> {
        let (Some(queries), Some(schema)) = (self.queries.clone(), narrowing.schema()) else { return Ok(false) };
        let vendor = asker.client.vendor(Some(asker.stop))?;
        let takes = |queries: &[(String, Node)]| {
            candidates(queries, schema, &self.caps, vendor).iter().try_fold(true, |all, clause| {
                let body = json!({"size": 0, "query": clause});
                let search = Search { names: index, shard: None, body: &body, any_size: false };
                match asker.search(&search) {
                    Ok(_) => Ok(all),
                    Err(failure)
                        if matches!(
                            failure.kind,
                            FailureKind::Refused | FailureKind::TooLarge | FailureKind::Incomplete
                        ) =>
                    {
                        Ok(false)
                    }
                    Err(failure) => Err(failure),
                }
            })
        };
        let body = json!({"size": 0, "query": {"match_all": {}}});
        if asker.search(&Search { names: index, shard: None, body: &body, any_size: false }).is_err() {
            return Ok(false);
        }
        let before = self.refused.len();
        let mut halves = vec![&*queries];
        while let Some(some) = halves.pop() {
            match some {
                some if takes(some)? => {}
                [(name, _)] => {
                    self.refused.insert(name.clone(), Instant::now());
                }
                some => {
                    let (left, right) = some.split_at(some.len() / 2);
                    halves.extend([left, right]);
                }
            }
        }
        // Each alone is taken: it was too much at once.
        if self.refused.len() == before {
            self.parts *= 2;
        }
        let more = self.parts <= queries.len().max(1);
        self.translate(asker, narrowing)?;
        Ok(more)
    }
}
