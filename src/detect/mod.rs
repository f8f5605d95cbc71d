//! Rules × events → alerts. Knows nothing of triage or the screen.

mod alert;

pub use alert::{Alert, AlertId, Source, Summary};
