//! The pipeline: trail → event → detect → triage, on threads with bounded channels; the replay clock; progress and
//! health figures. Knows nothing of the screen.

mod report;

pub use report::{
    Detail, Evidence, FileProblem, Finding, Health, Phase, Playback, RelatedEvent, RelatedWhy, Row, Watching,
};
