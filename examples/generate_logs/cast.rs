//! Who calls: roles of machines and pipelines, people, AWS services; a few of them make most of the calls.

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

use super::rng::Rng;
use super::who::{Who, agent};

const ROLES: [&str; 12] = [
    "eks-node",
    "orders-api",
    "payments-worker",
    "ingest-events",
    "ci-deploy",
    "ci-terraform",
    "datalake-etl",
    "nightly-backup",
    "observability-readonly",
    "inventory-sync",
    "search-indexer",
    "audit-readonly",
];
const STAGES: [&str; 4] = ["prod", "staging", "dev", "shared"];
const PEOPLE: [&str; 10] =
    ["alice", "alice.ortiz", "bruno", "chen.wei", "dmitri", "emeka", "farah", "greta.lind", "hiro", "ines.costa"];
const SERVICES: [&str; 8] =
    ["autoscaling", "lambda", "ecs-tasks", "config", "cloudformation", "elasticloadbalancing", "ssm", "backup"];

/// How an actor calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Instance,
    Role,
    Developer,
    User,
    Root,
}

struct Actor {
    kind: Kind,
    name: String,
    session: String,
    ip: String,
    agent: &'static str,
}

/// All who call.
pub(crate) struct Cast {
    actors: Vec<Actor>,
    services: Vec<Who>,
}

impl Cast {
    /// The same on every run.
    pub(crate) fn new() -> Self {
        let mut rng = Rng::named("cast");
        let actors = (0..320).map(|_| Actor::new(&mut rng)).collect();
        Self { actors, services: SERVICES.map(Who::service).into() }
    }

    /// One of those who call with credentials of their own, as they do at `time`.
    pub(crate) fn anyone(&self, rng: &mut Rng, time: DateTime<Utc>) -> Who {
        let count = self.actors.len() as u64;
        // The lowest of three: the first actors call far more often than the last.
        let at = rng.below(count).min(rng.below(count)).min(rng.below(count));
        self.actors[at as usize].at(time)
    }

    /// An AWS service that acts for itself.
    pub(crate) fn service(&self, rng: &mut Rng) -> &Who {
        &self.services[rng.below(self.services.len() as u64) as usize]
    }
}

impl Actor {
    fn new(rng: &mut Rng) -> Self {
        let kind = match rng.below(100) {
            0..40 => Kind::Instance,
            40..72 => Kind::Role,
            72..86 => Kind::Developer,
            86..99 => Kind::User,
            _ => Kind::Root,
        };
        let person = rng.pick(PEOPLE);
        let (name, session, agents) = match kind {
            Kind::Instance => {
                (role(rng), format!("i-0{}", rng.hex(16)), [agent::KUBELET, agent::SSM_AGENT, agent::JAVA])
            }
            Kind::Role => {
                let session = format!("botocore-session-17{}", 10_000_000 + rng.below(90_000_000));
                let session = if rng.chance(50) { "GitHubActions".to_owned() } else { session };
                (role(rng), session, [agent::BOTO_LAMBDA, agent::TERRAFORM, agent::GITHUB])
            }
            Kind::Developer => (
                "AWSReservedSSO_Developer_4f1e0f6f2b7d9a3c".to_owned(),
                format!("{person}@example.com"),
                [agent::CLI_MAC, agent::CHROME, agent::FIREFOX],
            ),
            Kind::User => (person.to_owned(), String::new(), [agent::CLI_MAC, agent::BOTO_MONITOR, agent::JAVA]),
            Kind::Root => ("root".to_owned(), String::new(), [agent::CHROME, agent::FIREFOX, agent::CLI_MAC]),
        };
        let ip = match rng.below(20) {
            0 => format!("2001:db8:{}::{}", rng.hex(4), rng.hex(4)),
            _ => format!("{}.{}", rng.pick(["192.0.2", "198.51.100", "203.0.113"]), 1 + rng.below(254)),
        };
        Self { kind, name, session, ip, agent: rng.pick(agents) }
    }

    /// With a session that began at the last full hour but one.
    fn at(&self, time: DateTime<Utc>) -> Who {
        let since = time - TimeDelta::seconds(3600 + i64::from(time.minute() * 60 + time.second()));
        match self.kind {
            Kind::Instance => Who::instance(&self.name, &self.session, since, &self.ip, self.agent),
            Kind::Role | Kind::Developer => Who::role(&self.name, &self.session, since, &self.ip, self.agent),
            Kind::User => Who::user(&self.name, &self.ip, self.agent),
            Kind::Root => Who::root(since, &self.ip, self.agent),
        }
    }
}

/// The name of a role.
pub(crate) fn role(rng: &mut Rng) -> String {
    let (name, stage) = (rng.pick(ROLES), rng.pick(STAGES));
    format!("{name}-{stage}")
}
