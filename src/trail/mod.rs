//! From bytes on disk to raw records: finds log files, tells by content which is which, decompresses, and splits them
//! into records without building values. Knows nothing of ECS, rules or alerts.
//!
//! Another source of events is a sibling of this room that yields records the same way.

pub mod bucket;
mod checkpoint;
mod delivery;
mod envelope;
mod find;
mod foreign;
mod inflate;
pub mod live;
mod object;
mod origin;
mod places;
mod problem;
mod read;
mod record;
mod scan;
mod sniff;
mod split;
mod stamp;
pub mod watch;

pub use checkpoint::{Checkpoint, CheckpointColumns};
pub use delivery::delivered;
pub use envelope::MAX_LAYERS;
pub use find::{FindProblem, Listing, find};
pub use object::has_sound_bytes;
pub use origin::Origin;
pub use places::Envelope;
pub use problem::{Problem, ReadError};
pub use read::{Buffers, FileReport, SkipFile, read_again, read_objects, read_once, read_or_skip, read_stream};
pub use record::{BadRecord, Content, RawRecord};
pub use scan::{MAX_DEPTH, MAX_RECORD};
pub use split::{BAD_KEPT, Opened};
pub use stamp::{FileId, FileStamp};
