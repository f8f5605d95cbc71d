//! What is known of each file: how far it has been read and which stretch of time it covers. Shared between the thread
//! that reads and the one that looks for related events.
//!
//! It is on disk, in the state, and asked for there: in memory are what is not written yet, and for each file that is two
//! hashes of four bytes, which tell of nearly every new file that nothing is known of it.

mod sketch;

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};

use self::sketch::Sketch;
use crate::trail::watch::Known;
use crate::trail::{Checkpoint, FileId, FileStamp};
use crate::triage::{Marks, Store, StoreError};

/// What is known of all files, behind locks that are held for look-ups and insertions only.
#[derive(Debug, Clone, Default)]
pub(super) struct Checkpoints(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    held: RwLock<Held>,
    /// Nothing where there is no state on disk: then everything is held.
    disk: Option<Mutex<Marks>>,
}

/// What is not on disk, or not yet.
#[derive(Debug, Default)]
struct Held {
    /// By path, as it is written: that is told apart much faster than by its parts. Nothing for files that are gone.
    files: HashMap<OsString, Option<Entry>>,
    /// Names of those that were read: a file may have several.
    names: BTreeSet<(FileId, OsString)>,
    /// Paths and ids of what is on disk.
    on_disk: Sketch,
    changes: u64,
}

/// What is known of a file.
#[derive(Debug)]
struct Entry {
    checkpoint: Option<Checkpoint>,
    span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Whether it is on its way to the disk.
    lasting: bool,
}

impl Held {
    fn put(&mut self, path: OsString, entry: Option<Entry>) {
        self.changes += 1;
        if let Some(checkpoint) = entry.as_ref().and_then(|entry| entry.checkpoint.as_ref()) {
            self.names.insert((checkpoint.id(), path.clone()));
        }
        let before = self.files.insert(path.clone(), entry);
        self.let_go(&path, before.flatten());
    }

    fn remove(&mut self, path: &OsStr) {
        let before = self.files.remove(path);
        self.let_go(path, before.flatten());
    }

    /// A name that a file had before.
    fn let_go(&mut self, path: &OsStr, before: Option<Entry>) {
        let Some(id) = before.and_then(|entry| entry.checkpoint).map(|before| before.id()) else { return };
        let now = self.checkpoint(path).map(Checkpoint::id);
        if now != Some(id) {
            self.names.remove(&(id, path.to_owned()));
        }
    }

    fn checkpoint(&self, path: &OsStr) -> Option<&Checkpoint> {
        self.files.get(path)?.as_ref()?.checkpoint.as_ref()
    }

    fn checkpoints(&self) -> impl Iterator<Item = (&OsString, &Checkpoint)> {
        self.files.iter().filter_map(|(path, entry)| Some((path, entry.as_ref()?.checkpoint.as_ref()?)))
    }
}

