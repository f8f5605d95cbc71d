//! The languages that queries are written in.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// The Kibana Query Language.
    #[default]
    Kql,
    /// The Event Query Language.
    Eql,
}

impl Language {
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Kql => Self::Eql,
            Self::Eql => Self::Kql,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kql => "KQL",
            Self::Eql => "EQL",
        })
    }
}
