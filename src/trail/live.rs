//! Reads a file that may still be written. Holds no state: what is new follows from the file as it is and the mark of the
//! last reading, so a restart is no different from the next look.
//!
//! - Plain lines are read as far as records have ended, and go on there when the file has grown.
//! - Anything else (a delivery file, an array, one document, gzip) gives nothing until it is whole, and is read anew when
//!   it has changed. The new mark then counts instead of the old one.
//! - A file that is not whole is waited for. Once it has been left alone for a while (`settled`), it gives what is good,
//!   and its mark says what is wrong.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::inflate::Unpacker;
use super::mark::{self, Stamp};
use super::problem::{Problem, ReadError};
use super::read::{Buffers, Window, open, pump, regular};
use super::record::{BadRecord, Content, FileMark, RawRecord};
use super::sniff::Packing;
use super::split::{Split, Splitter};

/// What one look at a file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveRead {
    /// Nothing new: the mark stands.
    Unchanged {
        /// Its last line has not ended; worth another look, `settled`, when it has been left alone.
        waiting: bool,
    },
    /// Not whole yet. Nothing was given, and the mark, if there is one, stands. Worth another look when it changes, and
    /// one, `settled`, when it has been left alone.
    Waiting(Problem),
    /// It was read.
    Read(Box<Progress>),
}

/// What was read of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The new mark. Its event times are those of the old mark when reading went on, and empty otherwise.
    pub mark: FileMark,
    /// The file was read from its beginning although it had been read before: the counts of the new mark stand instead
    /// of those of the old one, not beside them.
    pub restarted: bool,
    /// Records given this time.
    pub records: u64,
    /// Insight events and digests seen this time, left out.
    pub left_out: u64,
    /// Stretches found this time that are no records, the first [`super::BAD_KEPT`] of them.
    pub bad: Vec<BadRecord>,
    /// All stretches found this time that are no records.
    pub bad_total: u64,
    /// Bytes of content looked at this time, after decompression.
    pub content_bytes: u64,
    /// Its last line has not ended; worth another look, `settled`, when it has been left alone.
    pub waiting: bool,
    /// What is wrong with the file as a whole; the mark has it as text.
    pub problem: Option<Problem>,
}

/// Looks at the file at `path`, last read as `prior` says, and gives what is new to `sink`. `settled`: it has been left
/// alone for so long that what is missing will not come.
///
/// # Errors
/// When it cannot be opened.
pub fn read(
    path: &Path,
    prior: Option<&FileMark>,
    settled: bool,
    buffers: &mut Buffers,
    sink: &mut dyn FnMut(RawRecord<'_>),
) -> Result<LiveRead, ReadError> {
    let now = Stamp::of(&regular(path, std::fs::metadata(path))?);
    if let Some(prior) = prior.filter(|prior| prior.stamp() == now) {
        let waiting = prior.has_open_end();
        if !(waiting && settled) {
            return Ok(LiveRead::Unchanged { waiting });
        }
    }
    let (file, metadata) = open(path)?;
    let stamp = Stamp::of(&metadata);
    let looked = look(&file, stamp, prior, settled, buffers, sink);
    looked
        .map_err(|source| ReadError::Refused { path: path.to_owned(), source })
        .map(|looked| looked.answer(path, prior, settled))
}

/// Where reading goes on, if it can.
fn resume_at(file: &File, stamp: Stamp, prior: Option<&FileMark>) -> std::io::Result<Option<u64>> {
    let Some(prior) = prior else { return Ok(None) };
    let same = prior.content == Some(Content::Lines)
        && prior.id == stamp.id
        && prior.consumed <= prior.size
        && (stamp.size > prior.size || stamp == prior.stamp());
    Ok((same && mark::head(file, prior.size, prior.consumed)? == prior.head).then_some(prior.consumed))
}

/// A look at a file, before it is decided what it means for the mark.
struct Looked {
    stamp: Stamp,
    head: u64,
    resumed: bool,
    split: Split,
    problem: Option<Problem>,
    content_bytes: u64,
    give: Give,
}

/// How much of the records found is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Give {
    All,
    /// Those that end at or before this offset.
    Until(u64),
    Nothing,
}

impl Give {
    fn decide(lines: bool, split: &Split, problem: Option<&Problem>, settled: bool) -> Self {
        match problem {
            None => Self::All,
            Some(Problem::CutShort(_)) if lines => Self::Until(split.consumed),
            Some(_) if settled || lines => Self::All,
            Some(_) => Self::Nothing,
        }
    }

    fn includes(self, end: u64) -> bool {
        match self {
            Self::All => true,
            Self::Until(limit) => end <= limit,
            Self::Nothing => false,
        }
    }
}

