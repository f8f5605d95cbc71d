//! KQL as query DSL.
//!
//! - [`to_dsl`] is Kibana's translation for a data view of [`Field`]s, which `watchfloor kql --dsl` prints.
//! - [`candidates`] is what a source asks: wider than the queries wherever a server cannot answer. [`Caps`] are the types
//!   that the cluster's indices give the fields, of `_field_caps`.

mod caps;
mod fields;
mod kibana;
mod wider;

pub use caps::Caps;
pub use fields::Field;
pub use kibana::{DslError, to_dsl};
pub use wider::candidates;
