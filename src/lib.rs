//! watchfloor: a terminal triage console for cloud audit logs.
//!
//! Data flows through the rooms in one direction:
//!
//! ```text
//! bytes on disk → records → events → rule matches → alerts → triage decisions → console state → screen
//!      trail                event        detect                  triage             app          ui, term
//! ```
//!
//! A room imports only rooms on a lower floor; `tests/it/house.rs` checks that.
//!
//! | floor | room | what it does |
//! | --- | --- | --- |
//! | 0 | [`text`] | makes hostile text harmless; measures columns |
//! | 0 | [`bytes`] | byte scanners: several strings at once, blocks of 64 |
//! | 0 | [`diag`] | error messages with a caret and a help line |
//! | 1 | [`trail`] | finds log files, recognises and unpacks them, splits them into raw records, watches for new ones |
//! | 1 | [`query`] | compiled conditions, and their front end [`query::kql`] |
//! | 2 | [`cluster`] | the same events from Elasticsearch or OpenSearch: the client, KQL as query DSL, the feed of changes |
//! | 2 | [`event`] | a record as an ECS event, with fields resolved on demand |
//! | 3 | [`rule`] | rules and their loaders; the investigation guide as a checklist |
//! | 3 | [`investigate`] | what to look at in an event: overview, findings, evidence, searches, commands |
//! | 4 | [`detect`] | evaluates rules on events and raises alerts |
//! | 5 | [`triage`] | decisions on alerts, the store, the audit chain, reports |
//! | 6 | [`engine`] | runs it all on threads, live or on a replay clock |
//! | 7 | [`app`] | the console as a pure state machine |
//! | 8 | [`ui`] | draws the console |
//! | 9 | [`term`] | the real terminal |
//! | 9 | [`cli`] | the commands, one file each |
//!
//! Where to find what is asked most:
//!
//! - keys: [`app::keys`]; colours: [`ui::Palette`]; default interval between sweeps: [`trail::watch::SWEEP_EVERY`];
//! - ids of alerts: [`detect::AlertId`]; ids of rules without one: [`rule::derived_id`]; checklists: [`rule::guide`];
//! - why a record was skipped: [`detect::Skip`]; why an alert is late: [`triage::AlertRow::late`]; which alerts are held
//!   beyond `max_signals`: [`detect::MaxSignals`]; what belongs to a story: [`investigate::Cast`].
//!
//! `ARCHITECTURE.md` follows an event and a key through the rooms, lists the threads and their bounds, and says where to
//! add things.

pub mod app;
pub(crate) mod bytes;
pub mod cli;
pub mod cluster;
pub mod detect;
pub mod diag;
pub mod engine;
pub mod event;
pub mod investigate;
pub mod query;
pub mod rule;
pub mod term;
pub mod text;
pub mod trail;
pub mod triage;
pub mod ui;
