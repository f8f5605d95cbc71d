//! Opening the state.

use std::path::Path;

use crate::triage::{Access, OpenOptions, Store, StoreError};

/// Opens a state for writing: that of a console, with `--read-only` too, where the analyst decides nothing but what the
/// logs say is still written down.
pub(super) fn open(path: &Path, shared: bool) -> Result<Store, StoreError> {
    Store::open_with(path, &OpenOptions { access: Access::ReadWrite, shared, ..OpenOptions::default() })
}

/// Opens a state to read from.
pub(super) fn read(path: &Path) -> Result<Store, StoreError> {
    Store::open(path, Access::ReadOnly)
}
