//! A search cluster: what answers, what the key may do, what is there.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::output;
use super::check::Check;
use crate::cluster::checkup::{self, Documents, Indices};
use crate::cluster::{Client, Failure};

const NAME: &str = "cluster";

/// An event may be this far ahead, as clocks differ.
const SKEW: TimeDelta = TimeDelta::minutes(5);

#[derive(Debug)]
pub(super) struct Facts {
    pub name: String,
    pub now: DateTime<Utc>,
    pub server: Result<String, Failure>,
    /// Nothing where the one before has failed, or where it has no events.
    pub indices: Option<Result<Indices, Failure>>,
    pub documents: Option<Result<Documents, Failure>>,
    /// Whether decisions are shared there.
    pub decides: bool,
}

impl Facts {
    pub(super) fn gather(client: &Client, now: DateTime<Utc>) -> Self {
        let server = checkup::server(client);
        let has_events = server.is_ok() && !client.profile().index.is_empty();
        let indices = has_events.then(|| checkup::indices(client));
        let documents = matches!(indices, Some(Ok(_))).then(|| checkup::documents(client));
        let decides = client.profile().decisions.is_some();
        Self { name: output::path(client.name().as_ref()), now, server, indices, documents, decides }
    }
}

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let name = &facts.name;
    let server = match &facts.server {
        Ok(server) => server,
        Err(failure) => return vec![failed(failure)],
    };
    let decides = if facts.decides { ", and decisions are shared there" } else { "" };
    let mut checks = vec![Check::ok(NAME, format!("{name} answers: {server}{decides}"))];
    match &facts.indices {
        Some(Ok(indices)) => checks.extend(behind(name, indices)),
        Some(Err(failure)) => checks.push(failed(failure)),
        None => {}
    }
    match &facts.documents {
        Some(Ok(Documents { count: 0, .. })) => checks.push(Check::warn(
            NAME,
            format!("{name} holds no document"),
            "check what ships logs there, and `index` in the configuration",
        )),
        Some(Ok(found)) => checks.push(documents(facts, *found)),
        Some(Err(failure)) => checks.push(failed(failure)),
        None => {}
    }
    checks
}

/// What the failure itself advises, or the page that says what a key needs.
fn failed(failure: &Failure) -> Check {
    let todo = failure.advice.clone().unwrap_or_else(|| "docs/cluster.md says what a key must be allowed".to_owned());
    Check::fail(NAME, format!("{}: {}", failure.place, failure.what), todo)
}

fn behind(name: &str, indices: &Indices) -> Vec<Check> {
    let mut checks = match indices.count {
        0 => vec![Check::fail(
            NAME,
            format!("{name} has no index behind the names"),
            "correct `index` in the configuration: GET _cat/indices lists what there is",
        )],
        count => vec![Check::ok(NAME, format!("{name} shows {}", plural(count)))],
    };
    for (what, holds_up) in &indices.troubles {
        let (what, todo) = what.split_once("; ").unwrap_or((what, "docs/cluster.md says what is read"));
        let says = format!("{name}: {what}");
        checks.push(if *holds_up { Check::fail(NAME, says, todo) } else { Check::warn(NAME, says, todo) });
    }
    checks
}

fn plural(count: usize) -> String {
    if count == 1 { "1 index".to_owned() } else { format!("{count} indices") }
}

fn documents(facts: &Facts, Documents { count, newest }: Documents) -> Check {
    let says = format!("{} may be read: {}", facts.name, output::count(count, "document"));
    let Some(newest) = newest else {
        let todo = "documents without that field are read last; docs/cluster.md says what is expected";
        return Check::warn(NAME, format!("{says}, none with an @timestamp"), todo);
    };
    let says = format!("{says}, the newest of {}", newest.format("%Y-%m-%dT%H:%M:%SZ"));
    if newest > facts.now + SKEW {
        return Check::fail(
            NAME,
            format!("{says}, in the future"),
            "set this machine's clock: timedatectl set-ntp true",
        );
    }
    Check::ok(NAME, says)
}

#[cfg(test)]
mod tests {
    use super::super::check::Standing;
    use super::*;
    use crate::cluster::FailureKind;

    fn facts() -> Facts {
        Facts {
            name: "prod".to_owned(),
            now: "2026-11-26T10:00:00Z".parse().unwrap(),
            server: Ok("Elasticsearch 9.2.0".to_owned()),
            indices: Some(Ok(Indices { count: 3, troubles: Vec::new() })),
            documents: Some(Ok(Documents { count: 1_204, newest: Some("2026-11-26T09:50:00Z".parse().unwrap()) })),
            decides: false,
        }
    }

    fn refused(what: &str) -> Failure {
        Failure::new(FailureKind::Forbidden, "cluster prod (https://es.example:9200)", what).advise("allow it")
    }

    #[test]
    fn a_cluster_that_can_be_read_is_described() {
        let lines: Vec<String> = checks(&facts()).iter().map(|check| check.line("->")).collect();
        assert_eq!(
            lines,
            [
                "ok    cluster       prod answers: Elasticsearch 9.2.0",
                "ok    cluster       prod shows 3 indices",
                "ok    cluster       prod may be read: 1204 documents, the newest of 2026-11-26T09:50:00Z",
            ]
        );
    }

    #[test]
    fn each_step_that_fails_is_named_with_what_to_do() {
        use Standing::{Fail, Warn};
        let closed = Indices { count: 1, troubles: vec![("logs-1 is closed; open it".to_owned(), true)] };
        let future = Some("2026-11-27T10:00:00Z".parse().unwrap());
        for (facts, standing, words) in [
            (
                Facts { server: Err(refused("nobody listens")), ..facts() },
                Fail,
                "(https://es.example:9200): nobody listens -> allow it",
            ),
            (Facts { indices: Some(Err(refused("403"))), documents: None, ..facts() }, Fail, ": 403 -> allow it"),
            (Facts { documents: Some(Err(refused("no read"))), ..facts() }, Fail, ": no read -> allow it"),
            (Facts { indices: Some(Ok(Indices::default())), ..facts() }, Fail, "no index behind the names -> correct"),
            (Facts { indices: Some(Ok(closed)), ..facts() }, Fail, "prod: logs-1 is closed -> open it"),
            (
                Facts { documents: Some(Ok(Documents { count: 0, newest: None })), ..facts() },
                Warn,
                "prod holds no document -> check",
            ),
            (
                Facts { documents: Some(Ok(Documents { count: 7, newest: None })), ..facts() },
                Warn,
                "none with an @timestamp ->",
            ),
            (
                Facts { documents: Some(Ok(Documents { count: 7, newest: future })), ..facts() },
                Fail,
                "in the future -> set this machine's clock",
            ),
        ] {
            let checks = checks(&facts);
            let found = checks.iter().any(|check| check.standing == standing && check.line("->").contains(words));
            assert!(found, "{words}: {checks:#?}");
        }
    }
}
