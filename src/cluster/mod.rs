//! The same events from a search cluster: Elasticsearch or OpenSearch. A sibling of [`crate::trail`]: it yields documents as
//! bytes, each with its [`Origin`](crate::trail::Origin), and knows nothing of ECS, rules or alerts.
//!
//! **The server narrows, our own evaluation decides.** A hit's `_source` is read as a document in a file would be, so files
//! and cluster cannot disagree. What is asked of the server may be too wide, which costs time; it must never be too
//! narrow, which would lose alerts.
//!
//! - [`Profile`] is what the configuration says of a cluster, [`Client`] sends requests to it: deadlines, retries, secrets,
//!   and a [`Failure`] that says what, where and what to do. Answers are hostile input.
//! - [`dsl`] turns KQL into query DSL: as Kibana does, and wider where a server cannot answer; a [`Narrowing`] is what one
//!   source asks for.
//! - [`Feed`] reads what is new: every document gets the next sequence number of its shard when it arrives, whatever its
//!   timestamp says. [`Cursor`]s remember how far; the state keeps them beside the alerts of the same page.
//! - [`windows`] answers questions about a stretch of time, newest first.
//!
//! An answer counts only when it is whole: HTTP 200 says nothing about shards that did not answer.

mod answer;
mod ask;
mod asked;
pub mod checkup;
mod client;
mod cursor;
pub mod dsl;
mod failure;
mod feed;
mod hit;
mod indices;
mod narrowing;
mod profile;
mod question;
mod reach;
mod shard;
mod split;
mod trouble;
mod vendor;
pub mod windows;

pub use client::{Body, Client, LARGEST_ANSWER, Method, Request, Traffic};
pub use cursor::Cursor;
pub use failure::{Failure, FailureKind};
pub use feed::{Feed, Page, Progress};
pub use hit::Hit;
pub use narrowing::Narrowing;
pub use profile::{AwsKey, Profile, Secret, Secrets};
pub use trouble::Trouble;
pub use vendor::Vendor;
