//! From bytes on disk to raw records: finds log files, tells by content which is which, decompresses, and splits them
//! into records without building values. Knows nothing of ECS, rules or alerts.
//!
//! Another source of events is a sibling of this room that yields records the same way.

mod record;

pub use record::{BadRecord, Content, FileMark, RawRecord};
