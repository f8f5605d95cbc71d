//! Follows links from the credentials of an event: up to where they began, and down to what was opened with them. Loops end
//! where they close; a chain, and how much one key may open, are bounded.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::tied::Tied;
use super::{Credentials, Holder, Lineage, Link, Within};
use crate::event::IdentityKind;
use crate::investigate::times::clock;

/// AWS chains roles without a bound; nobody reads more than this.
const LONGEST: usize = 16;
/// What one key opened, listed.
const FAN: usize = 100;
/// Keys that a trace is given, those before first.
const KEYS: usize = 50;
/// Listed of each direction.
const LISTED: usize = 200;

/// Credentials on the way.
struct Node<'a> {
    key: Option<&'a str>,
    holder: &'a Holder,
    opened: Option<DateTime<Utc>>,
    time: DateTime<Utc>,
}

impl<'a> Node<'a> {
    fn caller(link: &'a Link) -> Self {
        Self { key: link.signed.as_deref(), holder: &link.by, opened: link.by_opened, time: link.time }
    }

    fn receiver(link: &'a Link) -> Self {
        Self { key: link.issued.as_deref(), holder: &link.to, opened: Some(link.time), time: link.time }
    }

    /// Since when they may have been used.
    fn from(&self, within: &Within) -> DateTime<Utc> {
        self.opened.unwrap_or(within.from).max(within.from)
    }
}

pub(super) fn walk(list: &[Link], tied: &Tied, of: &Credentials, begins: Option<DateTime<Utc>>) -> Lineage {
    let within = Within::of(of.time);
    let mut walk = Walk { list, tied, within, seen: HashSet::new(), more: 0 };
    let start = Node { key: of.key.as_deref(), holder: &of.holder, opened: of.opened, time: of.time };
    // A call that issued credentials has its caller's, and another account's record of it may name them.
    let own = of.key.is_none().then(|| tied.of_event(list, &of.event_id)).flatten();
    let start = own.as_ref().map_or(start, Node::caller);
    let up = walk.up(&start);
    let down = walk.down(&start);
    let mut beside = Vec::new();
    let before = up.first().map(Node::caller).into_iter().chain(up.iter().rev().skip(1).rev().map(Node::receiver));
    for node in before.filter(|node| !node.key.is_some_and(|key| tied.is_broker(list, key, &within))) {
        beside.extend(walk.down(&node));
    }
    beside.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
    walk.more += beside.len().saturating_sub(LISTED);
    beside.truncate(LISTED);
    let first = up.first().map(Node::caller);
    let root = root(first.as_ref().unwrap_or(&start), up.first(), begins);
    let keys = walk.keys(&start, &up, &down);
    let opened_by = walk.opened_by(&start, &up);
    Lineage {
        more: walk.more,
        gaps: root.gap.into_iter().collect(),
        opened: root.opened,
        root: root.words,
        keys,
        opened_by,
        up,
        down,
        beside,
    }
}

struct Walk<'a> {
    list: &'a [Link],
    tied: &'a Tied,
    within: Within,
    seen: HashSet<u32>,
    more: usize,
}

impl Walk<'_> {
    /// What issued the credentials, and what issued those, the root first.
    fn up(&mut self, start: &Node<'_>) -> Vec<Link> {
        let mut up: Vec<Link> = Vec::new();
        while up.len() < LONGEST {
            let node = up.last().map(Node::caller);
            let Some(at) = self.opening(node.as_ref().unwrap_or(start)).filter(|at| self.seen.insert(*at)) else {
                break;
            };
            let mut link = self.tied.link(self.list, at);
            if !self.within.holds(link.time) {
                break;
            }
            // The session's own key is known where the log of its opening does not tell it.
            let key = node.as_ref().unwrap_or(start).key;
            link.issued = link.issued.or_else(|| key.map(str::to_owned));
            let ends = link.signs_in() && !link.is_of_portal();
            up.push(link);
            if ends {
                break;
            }
        }
        up.reverse();
        up
    }

    fn opening(&self, node: &Node<'_>) -> Option<u32> {
        let by_key = node.key.and_then(|key| self.tied.issuing(self.list, key));
        by_key.or_else(|| {
            // A key that is not known to be a session's is a long-lived one, whoever signed in meanwhile.
            if node.key.is_some() && node.opened.is_none() {
                return None;
            }
            self.tied.opening(self.list, &node.holder.place()?, node.opened, node.time)
        })
    }

    /// What was opened with the credentials, and with those, by time.
    fn down(&mut self, start: &Node<'_>) -> Vec<Link> {
        let mut down = self.children(start);
        let mut at = 0;
        while at < down.len() && down.len() < LISTED {
            let next = self.children(&Node::receiver(&down[at]));
            down.extend(next);
            at += 1;
        }
        self.more += down.len().saturating_sub(LISTED);
        down.truncate(LISTED);
        down.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
        down
    }

    fn children(&mut self, node: &Node<'_>) -> Vec<Link> {
        let (from, to) = (node.from(&self.within), self.within.to);
        let signed = node.key.map_or(&[][..], |key| self.tied.signed_by(self.list, key, from, to));
        // A session of the console switches roles under the name of its ARN alone.
        let console = node.opened.filter(|opened| self.within.holds(*opened)).zip(node.holder.arn.as_deref());
        let called = console.map_or(&[][..], |(opened, arn)| self.tied.called_by(self.list, arn, opened, to));
        self.more += signed.len().saturating_sub(FAN) + called.len().saturating_sub(FAN);
        let all = signed.iter().take(FAN).chain(called.iter().take(FAN));
        all.filter(|at| self.seen.insert(**at)).map(|at| self.tied.link(self.list, *at)).collect()
    }

    fn is_broker(&self, key: &str) -> bool {
        self.tied.is_broker(self.list, key, &self.within)
    }

    /// Keys before and after those of the event, as far as no broker stands between.
    fn keys(&self, start: &Node<'_>, up: &[Link], down: &[Link]) -> Vec<String> {
        let broker = |key: &Option<String>| key.as_ref().is_some_and(|key| self.is_broker(key));
        let before = up.iter().rev().take_while(|link| !broker(&link.signed)).filter_map(|link| link.signed.clone());
        let mut keys: Vec<String> = before.collect();
        keys.extend(start.key.filter(|key| !self.is_broker(key)).map(str::to_owned));
        // Whatever a broker opened, and all below it, is out.
        let mut cut: HashSet<&str> = HashSet::new();
        for link in down {
            let out = broker(&link.signed) || link.signed.as_deref().is_some_and(|key| cut.contains(key));
            match &link.issued {
                Some(key) if out => drop(cut.insert(key)),
                Some(key) => keys.push(key.clone()),
                None => {}
            }
        }
        keys.dedup();
        keys.truncate(KEYS);
        keys
    }

    /// The human nearest the root, unless what they began serves others.
    fn opened_by(&self, start: &Node<'_>, up: &[Link]) -> Option<String> {
        let serves = |key: Option<&str>| key.is_some_and(|key| self.tied.serves_others(self.list, key, &self.within));
        let own = up.len() - up.iter().rev().take_while(|link| !serves(link.signed.as_deref())).count();
        let above = up[own..].iter().find_map(|link| link.by.person.clone().or_else(|| link.to.person.clone()));
        above.or_else(|| start.holder.person.clone().filter(|_| !serves(start.key)))
    }
}

