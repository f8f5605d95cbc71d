//! How far a shard was read: its sequence number, and what it takes to notice that numbers were given anew.

/// How far one shard of one index was read. The state keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The name of the cluster in the configuration.
    pub cluster: String,
    /// The index by its uuid: one made anew under the same name is another.
    pub uuid: String,
    pub shard: u32,
    /// Its name when it was read, for messages.
    pub index: String,
    /// Everything up to this sequence number was read, or will not come any more; -1 before the first.
    pub number: i64,
    /// The primary term when that was read: a higher one means that another copy took over and gave numbers anew.
    pub term: u64,
    /// What above it was read as well, as stretches of numbers: `17-23`. What lies between them may still become visible.
    pub overlap: Vec<String>,
    /// Events evaluated so far. This and what follows is for whoever keeps the cursor: a [`super::Feed`] leaves it empty.
    pub documents: u64,
    /// Times of the earliest and the latest of them, in microseconds.
    pub span: Option<(i64, i64)>,
    /// Events before this, in microseconds, were not asked for.
    pub since: Option<i64>,
    /// When the server last left out what no rule asks for, in microseconds: of what happened before nobody knows whether
    /// it was the first time.
    pub narrowed: Option<i64>,
}
