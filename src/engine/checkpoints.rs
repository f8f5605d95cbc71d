//! What is known of each file: how far it has been read and which stretch of time it covers. Shared between the thread
//! that reads and the one that looks for related events.
//!
//! It is on disk, in the state, and asked for there: in memory are what is not written yet, and for each file that is two
//! hashes of four bytes, which tell of nearly every new file that nothing is known of it.

mod sketch;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};

use self::sketch::Sketch;
use crate::trail::watch::Known;
use crate::trail::{FileMark, Stamp};
use crate::triage::{KnownFile, Marks, Store, StoreError};

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
    /// Names of those that were read, by device and inode.
    inodes: HashMap<(u64, u64), OsString>,
    /// Paths, devices and inodes of what is on disk.
    on_disk: Sketch,
    changes: u64,
}

/// What is known of a file.
#[derive(Debug)]
struct Entry {
    mark: Option<FileMark>,
    span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Whether it is on its way to the disk.
    lasting: bool,
}

impl Held {
    fn put(&mut self, path: OsString, entry: Option<Entry>) {
        self.changes += 1;
        if let Some(mark) = entry.as_ref().and_then(|entry| entry.mark.as_ref()) {
            self.inodes.insert(mark.id, path.clone());
        }
        let before = self.files.insert(path.clone(), entry);
        self.let_go(&path, before.flatten());
    }

    fn remove(&mut self, path: &OsStr) {
        let before = self.files.remove(path);
        self.let_go(path, before.flatten());
    }

    /// A name that an inode had before.
    fn let_go(&mut self, path: &OsStr, before: Option<Entry>) {
        let Some(id) = before.and_then(|entry| entry.mark).map(|mark| mark.id) else { return };
        let now = self.files.get(path).and_then(|entry| entry.as_ref()?.mark.as_ref()).map(|mark| mark.id);
        if now != Some(id) && self.inodes.get(&id).is_some_and(|name| name == path) {
            self.inodes.remove(&id);
        }
    }

    fn mark(&self, path: &OsStr) -> Option<&FileMark> {
        self.files.get(path)?.as_ref()?.mark.as_ref()
    }

    fn marks(&self) -> impl Iterator<Item = (&OsString, &FileMark)> {
        self.files.iter().filter_map(|(path, entry)| Some((path, entry.as_ref()?.mark.as_ref()?)))
    }
}

impl Checkpoints {
    /// A ledger of what this state knows, and of what is put into it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn of(store: &Store) -> Result<Self, StoreError> {
        let disk = store.marks_beside()?;
        let passing = if disk.is_none() { store.marks()? } else { Vec::new() };
        let ledger = Self(Arc::new(Shared { held: RwLock::default(), disk: disk.map(Mutex::new) }));
        passing.into_iter().for_each(|mark| ledger.put(mark, true));
        Ok(ledger)
    }

    /// Goes through what an earlier run has read, and answers which files are as they should be.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn recall(&self, mut take: impl FnMut(&KnownFile<'_>)) -> Result<Known, StoreError> {
        let (mut known, mut on_disk) = (Known::default(), Sketch::default());
        let mut recall = |file: KnownFile<'_>| {
            if !file.has_open_end {
                known.add(file.path, file.stamp, file.ctime_known);
            }
            take(&file);
        };
        self.ask(|disk| {
            disk.each(|file| {
                on_disk.add(file.path.as_os_str());
                on_disk.add(&file.stamp.id);
                recall(file);
            })
        })?;
        self.read().marks().for_each(|(path, mark)| recall(KnownFile { path: Path::new(path), ..mark.into() }));
        on_disk.settle();
        self.write().on_disk = on_disk;
        Ok(known)
    }

    /// The mark of a file.
    pub(super) fn mark(&self, path: &Path) -> Option<FileMark> {
        {
            let held = self.read();
            match held.files.get(path.as_os_str()) {
                Some(entry) => {
                    let mark = entry.as_ref()?.mark.as_ref()?;
                    return Some(FileMark { path: path.to_owned(), ..mark.clone() });
                }
                None if !held.on_disk.may_have(path.as_os_str()) => return None,
                None => {}
            }
        }
        // What cannot be asked for is read again: nothing is lost by that.
        self.ask(|disk| disk.of(path)).ok().flatten()
    }

    /// Marks of files with this device and inode, under whatever names.
    pub(super) fn marks_of(&self, id: (u64, u64)) -> Vec<FileMark> {
        let (mut marks, on_disk) = {
            let held = self.read();
            let name = held.inodes.get(&id);
            let mark = name.and_then(|path| Some(FileMark { path: path.into(), ..held.mark(path)?.clone() }));
            (Vec::from_iter(mark), held.on_disk.may_have(&id))
        };
        if on_disk {
            let known = self.ask(|disk| disk.of_inode(id)).unwrap_or_default();
            let held = self.read();
            marks.extend(known.into_iter().filter(|mark| !held.files.contains_key(mark.path.as_os_str())));
        }
        marks
    }

    /// Whether the file was read when it looked like this, and there is nothing more to expect of it.
    pub(super) fn is_read(&self, path: &Path, stamp: Stamp) -> bool {
        self.mark(path).is_some_and(|mark| mark.is_of(stamp) && !mark.has_open_end())
    }

    /// Whether no file was read.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many files were read, about.
    pub(super) fn len(&self) -> usize {
        let held = self.read();
        held.on_disk.len() / 2 + held.marks().count()
    }

    /// Every file that was read and is not on disk yet.
    pub(super) fn held(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self.read().marks().map(|(path, _)| path.into()).collect();
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

    /// Takes in a mark, and the stretch of time it tells of. `lasting`: it is about to be written.
    pub(super) fn put(&self, mut mark: FileMark, lasting: bool) {
        let path = std::mem::take(&mut mark.path).into_os_string();
        let span = mark.first_event.zip(mark.last_event);
        self.write().put(path, Some(Entry { mark: Some(mark), span, lasting }));
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
        marks: impl IntoIterator<Item = &'m FileMark>,
        gone: impl IntoIterator<Item = &'m Path>,
    ) {
        if self.0.disk.is_none() {
            return;
        }
        let mut held = self.write();
        for mark in marks {
            let path = mark.path.as_os_str();
            held.on_disk.add(path);
            held.on_disk.add(&mark.id);
            // It may have been read on since.
            if held.mark(path).is_some_and(|known| known.size == mark.size && known.ctime_ns == mark.ctime_ns) {
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
        self.write().put(path.into(), Some(Entry { mark: None, span: first.zip(last), lasting: false }));
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
