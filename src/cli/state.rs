//! Opening the state.

use std::path::Path;

use super::output;
use crate::triage::{Access, OpenOptions, Store, StoreError};

/// Opens a state for writing: that of a console, with `--read-only` too, where the analyst decides nothing but what the
/// logs say is still written down.
pub(super) fn open(path: &Path, shared: bool) -> Result<Store, StoreError> {
    Store::open_with(path, &OpenOptions { access: Access::ReadWrite, shared, ..OpenOptions::default() })
}

/// Opens a state for a console. Where it can be read but not written, the console gets a copy that is gone when it ends,
/// and the reason.
pub(super) fn for_console(path: &Path, shared: bool) -> Result<(Store, Option<String>), StoreError> {
    let opened = open(path, shared).and_then(|store| match store.try_to_write() {
        // Somebody else writes at this moment.
        Ok(()) | Err(StoreError::Locked { .. }) => Ok(store),
        Err(error) => Err(error),
    });
    let error = match opened {
        Ok(store) => return Ok((store, None)),
        Err(error) if error.leaves_it_readable() => error,
        Err(error) => return Err(error),
    };
    let options = OpenOptions { access: Access::ReadOnly, shared, ..OpenOptions::default() };
    let Ok(copy) = Store::open_with(path, &options).and_then(|store| store.passing_copy()) else { return Err(error) };
    let why =
        format!("{error}. The console is read-only: it shows what the state holds, and keeps nothing of what it finds");
    output::warning(&why);
    Ok((copy, Some(why)))
}

/// Opens a state to read from.
pub(super) fn read(path: &Path) -> Result<Store, StoreError> {
    Store::open(path, Access::ReadOnly)
}
