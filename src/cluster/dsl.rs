//! KQL as query DSL.
