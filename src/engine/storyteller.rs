//! The story of an incident: every event that belongs to it, in order. On a thread of its own, so that a story and what is
//! looked up about an alert do not wait for each other. While a story is open and the log goes on, what is new is told.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::archive::Search;
use super::extent::Extent;
use super::hint::Hint;
use super::kept::Kept;
use super::sought::Sought;
use super::sources::Sources;
use super::story::{SCENES, Story, StoryQuestion};
use super::{Outlet, Update};
use crate::investigate::{Cast, Issued, Scene};

/// How often is told what is known so far.
const BEAT: Duration = Duration::from_millis(250);

/// How long the log may go on before the story that is open is told anew.
const REST: Duration = Duration::from_secs(2);
/// Telling one that takes long is followed by a rest this many times longer.
const SHARE: u32 = 20;
/// The longest rest.
const LONGEST: Duration = Duration::from_secs(600);
/// What is read for one story at most.
const MOST: Extent = Extent { files: 20_000, documents: 1_000_000 };

/// How far the log had come: as long as it stands there, a story stays as it is.
type Stand = (u64, DateTime<Utc>);

/// What the thread is told.
pub(super) enum StoryRequest {
    Tell(StoryQuestion),
    /// Nobody reads the story any more.
    Close,
    End,
}

/// Starts the thread. It ends at [`StoryRequest::End`].
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(sources: Sources, outlet: Outlet) -> std::io::Result<Sender<StoryRequest>> {
    let (requests, inbox) = unbounded();
    std::thread::Builder::new().name("story".into()).spawn(move || run(&sources, &outlet, &inbox))?;
    Ok(requests)
}

/// The story that is open.
struct Open {
    question: StoryQuestion,
    /// What was told of it, and how far the log had come.
    told: Option<(Story, Stand)>,
}

fn run(sources: &Sources, outlet: &Outlet, inbox: &Receiver<StoryRequest>) {
    let overtaken = || !inbox.is_empty();
    let (mut open, mut rest): (Option<Open>, Duration) = (None, REST);
    loop {
        match inbox.recv_timeout(rest) {
            Ok(StoryRequest::Tell(question)) => open = Some(Open { question, told: None }),
            Ok(StoryRequest::Close) => open = None,
            Err(RecvTimeoutError::Timeout) => {}
            Ok(StoryRequest::End) | Err(RecvTimeoutError::Disconnected) => break,
        }
        let Some(now) = open.as_mut().filter(|_| !overtaken()) else { continue };
        let begun = Instant::now();
        if sources.tell_story(now, outlet, &overtaken).is_none() {
            break;
        }
        rest = (begun.elapsed() * SHARE).clamp(REST, LONGEST);
    }
}

impl Sources {
    /// Tells a story as it becomes known; one that was told, only where it has changed. `None` when nobody listens any
    /// more.
    fn tell_story(&self, open: &mut Open, outlet: &Outlet, overtaken: &(dyn Fn() -> bool + Sync)) -> Option<()> {
        let question = &open.question;
        let (from, to) =
            (question.from.unwrap_or(DateTime::UNIX_EPOCH), question.to.unwrap_or(DateTime::<Utc>::MAX_UTC));
        let to = to.checked_add_signed(TimeDelta::milliseconds(1)).unwrap_or(to);
        let stand = (self.archive.changes(), self.until(to));
        if open.told.as_ref().is_some_and(|(_, at)| *at == stand) {
            return Some(());
        }
        // What has no ARN is compared by a name that is put together: no record need hold that.
        let composed = question.cast.principals.iter().any(|name| !name.starts_with("arn:"));
        let hint = if composed { Hint::default() } else { Hint::of(question.cast.texts()) };
        let may_matter = |record: &[u8]| hint.may_matter(record);
        let of = Mutex::new(Extent::default());
        let begin = |more| *of.lock().unwrap_or_else(PoisonError::into_inner) = more;
        let search = Search {
            from,
            to: self.until(to),
            geoip: &self.geoip,
            threads: self.threads,
            most: MOST,
            begin: &begin,
            narrow: sought(&question.cast).node(),
            may_matter: &may_matter,
            overtaken,
        };
        let (mut found, mut read, mut beat) = (Kept::<Scene>::default(), Extent::default(), Instant::now());
        let (quiet, mut listening) = (open.told.is_some(), true);
        let so_far = |found: &Kept<Scene>, read| Story {
            ticket: question.ticket,
            read,
            of: *of.lock().unwrap_or_else(PoisonError::into_inner),
            ..told(found, question.near)
        };
        let gaps = self.archive.search(
            &search,
            |made: &mut Kept<Scene>, event, origin| {
                if let Some(scene) = question.cast.why(event).and_then(|why| Scene::of(event, origin, why)) {
                    made.push(scene);
                }
            },
            |made, portion| {
                found.append(made);
                read += portion;
                if !quiet && beat.elapsed() >= BEAT {
                    beat = Instant::now();
                    listening &= outlet(Update::Story(Box::new(so_far(&found, read))));
                }
            },
        );
        // Overtaken: whoever asked last is answered.
        let Some(gaps) = gaps else { return listening.then_some(()) };
        let mut story = Story { done: true, ..so_far(&found, read) };
        let cut = (story.total > SCENES)
            .then(|| format!("only {SCENES} of {} events are listed, those nearest to the alerts", story.total));
        let gaps: Vec<String> = gaps.into_iter().chain(cut).collect();
        story.gaps = (!gaps.is_empty()).then(|| gaps.join("; "));
        let same = |(before, _): &(Story, Stand)| before.scenes == story.scenes && before.gaps == story.gaps;
        let news = !open.told.as_ref().is_some_and(same);
        open.told = Some((story.clone(), stand));
        let heard = listening && (!news || outlet(Update::Story(Box::new(story))));
        heard.then_some(())
    }
}

/// What a cluster is asked for.
fn sought(cast: &Cast) -> Sought {
    let Cast { keys, principals, addresses, targets, events, .. } = cast;
    let sought = Sought::default().each(principals, Sought::principal).each(keys, Sought::key);
    let sought = sought.each(addresses, Sought::address).each(targets, Sought::named).each(events, Sought::event);
    if keys.is_empty() {
        sought
    } else {
        Issued::BEGINNINGS.iter().fold(sought, |sought, begin| sought.beginning(begin))
    }
}

/// The events in order, each once; of too many those nearest to `near`.
fn told(found: &Kept<Scene>, near: DateTime<Utc>) -> Story {
    let mut scenes: Vec<&Scene> = found.list.iter().collect();
    let order = |scenes: &mut Vec<&Scene>| scenes.sort_by(|a, b| (a.time, &a.distinct).cmp(&(b.time, &b.distinct)));
    order(&mut scenes);
    scenes.dedup_by(|a, b| a.distinct == b.distinct);
    let total = scenes.len() + found.more;
    if scenes.len() > SCENES {
        scenes.sort_by_key(|scene| (scene.time - near).abs());
        scenes.truncate(SCENES);
        order(&mut scenes);
    }
    Story { scenes: scenes.into_iter().cloned().collect(), total, ..Story::default() }
}
