//! Text from a log, a rule file or a file name passes through here before it reaches a terminal, a report or the
//! clipboard: what would steer a terminal or fool the eye is shown for what it is.
//!
//! - [`visible`]: escapes controls, bidirectional overrides, zero-width and other format characters.
//! - [`width`], [`fit`], [`fit_middle`]: columns on a terminal, never cutting inside a character.
//! - [`markup`]: the same for CSV, Markdown and HTML.

pub mod markup;
mod visible;
mod width;

pub use visible::{is_suspicious, visible};
pub use width::{fit, fit_middle, pad, width, wrap};
