//! Why bytes are no event.

/// Why a record could not be read as an event. Offsets count bytes from the start of the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEvent {
    /// The bytes are not UTF-8.
    #[error("byte {offset} of the record is not UTF-8")]
    Utf8 {
        /// Where the first bad byte lies.
        offset: usize,
    },
    /// The bytes are not JSON.
    #[error("invalid JSON at byte {offset} of the record: expected {expected}")]
    Syntax {
        offset: usize,
        /// What JSON asks for there.
        expected: &'static str,
    },
    /// An escape names half of a surrogate pair, which is no character.
    #[error("lone surrogate at byte {offset} of the record: a \\ud800–\\udfff escape stands without its other half")]
    LoneSurrogate {
        /// Where the escape begins.
        offset: usize,
    },
    /// A number is too large for any field.
    #[error("the number at byte {offset} of the record is out of range")]
    NumberRange {
        /// Where the number begins.
        offset: usize,
    },
    /// Objects and arrays are nested too deeply.
    #[error("objects and arrays are nested deeper than {limit} levels at byte {offset} of the record")]
    TooDeep {
        /// Where the first level too many begins.
        offset: usize,
        /// The deepest nesting that is read.
        limit: u32,
    },
    /// A JSON object that is neither.
    #[error(
        "neither a CloudTrail record (no eventName, eventSource or eventVersion) nor an ECS document (no @timestamp, \
         event or ecs fields)"
    )]
    NotAnEvent,
    /// It says no time that can be read, so that no rule and no stretch of time could find it.
    #[error("no time that can be read: {field} is {found}; ISO 8601 and seconds since 1970 are read")]
    NoTime {
        /// Where the time should be: `eventTime` or `@timestamp`.
        field: &'static str,
        /// What is there instead, made visible.
        found: String,
    },
    /// A record that does not say what was called.
    #[error("no call: a CloudTrail record has eventName and eventSource, this has no {missing}")]
    NoCall {
        /// The first of the two that is missing.
        missing: &'static str,
    },
    /// A document's only content is a record in a text field, and that record is bad.
    #[error("the record inside `{field}` cannot be read: {source}")]
    Inner {
        /// The field: `message` or `event.original`.
        field: &'static str,
        /// What is wrong with it; offsets count from the start of the field's text.
        source: Box<BadEvent>,
    },
}
