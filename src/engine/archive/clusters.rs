//! Looking up in clusters.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::{DateTime, Utc};

use super::super::extent::Extent;
use super::super::parallel::stream;
use super::Search;
use crate::cluster::windows::{self, Rest, Window};
use crate::cluster::{Client, LARGEST_ANSWER, Narrowing};
use crate::event::{self, Event};
use crate::trail::{Origin, RawRecord};

/// What came from clusters while they are watched.
#[derive(Debug)]
pub(in crate::engine) struct Arrivals {
    documents: AtomicU64,
    /// In microseconds; the maximum where there is none.
    begins: AtomicI64,
    /// Until when some were left out, in microseconds; the minimum where none were.
    left_out: AtomicI64,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self { documents: AtomicU64::new(0), begins: AtomicI64::new(i64::MAX), left_out: AtomicI64::new(i64::MIN) }
    }
}

impl Arrivals {
    /// So many documents have come, the earliest of this time.
    pub(in crate::engine) fn add(&self, documents: u64, begins: Option<DateTime<Utc>>) {
        self.documents.fetch_add(documents, Ordering::Relaxed);
        if let Some(begins) = begins {
            self.begins.fetch_min(begins.timestamp_micros(), Ordering::Relaxed);
        }
    }

    /// Until this time, in microseconds, the server left out what no rule may match: what was not seen before then may have
    /// been there.
    pub(in crate::engine) fn leave_out(&self, until: i64) {
        self.left_out.fetch_max(until, Ordering::Relaxed);
    }

    pub(super) fn whole_since(&self) -> Option<DateTime<Utc>> {
        match self.left_out.load(Ordering::Relaxed) {
            i64::MIN => None,
            micros => DateTime::from_timestamp_micros(micros),
        }
    }

    pub(super) fn documents(&self) -> u64 {
        self.documents.load(Ordering::Relaxed)
    }

    pub(super) fn begins(&self) -> Option<DateTime<Utc>> {
        match self.begins.load(Ordering::Relaxed) {
            i64::MAX => None,
            micros => DateTime::from_timestamp_micros(micros),
        }
    }
}

/// What is to be said of documents that were not read.
fn said(cluster: &str, Rest { older, too_large }: Rest) -> Option<String> {
    let older = (older > 0)
        .then(|| format!("{older} older documents of cluster {cluster} are not read, as there are too many"));
    let large = (too_large > 0).then(|| {
        let most = LARGEST_ANSWER >> 20;
        format!("{too_large} documents of cluster {cluster} are not read, as each has more than {most} MB")
    });
    let all: Vec<String> = older.into_iter().chain(large).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

impl Search<'_> {
    /// [`super::Archive::search`] over one cluster.
    pub(super) fn cluster<T: Default + Send>(
        &self,
        client: &Client,
        of: &mut Extent,
        each: &(impl Fn(&mut T, &Event<'_>, &Origin) + Sync),
        merge: &mut impl FnMut(T, Extent),
    ) -> Option<Option<String>> {
        if (self.overtaken)() {
            return None;
        }
        let narrowing = self.narrow.clone().map_or_else(Narrowing::default, |node| {
            Narrowing::to(vec![("question".to_owned(), node)]).typed(event::schema())
        });
        // A cluster takes no time before its epoch, or of six digits.
        let since = Some(self.from).filter(|from| *from > DateTime::UNIX_EPOCH);
        let until = Some(self.to).filter(|to| *to < DateTime::<Utc>::MAX_UTC);
        let narrowing = narrowing.between(since, until);
        let (before, mut read, mut overtaken) = (*of, 0, false);
        let answer = stream(
            self.threads,
            |is_over, hand_out| {
                let stop = || is_over() || (self.overtaken)();
                windows::search(client, &narrowing, self.most.documents, &stop, &mut |window| hand_out(window))
            },
            |window: Window| {
                let documents = window.hits.len() as u64;
                let made = self.read(each, |_, sink| {
                    for hit in &window.hits {
                        let origin = hit.origin(client.name());
                        sink(RawRecord { bytes: &hit.source, origin: &origin });
                    }
                });
                (made, documents, window.ahead)
            },
            |(made, documents, ahead)| {
                overtaken = made.is_none() || (self.overtaken)();
                if overtaken {
                    return ControlFlow::Break(());
                }
                read += documents;
                *of = before;
                *of += Extent::of_documents(read + ahead);
                (self.begin)(*of);
                made.into_iter().for_each(|made| merge(made, Extent::of_documents(documents)));
                ControlFlow::Continue(())
            },
        );
        let gap = match answer {
            _ if overtaken || (self.overtaken)() => return None,
            Some(Ok(rest)) => said(client.name(), rest),
            Some(Err(failure)) => Some(failure.to_string()),
            None => Some(format!("cluster {}: reading ended too early", client.name())),
        };
        Some(gap)
    }
}
