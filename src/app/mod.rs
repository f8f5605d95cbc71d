//! The console as a pure state machine: `update(&mut App, Msg) -> Vec<Cmd>`. It is driven with keys and messages, is
//! told the time, and touches no file, clock, thread or terminal, so a test can do all that an analyst does.

mod message;
pub mod tree;

pub use message::{Cmd, Key, KeyCode, Msg, Outcome, PlaybackCmd};
