//! The integration tests: one binary.
mod fixtures;
