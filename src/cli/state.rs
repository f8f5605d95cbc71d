//! Opening the state.

use std::path::Path;

use super::common::Settings;
use crate::triage::{Access, OpenOptions, Store, StoreError};

/// Opens the state of a console for writing. With `--read-only` the analyst decides nothing, but what the logs say is
/// still written down.
pub(super) fn open(settings: &Settings, path: &Path, shared: bool) -> Result<Store, StoreError> {
    let _ = settings;
    Store::open_with(path, &OpenOptions { access: Access::ReadWrite, shared, ..OpenOptions::default() })
}

/// Opens a state to read from.
pub(super) fn read(path: &Path) -> Result<Store, StoreError> {
    Store::open(path, Access::ReadOnly)
}