impl Checkpoints {
    /// A checkpoints of what this state knows, and of what is put into it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn of(store: &Store) -> Result<Self, StoreError> {
        let disk = store.marks_beside()?;
        let passing = if disk.is_none() { store.marks()? } else { Vec::new() };
        let checkpoints = Self(Arc::new(Shared { held: RwLock::default(), disk: disk.map(Mutex::new) }));
        passing.into_iter().for_each(|checkpoint| checkpoints.put(checkpoint, true));
        Ok(checkpoints)
    }

    /// Goes through what an earlier run has read, and answers which files are as they should be.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn recall(&self, mut take: impl FnMut(&Checkpoint)) -> Result<Known, StoreError> {
        let (mut known, mut on_disk) = (Known::default(), Sketch::default());
        let mut recall = |checkpoint: &Checkpoint| {
            known.add(checkpoint);
            take(checkpoint);
        };
        self.ask(|disk| {
            disk.each(|checkpoint| {
                on_disk.add(checkpoint.path().as_os_str());
                on_disk.add(&checkpoint.id());
                recall(checkpoint);
            })
        })?;
        self.read().checkpoints().for_each(|(path, held)| recall(&held.clone().renamed(Path::new(path))));
        on_disk.settle();
        self.write().on_disk = on_disk;
        Ok(known)
    }

    /// How far a file was read.
    pub(super) fn get(&self, path: &Path) -> Option<Checkpoint> {
        {
            let held = self.read();
            match held.files.get(path.as_os_str()) {
                Some(entry) => {
                    return Some(entry.as_ref()?.checkpoint.clone()?.renamed(path));
                }
                None if !held.on_disk.may_have(path.as_os_str()) => return None,
                None => {}
            }
        }
        // What cannot be asked for is read again: nothing is lost by that.
        self.ask(|disk| disk.of(path)).ok().flatten()
    }

    /// How far files with this id were read, under whatever names.
    pub(super) fn of_id(&self, id: FileId) -> Vec<Checkpoint> {
        let (mut found, on_disk) = {
            let held = self.read();
            let names = held.names.range((id, OsString::new())..).take_while(|(of, _)| *of == id);
            let named = names.filter_map(|(_, path)| Some(held.checkpoint(path)?.clone().renamed(Path::new(path))));
            (named.collect::<Vec<_>>(), held.on_disk.may_have(&id))
        };
        if on_disk {
            let known = self.ask(|disk| disk.of_id(id)).unwrap_or_default();
            let held = self.read();
            found.extend(known.into_iter().filter(|known| !held.files.contains_key(known.path().as_os_str())));
        }
        found
    }

    /// Whether the file was read when it looked like this, and there is nothing more to expect of it.
    pub(super) fn is_read(&self, path: &Path, stamp: FileStamp) -> bool {
        self.get(path).is_some_and(|known| known.is_of(stamp) && !known.has_open_end())
    }

    /// Whether no file was read.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many files were read, about.
    pub(super) fn len(&self) -> usize {
        let held = self.read();
        held.on_disk.len() / 2 + held.checkpoints().count()
    }

    /// Every file that was read and is not on disk yet.
    pub(super) fn held(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self.read().checkpoints().map(|(path, _)| path.into()).collect();
        paths.sort_unstable();
        paths
    }

    /// At most `most` of those on disk, by path, behind `after`.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn on_disk(&self, after: Option<&Path>, most: usize) -> Result<Vec<PathBuf>, StoreError> {
        self.ask(|disk| disk.paths(after, most))
    }

    /// Takes in how far a file was read. `lasting`: that is about to be written.
    pub(super) fn put(&self, mut checkpoint: Checkpoint, lasting: bool) {
        let path = checkpoint.take_path().into_os_string();
        let span = checkpoint.span();
        self.write().put(path, Some(Entry { checkpoint: Some(checkpoint), span, lasting }));
    }

    /// Whether what is known of a file is on disk, or about to be.
    pub(super) fn lasts(&self, path: &Path) -> bool {
        let held = self.read();
        match held.files.get(path.as_os_str()) {
            Some(entry) => entry.as_ref().is_some_and(|entry| entry.lasting),
            None => held.on_disk.may_have(path.as_os_str()),
        }
    }

    /// Takes in that a file is gone. Whether what was known of it is on disk, or about to be.
    pub(super) fn forget(&self, path: &Path) -> bool {
        let lasts = self.lasts(path);
        self.write().put(path.into(), None);
        lasts
    }

    /// Lets go of what is on disk now. `gone`: files that were taken out there.
    pub(super) fn written<'m>(
        &self,
        written: impl IntoIterator<Item = &'m Checkpoint>,
        gone: impl IntoIterator<Item = &'m Path>,
    ) {
        if self.0.disk.is_none() {
            return;
        }
        let mut held = self.write();
        for checkpoint in written {
            let path = checkpoint.path().as_os_str();
            held.on_disk.add(path);
            held.on_disk.add(&checkpoint.id());
            // It may have been read on since.
            if held.checkpoint(path).is_some_and(|known| known.clone().renamed(checkpoint.path()) == *checkpoint) {
                held.remove(path);
            }
        }
        for path in gone {
            if held.files.get(path.as_os_str()).is_some_and(Option::is_none) {
                held.remove(path.as_os_str());
            }
        }
    }

    /// Takes in the stretch of time that a file covers.
    pub(super) fn cover(&self, path: &Path, first: Option<DateTime<Utc>>, last: Option<DateTime<Utc>>) {
        self.write().put(path.into(), Some(Entry { checkpoint: None, span: first.zip(last), lasting: false }));
    }

    /// Files with events between `from` and `to`, oldest first.
    pub(super) fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<PathBuf> {
        let mut found = self.ask(|disk| disk.between(from, to)).unwrap_or_default();
        let held = self.read();
        if !held.files.is_empty() {
            found.retain(|(_, path)| !held.files.contains_key(path.as_os_str()));
            let spans = held.files.iter().filter_map(|(path, entry)| Some((entry.as_ref()?.span?, path)));
            let among = spans.filter(|((first, last), _)| *first <= to && *last >= from);
            found.extend(among.map(|((first, _), path)| (first, path.into())));
            found.sort_unstable();
        }
        found.into_iter().map(|(_, path)| path).collect()
    }

    /// How often something was taken in: unchanged as long as the answers are.
    pub(super) fn changes(&self) -> u64 {
        self.read().changes
    }

    /// Time of the earliest event in any file.
    pub(super) fn begins(&self) -> Option<DateTime<Utc>> {
        let on_disk = self.ask(Marks::begins).ok().flatten();
        let held = self.read();
        held.files.values().filter_map(|entry| Some(entry.as_ref()?.span?.0)).chain(on_disk).min()
    }

    /// What the disk answers; what it answers by default where there is none.
    fn ask<T: Default>(&self, question: impl FnOnce(&Marks) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match &self.0.disk {
            Some(disk) => question(&disk.lock().unwrap_or_else(PoisonError::into_inner)),
            None => Ok(T::default()),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.0.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.0.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
