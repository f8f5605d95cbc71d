//! Any question to the log: the events that match a query, or are a sequence or sample, counts over time, and the values
//! of fields that come most often. On a thread of its own, by reading the files again, the newest first; what is known so far is told a few
//! times a second, and a newer question, or nobody waiting any more, breaks a search off.
//!
//! Memory is bounded whatever the log holds: so many events are kept and the others counted ([`Explored::matched`]),
//! values past a bound are counted roughly and say so ([`Values::off_by`]). An event that was delivered twice counts
//! once. One without a time lies in no window and is not found.

mod answer;
mod asked;
mod gather;
mod together;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, Sender, unbounded};

use self::answer::{Answer, Assembled, Streamed};
use self::asked::{Asked, What};
use self::gather::{Delivered, Gathered, Oldest};
use self::together::Candidate;
use super::archive::{Archive, Search};
use super::extent::Extent;
use super::kept::Kept;
use super::window::Window;
use super::{Explored, Outlet, Question, Update};
use crate::event::{Event, GeoIp};
use crate::trail::Origin;

/// How often is told what is known so far.
const BEAT: Duration = Duration::from_millis(250);

/// What the thread is told.
pub(super) enum ExploreRequest {
    Ask(Question),
    /// Nobody waits for the answer any more.
    Stop,
    End,
}

/// What the thread needs to know.
pub(super) struct Explorer {
    pub archive: Archive,
    /// The databases with which events are read.
    pub geoip: GeoIp,
    /// Event times that the run looks at.
    pub window: Window,
    pub threads: usize,
    /// On a replay: events after this have not happened yet.
    pub now: Option<Arc<RwLock<DateTime<Utc>>>>,
}

/// Starts the thread. It ends at [`ExploreRequest::End`].
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(explorer: Explorer, outlet: Outlet) -> std::io::Result<Sender<ExploreRequest>> {
    let (requests, inbox) = unbounded();
    std::thread::Builder::new().name("explore".into()).spawn(move || explorer.run(&outlet, &inbox))?;
    Ok(requests)
}

impl Explorer {
    fn run(&self, outlet: &Outlet, inbox: &Receiver<ExploreRequest>) {
        let overtaken = || !inbox.is_empty();
        while let Ok(mut request) = inbox.recv() {
            // Only the newest question is waited for.
            while let Ok(newer) = inbox.try_recv() {
                request = newer;
            }
            match request {
                ExploreRequest::Ask(question) => {
                    if !self.answer(&question, outlet, &overtaken) {
                        break;
                    }
                }
                ExploreRequest::Stop => {}
                ExploreRequest::End => break,
            }
        }
    }

    /// Searches, and tells what is found. Whether anybody listens.
    fn answer(&self, question: &Question, outlet: &Outlet, overtaken: &(dyn Fn() -> bool + Sync)) -> bool {
        let asked = match Asked::of(question) {
            Ok(asked) => asked,
            Err(error) => return outlet(Update::Notice(error)),
        };
        let (from, to, gaps) = self.window(question);
        let of = Mutex::new(Extent::default());
        let search = Search {
            from,
            to,
            geoip: &self.geoip,
            threads: self.spare_threads(),
            most: Extent::ALL,
            begin: &|more| *of.lock().unwrap_or_else(PoisonError::into_inner) = more,
            narrow: asked.narrow.clone(),
            // One large file must not hold up whoever asked something else meanwhile.
            may_matter: &|bytes| asked.may_matter(bytes),
            overtaken,
        };
        let (delivered, oldest) = (Delivered::default(), Oldest::default());
        let fields = question.fields.as_slice();
        let mut listening = true;
        let mut tell = |answer: Explored, read| {
            let of = *of.lock().unwrap_or_else(PoisonError::into_inner);
            listening &= outlet(Update::Explored(Box::new(Explored { ticket: question.ticket, read, of, ..answer })));
        };
        let whole = match &asked.what {
            What::Each(query) => self.search(
                &search,
                Streamed { gathered: Gathered::default(), oldest: &oldest, fields },
                |made: &mut Gathered, event, origin| {
                    if query.matches(event) && delivered.is_new(&event.distinct_id()) {
                        made.add(event, origin, fields, &oldest);
                    }
                },
                &mut tell,
            ),
            What::Together(together) => self.search(
                &search,
                Assembled { kept: Kept::default(), together, fields },
                |made: &mut Kept<Candidate>, event, origin| {
                    if let Some(candidate) = together.candidate(event, origin, fields)
                        && delivered.is_new(&event.distinct_id())
                    {
                        made.push(candidate);
                    }
                },
                &mut tell,
            ),
        };
        let Some((whole, read, uncovered)) = whole else { return listening };
        let gaps: Vec<String> = gaps.into_iter().chain(uncovered).chain(delivered.gap()).collect();
        tell(Explored { done: true, gaps: (!gaps.is_empty()).then(|| gaps.join("; ")), ..whole }, read);
        listening
    }

    /// Searches, and tells what is known so far a few times a second. The whole answer, how much was read, and what could
    /// not be covered; `None` when it was overtaken.
    fn search<T: Default + Send, A: Answer<T>>(
        &self,
        search: &Search<'_>,
        mut answer: A,
        take: impl Fn(&mut T, &Event<'_>, &Origin) + Sync,
        tell: &mut impl FnMut(Explored, Extent),
    ) -> Option<(Explored, Extent, Vec<String>)> {
        let (mut read, mut told) = (Extent::default(), Instant::now());
        let uncovered = self.archive.search(search, take, |made, portion| {
            answer.merge(made);
            read += portion;
            if told.elapsed() >= BEAT {
                told = Instant::now();
                tell(answer.so_far(), read);
            }
        })?;
        let gaps = uncovered.into_iter().chain(answer.gap()).collect();
        Some((answer.whole(), read, gaps))
    }

    /// From when to when is searched, and what of the question that leaves out.
    fn window(&self, question: &Question) -> (DateTime<Utc>, DateTime<Utc>, Vec<String>) {
        let (mut from, mut to, mut gaps) = (question.since, question.until, Vec::new());
        let time = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M:%SZ").to_string();
        if let Some(since) = self.window.since
            && from.is_none_or(|from| from < since)
        {
            from = Some(since);
            gaps.push(format!("only events since {} are looked at in this run", time(since)));
        }
        if let Some(until) = self.window.until
            && to.is_none_or(|to| to > until)
        {
            to = Some(until);
            gaps.push(format!("only events before {} are looked at in this run", time(until)));
        }
        let present = self.now.as_ref().and_then(|now| now.read().ok().map(|now| *now));
        let present = present.map(|now| now.checked_add_signed(chrono::Duration::milliseconds(1)).unwrap_or(now));
        let to = [to, present].into_iter().flatten().min().unwrap_or(DateTime::<Utc>::MAX_UTC);
        (from.unwrap_or(DateTime::<Utc>::MIN_UTC), to, gaps)
    }

    /// One core stays free for the analyst.
    fn spare_threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.min(cores.saturating_sub(1)).max(1)
    }
}