/// Splits the file from where reading goes on up to its size when it was opened, and gives the records that may be given.
fn look(
    file: &File,
    stamp: Stamp,
    prior: Option<&FileMark>,
    settled: bool,
    buffers: &mut Buffers,
    sink: &mut dyn FnMut(RawRecord<'_>),
) -> std::io::Result<Looked> {
    let resumed_at = resume_at(file, stamp, prior)?;
    let start = resumed_at.unwrap_or(0);
    let known = resumed_at.map(|_| Packing::Plain);
    let mut looked = Looked {
        stamp,
        head: 0,
        resumed: resumed_at.is_some(),
        split: Split::default(),
        problem: None,
        content_bytes: 0,
        give: Give::Nothing,
    };
    let Buffers { content, inflater, kept, places } = buffers;

    let mut unpacker = match Unpacker::begin(part(file, start, stamp.size)?, inflater, known) {
        Ok(unpacker) => unpacker,
        Err(problem) => {
            looked.give = Give::decide(false, &looked.split, Some(&problem), settled);
            looked.problem = Some(problem);
            looked.head = mark::head(file, stamp.size, stamp.size)?;
            return Ok(looked);
        }
    };
    places.clear();
    let window = Window::fill(&mut unpacker, content);
    let fits = !window.more;
    let splitter = Splitter::new(start, std::mem::take(kept)).going_on(looked.resumed);
    let first = pump(window, &mut unpacker, content, splitter, settled, &mut |record| {
        if fits {
            places.push((record.offset, record.bytes.len()));
        }
    });
    *kept = first.kept;
    looked.content_bytes = unpacker.written();
    looked.problem = first.problem.or_else(|| first.split.problem.clone());
    let lines = unpacker.packing() == Packing::Plain && first.split.content == Some(Content::Lines);
    let open = !first.split.complete || (first.split.open_line && lines);
    if open && looked.problem.is_none() {
        looked.problem = Some(Problem::CutShort("the last line has not ended".to_owned()));
    }
    looked.give = Give::decide(lines, &first.split, looked.problem.as_ref(), settled);
    looked.split = first.split;
    looked.head = mark::head(file, stamp.size, looked.consumed())?;
    if looked.give == Give::Nothing {
        return Ok(looked);
    }

    let mut give = |record: RawRecord<'_>| {
        if looked.give.includes(record.offset + record.bytes.len() as u64) {
            sink(record);
        }
    };
    if fits {
        for &(offset, length) in places.iter() {
            let at = (offset - start) as usize;
            give(RawRecord { bytes: &content[at..at + length], offset });
        }
    } else if let Ok(mut unpacker) = Unpacker::begin(part(file, start, stamp.size)?, inflater, known) {
        let window = Window::fill(&mut unpacker, content);
        let splitter = Splitter::new(start, std::mem::take(kept)).going_on(looked.resumed);
        *kept = pump(window, &mut unpacker, content, splitter, settled, &mut give).kept;
    }
    Ok(looked)
}

fn part(mut file: &File, start: u64, end: u64) -> std::io::Result<std::io::Take<&File>> {
    file.seek(SeekFrom::Start(start))?;
    Ok(file.take(end.saturating_sub(start)))
}

impl Looked {
    fn consumed(&self) -> u64 {
        match self.give {
            Give::Until(limit) => limit,
            Give::All | Give::Nothing => self.stamp.size,
        }
    }

    fn answer(self, path: &Path, prior: Option<&FileMark>, settled: bool) -> LiveRead {
        if let (Give::Nothing, Some(problem)) = (self.give, &self.problem) {
            return LiveRead::Waiting(problem.clone());
        }
        let consumed = self.consumed();
        let mut split = self.split;
        let mut waiting = false;
        if let Give::Until(limit) = self.give {
            waiting = !settled;
            split.bad_total = split.bad_consumed;
            split.bad.retain(|bad| bad.offset < limit);
        }
        let problem = self.problem.filter(|_| !waiting);
        let gone_on = prior.filter(|_| self.resumed);
        let mark = FileMark {
            path: path.to_owned(),
            id: self.stamp.id,
            size: self.stamp.size,
            mtime_ns: self.stamp.mtime_ns,
            consumed,
            head: self.head,
            content: match split.content {
                _ if self.resumed => Some(Content::Lines),
                Some(Content::Empty) if problem.is_some() => None,
                content => content,
            },
            records: gone_on.map_or(0, |mark| mark.records) + split.records,
            bad: gone_on.map_or(0, |mark| mark.bad) + split.bad_total,
            problem: problem.as_ref().map(ToString::to_string),
            first_event: gone_on.and_then(|mark| mark.first_event),
            last_event: gone_on.and_then(|mark| mark.last_event),
        };
        LiveRead::Read(Box::new(Progress {
            mark,
            restarted: prior.is_some() && !self.resumed,
            records: split.records,
            left_out: split.left_out,
            bad: split.bad,
            bad_total: split.bad_total,
            content_bytes: self.content_bytes,
            waiting,
            problem,
        }))
    }
}

#[cfg(test)]
mod tests;
