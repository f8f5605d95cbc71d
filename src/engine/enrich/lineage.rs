//! Looks up where the credentials of an alert came from, and what was opened with them.
//!
//! An event says when its session was opened, so the call that opened it lies in a window of minutes: one small look for
//! each session on the way up. Then one look from where it all began to 12 hours after the alert, for what was opened:
//! it takes in every issuing of that time, as what one key opened opens others.

use chrono::{DateTime, Duration, Utc};

use super::super::archive::Search;
use super::super::hint::Hint;
use super::super::sought::Sought;
use super::{Opened, Sources};
use crate::investigate::{Credentials, LINEAGE_AFTER, LINEAGE_WITHIN, Lineage, Link, Links};

/// The call that opened a session lies this long before it, a sign-in to the console included.
const BEFORE: Duration = Duration::minutes(5);
/// Clocks of two services differ by this at most.
const AFTER: Duration = Duration::seconds(10);
/// Sessions followed up one by one.
const STEPS: usize = 8;

impl Sources {
    /// The lineage of the alert's credentials; within, `None` where the event has no time. `None` when it was overtaken.
    pub(super) fn lineage(
        &self,
        opened: &Opened<'_>,
        log_begins: Option<DateTime<Utc>>,
        overtaken: &(dyn Fn() -> bool + Sync),
    ) -> Option<Option<Lineage>> {
        let Some(of) = Credentials::of(opened.event) else { return Some(None) };
        let mut links = Links::default();
        links.begin(log_begins);
        let mut lineage = links.lineage(&of);
        for _ in 0..STEPS {
            let Some(begun) = lineage.opened.filter(|begun| *begun <= of.time + AFTER) else { break };
            let (found, _) = self.issued(begun - BEFORE, begun + AFTER, overtaken)?;
            links.merge(found);
            let further = links.lineage(&of);
            if further.opened == lineage.opened {
                break;
            }
            lineage = further;
        }
        let from = lineage.begins().unwrap_or(of.time - LINEAGE_WITHIN).max(of.time - LINEAGE_WITHIN);
        let (found, gaps) = self.issued(from, of.time + LINEAGE_AFTER, overtaken)?;
        links.merge(found);
        let mut lineage = links.lineage(&of);
        lineage.gaps.extend(gaps);
        Some(Some(lineage))
    }

    /// Every issuing of credentials in a stretch of time, and what the search could not cover.
    fn issued(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        overtaken: &(dyn Fn() -> bool + Sync),
    ) -> Option<(Links, Option<String>)> {
        let hint = Hint::of_issuing([]);
        let may_matter = |record: &[u8]| hint.may_matter(record);
        let search =
            Search { narrow: Sought::default().issuing().node(), ..self.between(from, to, &may_matter, overtaken) };
        let mut links = Links::default();
        let gaps = self.archive.search(
            &search,
            |made: &mut Links, event, _| Link::of(event).into_iter().for_each(|link| made.push(link)),
            |made, _| links.merge(made),
        )?;
        Some((links, gaps))
    }
}
