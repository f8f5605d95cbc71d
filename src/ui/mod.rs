//! ui
pub mod tree;
