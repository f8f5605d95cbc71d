//! A file as it was when it was opened. Whoever writes it may cut it, or write it anew, while it is read: what was read
//! then is neither what the file was nor what it is, and no mark may say so.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take};

use crate::trail::checkpoint::{beginning, head};

pub(super) struct Opened<'f> {
    file: &'f File,
    size: u64,
    beginning: Vec<u8>,
    /// Whether it turned out to end before its size.
    cut: Cell<bool>,
}

impl<'f> Opened<'f> {
    /// The first that is to be done with a file of this size.
    pub(super) fn new(file: &'f File, size: u64) -> io::Result<Self> {
        Ok(Self { file, size, beginning: beginning(file, size)?, cut: Cell::new(false) })
    }

    /// Its bytes from `start` on.
    pub(super) fn part(&self, start: u64) -> io::Result<Part<'_>> {
        let mut file = self.file;
        file.seek(SeekFrom::Start(start))?;
        Ok(Part { bytes: file.take(self.size.saturating_sub(start)), cut: &self.cut })
    }

    /// What it must still hold when it is looked at next. Nothing when it has changed otherwise than by growing, as far as
    /// what was read, its beginning and its end tell.
    pub(super) fn head(&self, consumed: u64) -> io::Result<Option<u64>> {
        let head = head(self.file, self.size, consumed)?;
        let stands = !self.cut.get() && beginning(self.file, self.size)? == self.beginning;
        Ok(head.filter(|_| stands))
    }
}

pub(super) struct Part<'o> {
    bytes: Take<&'o File>,
    cut: &'o Cell<bool>,
}

impl Read for Part<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(out)?;
        if read == 0 && !out.is_empty() && self.bytes.limit() > 0 {
            self.cut.set(true);
        }
        Ok(read)
    }
}
