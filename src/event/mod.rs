//! A record seen as an ECS event. Fields resolve on demand: the ones rules ask for most come straight from the record,
//! and the complete ECS document is built only when something needs it. Knows nothing of files or rules.
//!
//! The mapping follows Elastic's AWS integration; documents that are already ECS pass through.
