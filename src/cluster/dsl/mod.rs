//! KQL as query DSL.
//!
//! - [`candidates`] is what a source asks: wider than the queries wherever a server cannot answer. [`Caps`] are the types
//!   that the cluster's indices give the fields, of `_field_caps`.

mod caps;
mod wider;

pub use caps::Caps;
pub use wider::candidates;