/// What it all began with.
#[derive(Default)]
struct Root {
    words: String,
    /// When it was opened, of a session whose opening the log does not hold.
    opened: Option<DateTime<Utc>>,
    /// What the log does not tell of it.
    gap: Option<String>,
}

/// `link` is the first.
fn root(node: &Node<'_>, link: Option<&Link>, begins: Option<DateTime<Utc>>) -> Root {
    let holder = node.holder;
    let name = holder.name.as_deref().unwrap_or("somebody");
    let known = |words: String| Root { words, ..Root::default() };
    if let Some(link) = link.filter(|link| link.signs_in()) {
        return known(sign_in(link, name));
    }
    let is_session = node.opened.is_some()
        || matches!(holder.kind, IdentityKind::AssumedRole | IdentityKind::FederatedUser)
        || node.key.is_some_and(|key| key.starts_with("ASIA"));
    match (&holder.kind, node.key) {
        (IdentityKind::AwsService, _) => known(format!("service {name}")),
        (IdentityKind::AwsAccount, None) => {
            let account = holder.account.as_deref().unwrap_or(name);
            let gap = format!("who in account {account} made the call stands in the log of that account");
            Root { words: format!("account {account}"), opened: None, gap: Some(gap) }
        }
        (IdentityKind::SamlUser | IdentityKind::WebIdentityUser | IdentityKind::IdentityCenterUser, None) => {
            known(format!("sign-in of {name}"))
        }
        (_, Some(key)) if !is_session => known(format!("long-lived key {key} of {name}")),
        _ if is_session => session(node, name, begins),
        _ => known(name.to_owned()),
    }
}

fn sign_in(link: &Link, name: &str) -> String {
    let holder = &link.by;
    let mfa = link.mfa.map_or("", |mfa| if mfa { " with MFA" } else { " without MFA" });
    match (&holder.kind, holder.provider.as_deref().or(link.to.provider.as_deref())) {
        (IdentityKind::AwsService, _) => format!("service {name}"),
        (IdentityKind::SamlUser | IdentityKind::WebIdentityUser, Some(provider)) => {
            format!("identity provider {provider}, which vouched for {name}")
        }
        _ if link.action == "ConsoleLogin" => format!("console sign-in of {name}{mfa}"),
        _ => format!("sign-in of {name} ({})", link.action),
    }
}

/// A session whose opening the log does not hold.
fn session(node: &Node<'_>, name: &str, begins: Option<DateTime<Utc>>) -> Root {
    let what = node.key.map_or_else(|| format!("the session of {name}"), |key| format!("{key} of {name}"));
    let (opened, gap) = match (node.opened, begins) {
        (Some(opened), Some(begins)) if opened < begins => {
            let (opened, begins) = (clock(opened), clock(begins));
            (format!(", opened {opened}"), format!("{what} was opened {opened}, before this log begins ({begins})"))
        }
        (Some(opened), _) => {
            let opened = clock(opened);
            (format!(", opened {opened}"), format!("the log does not hold the call that opened {what} at {opened}"))
        }
        (None, _) => (String::new(), format!("the log tells neither when {what} was opened nor by whom")),
    };
    Root { words: format!("session {}{opened}", node.key.unwrap_or(name)), opened: node.opened, gap: Some(gap) }
}
