//! What a feed has to know before it reads: who answers, what stands behind the patterns, and the types of the fields that
//! its narrowing names. None of it depends on the rest, so it is asked side by side: each takes the server a few
//! milliseconds, and a scan for one rule little more than that. Of several failures the same one is told each time.

use std::thread;

use crate::cluster::ask::Asker;
use crate::cluster::asked::Types;
use crate::cluster::indices::{self, Listing};
use crate::cluster::{Failure, FailureKind, Narrowing};

/// What was found. `narrows`: whether the types are of use; what kept them from being found counts only where there is
/// something to read.
pub(super) fn ask(
    asker: Asker<'_>,
    narrowing: &Narrowing,
    narrows: bool,
) -> Result<(Listing, Option<Result<Types, Failure>>), Failure> {
    let profile = asker.client.profile();
    if profile.user.is_some() {
        // A password that is wrong is sent once: servers lock out who insists.
        drop(asker.client.greet(Some(asker.stop)));
    }
    let (mut greeting, mut types) = (None, None);
    let listing = thread::scope(|scope| {
        scope.spawn(|| greeting = asker.client.greet(Some(asker.stop)).err());
        if narrows {
            scope.spawn(|| types = Some(Types::of(&asker, narrowing)));
        }
        indices::list(&asker, &profile.index)
    });
    match greeting {
        Some(failure) if failure.kind == FailureKind::Unsupported => Err(failure),
        _ => Ok((listing?, types)),
    }
}
