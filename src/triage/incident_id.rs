//! The name of an incident, which stays while it grows.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::detect::AlertId;

/// The first 16 digits of the id of the alert that an incident began with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IncidentId(pub String);

impl IncidentId {
    pub(super) fn begun_by(alert: &AlertId) -> Self {
        Self(alert.0.get(..16).unwrap_or(&alert.0).to_owned())
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
