//! Which links belong to one another: sorted, so that a link finds those before and after it.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Holder, Link, Within};
use crate::event::IdentityKind;
use crate::investigate::routine::shape;

/// Credentials that open sessions for more names than this are a broker's: those whom it serves have nothing in common.
const SERVED: usize = 2;
/// How long after a sign-in its session may begin, by the clocks of two services.
const SIGN_IN: TimeDelta = TimeDelta::minutes(5);
/// How much before it.
const EARLY: TimeDelta = TimeDelta::seconds(10);
/// How long a session of the console lasts.
const CONSOLE: TimeDelta = TimeDelta::hours(12);

/// Places in a list of links, sorted.
#[derive(Debug, Default)]
pub(super) struct Tied {
    /// The record that stands for each: several tell of one issuing.
    stands_for: Vec<u32>,
    /// For those that name no issued key, the record of the same call that does.
    named_by: HashMap<u32, u32>,
    /// Those with an issued key, by it.
    issued: Vec<u32>,
    /// Those with a key that signed, by it and the time.
    signed: Vec<u32>,
    /// Those that name no issued key, by whom they are for and the time.
    unnamed: Vec<(String, u32)>,
    /// Those that no known key signed, by the ARN of the caller and the time.
    unsigned: Vec<u32>,
    /// Those that no known key signed, by the id of their event.
    by_event: Vec<u32>,
    /// For each, what its names come to, see [`Self::name`].
    names: Vec<(u64, u64)>,
}

impl Tied {
    pub(super) fn of(list: &[Link]) -> Self {
        let stands_for = merged(list);
        let own = |at: &u32| stands_for[*at as usize] == *at;
        let all = || 0..u32::try_from(list.len()).unwrap_or(u32::MAX);
        let link = |at: u32| &list[at as usize];
        let order = |a: u32, b: u32| (link(a).time, &link(a).event_id).cmp(&(link(b).time, &link(b).event_id));
        // A record that names no key may stand for one that does: whichever names it is found by it.
        let mut issued: Vec<u32> = all().filter(|at| link(*at).issued.is_some()).collect();
        issued.sort_by(|a, b| link(*a).issued.cmp(&link(*b).issued).then_with(|| order(*a, *b)));
        let mut signed: Vec<u32> = all().filter(own).filter(|at| link(*at).signed.is_some()).collect();
        signed.sort_by(|a, b| link(*a).signed.cmp(&link(*b).signed).then_with(|| order(*a, *b)));
        let named = issued.iter().map(|at| (stands_for[*at as usize], *at));
        let named_by: HashMap<u32, u32> = named.filter(|(own, _)| link(*own).issued.is_none()).collect();
        let mut unnamed: Vec<(String, u32)> = all()
            .filter(own)
            .filter(|at| link(*at).issued.is_none() && !named_by.contains_key(at))
            .filter_map(|at| Some((link(at).to.place()?, at)))
            .collect();
        unnamed.sort_by(|(a, at), (b, bt)| a.cmp(b).then_with(|| order(*at, *bt)));
        let is_switch = |at: &u32| link(*at).signed.is_none() && link(*at).by.arn.is_some() && !link(*at).signs_in();
        let mut unsigned: Vec<u32> = all().filter(own).filter(is_switch).collect();
        unsigned.sort_by(|a, b| link(*a).by.arn.cmp(&link(*b).by.arn).then_with(|| order(*a, *b)));
        let mut by_event: Vec<u32> = all().filter(|at| link(*at).signed.is_none()).collect();
        by_event.sort_by(|a, b| link(*a).event_id.cmp(&link(*b).event_id));
        let names = list.iter().map(|link| Self::name(&link.to)).collect();
        Self { stands_for, named_by, issued, signed, unnamed, unsigned, by_event, names }
    }

    /// What the names of a link come to: whom it is for, with the role and without.
    fn name(to: &Holder) -> (u64, u64) {
        let hash = |name: Option<&str>| {
            let mut hasher = DefaultHasher::new();
            name.map(shape).hash(&mut hasher);
            hasher.finish()
        };
        let name = to.name.as_deref();
        (hash(to.arn.as_deref().or(name)), hash(to.session.as_deref().or(name)))
    }

    /// Whether the key opened sessions for more than [`SERVED`] names.
    pub(super) fn is_broker(&self, list: &[Link], key: &str, within: &Within) -> bool {
        self.is_served(list, key, within, |(name, _)| name)
    }

    /// Whether the sessions that it opened differ in more than their roles: they are other people's.
    pub(super) fn serves_others(&self, list: &[Link], key: &str, within: &Within) -> bool {
        self.is_served(list, key, within, |(_, session)| session)
    }

    fn is_served(&self, list: &[Link], key: &str, within: &Within, pick: fn((u64, u64)) -> u64) -> bool {
        let mut names: Vec<u64> = Vec::new();
        for at in self.signed_by(list, key, within.from, within.to) {
            let name = pick(self.names[*at as usize]);
            if !names.contains(&name) {
                names.push(name);
            }
            if names.len() > SERVED {
                return true;
            }
        }
        false
    }

