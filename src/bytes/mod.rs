//! Byte scanners: searches that look at many bytes of text at once.
//!
//! - [`block`] classifies 64 bytes at a time.
//! - [`any_of`] finds which of many strings occur.

pub(crate) mod any_of;
pub(crate) mod block;
