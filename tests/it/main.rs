//! The integration tests: one binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests panic as tests do")]
#![allow(clippy::disallowed_methods, reason = "what runs as a whole runs in the present")]

mod cli;
mod cluster;
mod cluster_conformance;
mod conformance;
mod console;
mod desk;
mod ecs_conformance;
mod eql_conformance;
mod eql_events;
mod fieldcases;
mod fixtures;
mod found;
mod frames;
mod generated;
mod guides;
mod house;
mod kql_conformance;
mod live;
mod network;
mod packages;
mod pictures;
mod pty;
mod readme;
mod rulebook;
mod rules;
mod sample;
mod saving;
mod scan_fixtures;
mod screen;
mod sequence;
mod state_kill;
mod term;
mod trail_fixtures;
mod user_agent_conformance;