    /// The call of this event, as the record tells it that knows most. Asked for events that name no key.
    pub(super) fn of_event(&self, list: &[Link], id: &str) -> Option<Link> {
        let of = |at: u32| list[at as usize].event_id.as_str();
        let at = self.by_event.binary_search_by(|at| of(*at).cmp(id)).ok()?;
        Some(self.link(list, self.stands_for[self.by_event[at] as usize]))
    }

    /// The link, with what all records of its call tell.
    pub(super) fn link(&self, list: &[Link], at: u32) -> Link {
        let link = &list[at as usize];
        let named = self.named_by.get(&at).and_then(|named| list[*named as usize].issued.clone());
        Link { issued: link.issued.clone().or(named), ..link.clone() }
    }

    /// What issued the key.
    pub(super) fn issuing(&self, list: &[Link], key: &str) -> Option<u32> {
        let of = |at: &u32| list[*at as usize].issued.as_deref().unwrap_or_default();
        let begin = self.issued.partition_point(|at| of(at) < key);
        self.issued.get(begin).filter(|at| of(at) == key).map(|at| self.stands_for[*at as usize])
    }

    /// What opened the session of this name at this time, or, where the time is not known, what did last before `by`.
    pub(super) fn opening(
        &self,
        list: &[Link],
        place: &str,
        opened: Option<DateTime<Utc>>,
        by: DateTime<Utc>,
    ) -> Option<u32> {
        let begin = self.unnamed.partition_point(|(name, _)| name.as_str() < place);
        let of_place = self.unnamed[begin..].iter().take_while(|(name, _)| name == place).map(|(_, at)| *at);
        let time = |at: &u32| list[*at as usize].time;
        match opened {
            Some(opened) => of_place
                .filter(|at| time(at) <= opened + EARLY && opened <= time(at) + SIGN_IN)
                .min_by_key(|at| (time(at) - opened).abs()),
            None => of_place.filter(|at| time(at) <= by && by <= time(at) + CONSOLE).last(),
        }
    }

    /// What the key signed, from one time to another.
    pub(super) fn signed_by(&self, list: &[Link], key: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> &[u32] {
        between(
            &self.signed,
            |at| {
                let link = &list[at as usize];
                (link.signed.as_deref().unwrap_or_default().cmp(key), link.time)
            },
            from,
            to,
        )
    }

    /// What somebody of this ARN called with credentials that the log does not name: the console, on a switch of roles.
    pub(super) fn called_by(&self, list: &[Link], arn: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> &[u32] {
        let of = |at: u32| {
            let link = &list[at as usize];
            (link.by.arn.as_deref().unwrap_or_default().cmp(arn), link.time)
        };
        between(&self.unsigned, of, from, to.min(from + CONSOLE))
    }
}

fn between(
    sorted: &[u32],
    of: impl Fn(u32) -> (Ordering, DateTime<Utc>),
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> &[u32] {
    let begin = sorted.partition_point(|at| of(*at) < (Ordering::Equal, from));
    let end = sorted.partition_point(|at| of(*at) <= (Ordering::Equal, to));
    &sorted[begin..end.max(begin)]
}

/// For each record the one that stands for its call. Records of one call have an event id, a `sharedEventID` or an issued
/// key in common; the one that names the key of the caller wins.
fn merged(list: &[Link]) -> Vec<u32> {
    let mut parents: Vec<u32> = (0..list.len()).map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect();
    let rank = |at: u32| {
        let link = &list[at as usize];
        let knows = (link.signed.is_none(), link.by.kind == IdentityKind::AwsAccount, link.issued.is_none());
        (knows, link.time, &link.event_id, at)
    };
    let texts: [fn(&Link) -> Option<&String>; 3] =
        [|link| Some(&link.event_id), |link| link.shared_id.as_ref(), |link| link.issued.as_ref()];
    for text in texts {
        let mut first: HashMap<&str, u32> = HashMap::with_capacity(list.len());
        for (at, link) in list.iter().enumerate() {
            let Some(text) = text(link) else { continue };
            let root = root(&mut parents, u32::try_from(at).unwrap_or(u32::MAX));
            let known = match first.get(text.as_str()) {
                Some(known) => self::root(&mut parents, *known),
                None => root,
            };
            let (winner, other) = if rank(known) <= rank(root) { (known, root) } else { (root, known) };
            parents[other as usize] = winner;
            first.insert(text, winner);
        }
    }
    for at in 0..parents.len() {
        let root = root(&mut parents, u32::try_from(at).unwrap_or(u32::MAX));
        parents[at] = root;
    }
    parents
}

fn root(parents: &mut [u32], mut at: u32) -> u32 {
    while parents[at as usize] != at {
        parents[at as usize] = parents[parents[at as usize] as usize];
        at = parents[at as usize];
    }
    at
}
