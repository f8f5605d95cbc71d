//! watchfloor: a terminal triage console for cloud audit logs.
//!
//! Data walks through the rooms in one direction and never turns back:
//!
//! ```text
//! bytes on disk → records → events → rule matches → alerts → triage decisions → console state → screen
//!      trail                event        detect                  triage             app          ui, term
//! ```
//!
//! A module imports only modules on a lower floor (`tests/it/house.rs` checks it):
//!
//! | floor | room | what it does |
//! | --- | --- | --- |
//! | 0 | [`text`] | makes hostile text visible and harmless; column widths |
//! | 0 | [`bytes`] | byte scanners: several strings at once, blocks of 64 |
//! | 0 | [`diag`] | spans, messages with a caret and a help line |
//! | 1 | [`trail`] | finds log files, tells which is which, decompresses, splits them into raw records |
//! | 1 | [`query`] | one compiled form of condition, and its front end [`query::kql`] |
//! | 2 | [`event`] | a record seen as an ECS event, fields resolved on demand |
//! | 3 | [`rule`] | rule model, loaders, investigation guide → checklist |
//! | 3 | [`investigate`] | what one event says and what to do about it: findings, evidence, pivots, commands |
//! | 4 | [`detect`] | rule set × event → alert |
//! | 5 | [`triage`] | reducer over (alert, decision), the store, the audit chain, reports |
//! | 6 | [`engine`] | the pipeline on threads, the replay clock, progress and health figures |
//! | 7 | [`app`] | the console as a pure state machine |
//! | 8 | [`ui`] | draws the console's state onto a frame |
//! | 9 | [`term`] | the real terminal |
//! | 9 | [`cli`] | one file per command |

pub mod app;
pub mod bytes;
pub mod cli;
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
