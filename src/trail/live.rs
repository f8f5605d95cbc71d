//! Reads a file that may still be written. Holds no state: what is new follows from the file as it is and the mark of the
//! last reading, so a restart is no different from the next look.
//!
//! - Plain lines are read as far as records have ended, and go on there when the file has grown.
//! - A file of lines may go on with gzip members, and a gzip file of lines with further ones, or with plain lines. A member
//!   gives nothing until it is whole; what stands before it does.
//! - Anything else (a delivery file, an array, one document, packed or not) gives nothing until it is whole, and is read
//!   anew when it has changed. The new mark then counts instead of the old one.
//! - A file that is not whole is waited for. Once it has been left alone for a while (`settled`), it gives what is good,
//!   and its mark says what is wrong.
//! - A file that is cut or written anew while it is read is waited for, too; its change will be noticed.

mod known;
mod opened;

use std::fs::File;
use std::path::Path;

use self::known::holds;
pub use self::known::known_as;
use self::opened::Opened;
use super::checkpoint::{Checkpoint, CheckpointColumns, bytes_between};
use super::foreign;
use super::inflate::{Unpacker, is_text};
use super::problem::{Problem, ReadError};
use super::read::{self, Buffers, Reader, Window, open, pump, regular};
use super::record::{BadRecord, Content, ContentRecord, RawRecord, located};
use super::sniff::{self, Packing};
use super::split::{self, SoFar, Split, Splitter};
use super::stamp::{FileId, FileStamp};

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
    /// Another file has its name by now, which looks like this. Nothing was given: what is known of that one is to be asked
    /// first.
    Another(FileStamp),
    /// It was read.
    Read(Box<Progress>),
}

/// What was read of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The new mark. Its event times are those of the old mark when reading went on, and empty otherwise.
    pub checkpoint: Checkpoint,
    /// The file was read from its beginning although it had been read before: the counts of the new mark stand instead
    /// of those of the old one, not beside them.
    pub restarted: bool,
    /// Records given this time.
    pub records: u64,
    /// Insight events and digests seen this time, left out.
    pub left_out: u64,
    /// Records given this time that lay in an envelope, counted by it.
    pub opened: split::Opened,
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

/// Looks at the file `id` at `path`, last read as `prior` says, and gives what is new to `sink`. `settled`: it has been left
/// alone for so long that what is missing will not come.
///
/// # Errors
/// When it cannot be opened.
pub fn read(
    (path, id): (&Path, FileId),
    prior: Option<&Checkpoint>,
    settled: bool,
    buffers: &mut Buffers,
    sink: &mut dyn FnMut(RawRecord<'_>),
) -> Result<LiveRead, ReadError> {
    let now = FileStamp::of(&regular(path, std::fs::metadata(path))?);
    if now.id != id {
        return Ok(LiveRead::Another(now));
    }
    if let Some(prior) = prior.filter(|prior| prior.is_of(now)) {
        let waiting = prior.has_open_end();
        if !(waiting && settled) {
            return Ok(LiveRead::Unchanged { waiting });
        }
    }
    let (file, metadata) = open(path)?;
    let stamp = FileStamp::of(&metadata);
    if stamp.id != id {
        return Ok(LiveRead::Another(stamp));
    }
    let looked = look(&file, stamp, prior, settled, buffers, &mut located(path, sink));
    looked
        .map_err(|source| ReadError::Refused { path: path.to_owned(), source })
        .map(|looked| looked.answer(path, prior, settled))
}

/// Where reading begins.
#[derive(Debug, Clone, Copy)]
struct Start {
    /// Offset in the file.
    file: u64,
    /// Offset in its content, after decompression.
    content: u64,
    /// It goes on where it ended.
    resumed: bool,
    /// Something before it is packed.
    packed: bool,
}

impl Start {
    fn of(file: &File, stamp: FileStamp, prior: Option<&Checkpoint>) -> std::io::Result<Self> {
        let anew = Self { file: 0, content: 0, resumed: false, packed: false };
        let Some(checkpoint) = prior else { return Ok(anew) };
        let prior = &checkpoint.0;
        let same = prior.content == Some(Content::Lines)
            && prior.id == stamp.id
            && (prior.consumed > 0 || prior.problem.is_none())
            && (stamp.size > prior.size || checkpoint.is_of(stamp));
        if !same || !holds(file, prior)? {
            return Ok(anew);
        }
        let content = match prior.unpacked {
            Some(content) => content,
            None if is_gzip(&bytes_at(file, 0)?) => return Ok(anew),
            None => prior.consumed,
        };
        let packed = prior.unpacked.is_some();
        let next = bytes_at(file, prior.consumed)?;
        if packed && !is_gzip(&next) && !next.first().is_none_or(|byte| is_text(*byte)) {
            return Ok(anew);
        }
        Ok(Self { file: prior.consumed, content, resumed: true, packed })
    }

    /// What is known of how the file is packed from here on.
    fn packing(self, file: &File) -> std::io::Result<Option<Packing>> {
        Ok(match self.resumed {
            true if is_gzip(&bytes_at(file, self.file)?) => Some(Packing::Gzip),
            true => Some(Packing::Plain),
            false => None,
        })
    }
}

fn bytes_at(file: &File, offset: u64) -> std::io::Result<Vec<u8>> {
    bytes_between(file, offset, offset + sniff::HEAD as u64)
}

fn is_gzip(head: &[u8]) -> bool {
    sniff::packing(head) == Packing::Gzip
}

/// A look at a file, before it is decided what it means for the mark.
struct Looked {
    stamp: FileStamp,
    start: Start,
    head: u64,
    split: Split,
    problem: Option<Problem>,
    content_bytes: u64,
    /// Whether any of it is packed.
    packed: bool,
    give: Give,
}

/// How much of the records found is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Give {
    All,
    /// What ends at or before this offset: whole lines, or all that stands before packed data that is not whole.
    Until(SoFar),
    Nothing,
}

impl Give {
    fn includes(self, end: u64) -> bool {
        match self {
            Self::All => true,
            Self::Until(until) => end <= until.offset,
            Self::Nothing => false,
        }
    }
}

/// Splits the file from where reading goes on up to its size when it was opened, and gives the records that may be given.
fn look(
    file: &File,
    stamp: FileStamp,
    prior: Option<&Checkpoint>,
    settled: bool,
    buffers: &mut Buffers,
    sink: &mut dyn FnMut(ContentRecord<'_>),
) -> std::io::Result<Looked> {
    let opened = Opened::new(file, stamp.size)?;
    let start = Start::of(file, stamp, prior)?;
    let packing = start.packing(file)?;
    let mut looked = Looked {
        stamp,
        start,
        head: 0,
        split: Split::default(),
        problem: None,
        content_bytes: 0,
        packed: false,
        give: Give::Nothing,
    };
    let Buffers { content, inflater, kept, places } = buffers;

    let mut unpacker = match Unpacker::begin(opened.part(start.file)?, inflater, packing) {
        Ok(unpacker) => unpacker,
        Err(problem) => {
            looked.give = if settled { Give::All } else { Give::Nothing };
            looked.problem = Some(problem);
            looked.seal(&opened)?;
            return Ok(looked);
        }
    };
    places.clear();
    let window = Window::fill(&mut unpacker, content);
    let packed = match unpacker.packing() {
        Packing::Layer(_) => true,
        Packing::Gzip if !start.resumed => read::within(&content[..window.length]).is_some(),
        Packing::Gzip | Packing::Plain | Packing::Unsupported(_) => false,
    };
    if packed {
        return look_packed(file, &opened, looked, settled, sink);
    }
    let mut in_window = !window.more;
    let splitter = Splitter::new(start.content, std::mem::take(kept)).going_on(start.resumed);
    let first = pump(window, &mut unpacker, content, splitter, settled, &mut |record| {
        // A record that lay in an envelope does not stand in the content as it is.
        in_window &= record.envelope.is_none();
        if in_window {
            places.push((record.offset, record.bytes.len()));
        }
    });
    *kept = first.kept;
    looked.content_bytes = unpacker.written();
    looked.packed = unpacker.was_packed();
    looked.problem = first.problem.or_else(|| first.split.problem.clone());
    looked.split = first.split;
    looked.decide(first.turned, settled);
    looked.seal(&opened)?;
    if looked.give == Give::Nothing {
        return Ok(looked);
    }

    let mut give = |record: ContentRecord<'_>| {
        if looked.give.includes(record.offset + record.bytes.len() as u64) {
            sink(record);
        }
    };
    if in_window && first.turned.is_none() {
        for &(offset, length) in places.iter() {
            let at = (offset - start.content) as usize;
            give(ContentRecord { bytes: &content[at..at + length], offset, envelope: None });
        }
    } else if let Ok(mut unpacker) = Unpacker::begin(opened.part(start.file)?, inflater, packing) {
        let window = Window::fill(&mut unpacker, content);
        let splitter = Splitter::new(start.content, std::mem::take(kept)).going_on(start.resumed);
        *kept = pump(window, &mut unpacker, content, splitter, settled, &mut give).kept;
    }
    Ok(looked)
}

/// Looks at a file that a library unpacks: whole or not at all, so once to see that it is, and once more to give.
fn look_packed(
    file: &File,
    opened: &Opened<'_>,
    mut looked: Looked,
    settled: bool,
    sink: &mut dyn FnMut(ContentRecord<'_>),
) -> std::io::Result<Looked> {
    let read = |sink: &mut dyn FnMut(ContentRecord<'_>)| {
        let content = opened.part(0)?;
        std::io::Result::Ok(Reader::outermost(None).read_from(content, Some(file), &mut Buffers::new(), sink))
    };
    let report = read(&mut |_| {})?;
    // Reading cannot go on inside such a file: what has grown is read anew.
    let content = report.content.map(|content| if content == Content::Lines { Content::Array } else { content });
    looked.split = Split {
        content,
        records: report.records,
        left_out: report.left_out,
        opened: report.opened,
        bad: report.bad,
        bad_total: report.bad_total,
        complete: report.complete,
        ..Split::default()
    };
    (looked.problem, looked.content_bytes, looked.packed) = (report.problem, report.content_bytes, true);
    looked.decide(None, settled);
    looked.seal(opened)?;
    if looked.give != Give::Nothing {
        read(sink)?;
    }
    Ok(looked)
}

impl Looked {
    fn is_lines(&self) -> bool {
        self.start.resumed || self.split.content == Some(Content::Lines)
    }

    /// Decides how much is given. `turned`: where plain content went on with packed data.
    fn decide(&mut self, turned: Option<SoFar>, settled: bool) {
        let split = &self.split;
        let plain_lines = !self.packed && split.content == Some(Content::Lines);
        if self.problem.is_none() && (!split.complete || (split.open_line && plain_lines)) {
            self.problem = Some(Problem::CutShort("the last line has not ended".to_owned()));
        }
        self.give = match (&self.problem, turned) {
            (None, _) => Give::All,
            (Some(Problem::CutShort(_)), _) if plain_lines => Give::Until(SoFar {
                offset: split.consumed,
                records: split.records,
                left_out: split.left_out,
                bad_total: split.bad_consumed,
            }),
            (Some(_), _) if settled || plain_lines => Give::All,
            (Some(_), Some(before)) if self.is_lines() && before.offset > self.start.content => Give::Until(before),
            (Some(_), _) => Give::Nothing,
        };
    }

    /// Takes in what the file must still hold when it is looked at next, or that what was read of it does not count.
    fn seal(&mut self, opened: &Opened<'_>) -> std::io::Result<()> {
        if let Some(head) = opened.head(self.consumed())? {
            self.head = head;
        } else {
            self.give = Give::Nothing;
            self.problem = Some(Problem::CutShort("it was cut or written anew while it was read".to_owned()));
        }
        Ok(())
    }

    /// Bytes of the file that need not be read again when it grows.
    fn consumed(&self) -> u64 {
        match self.give {
            // Up to there it is plain.
            Give::Until(until) => self.start.file + (until.offset - self.start.content),
            // What is missing of packed data may follow, and cannot be read without its beginning.
            Give::All if self.is_packed() && self.problem.is_some() => 0,
            Give::All | Give::Nothing => self.stamp.size,
        }
    }

    /// Bytes of content before that, where they are others than those of the file.
    fn unpacked(&self) -> Option<u64> {
        match self.give {
            Give::Until(until) => self.start.packed.then_some(until.offset),
            Give::All if self.is_packed() && self.is_lines() && self.problem.is_none() => {
                Some(self.start.content + self.content_bytes)
            }
            Give::All | Give::Nothing => None,
        }
    }

    fn is_packed(&self) -> bool {
        self.packed || self.start.packed
    }

    fn answer(self, path: &Path, prior: Option<&Checkpoint>, settled: bool) -> LiveRead {
        if let (Give::Nothing, Some(problem)) = (self.give, &self.problem) {
            return LiveRead::Waiting(problem.clone());
        }
        let (consumed, unpacked) = (self.consumed(), self.unpacked());
        let mut split = self.split;
        let mut waiting = false;
        if let Give::Until(until) = self.give {
            waiting = !settled;
            (split.records, split.left_out, split.bad_total) = (until.records, until.left_out, until.bad_total);
            split.bad.retain(|bad| bad.offset < until.offset);
        }
        let mut problem = self.problem.filter(|_| !waiting);
        foreign::excuse(&mut problem, path);
        let resumed = self.start.resumed;
        let gone_on = prior.filter(|_| resumed).map(Checkpoint::columns);
        let checkpoint = Checkpoint(CheckpointColumns {
            path: path.to_owned(),
            id: self.stamp.id,
            size: self.stamp.size,
            mtime_ns: self.stamp.mtime_ns,
            ctime_ns: Some(self.stamp.ctime_ns),
            consumed,
            unpacked,
            head: self.head,
            content: match split.content {
                _ if resumed => Some(Content::Lines),
                Some(Content::Empty) if problem.is_some() => None,
                content => content,
            },
            records: gone_on.map_or(0, |before| before.records) + split.records,
            bad: gone_on.map_or(0, |before| before.bad) + split.bad_total,
            problem: problem.as_ref().map(ToString::to_string),
            first_event: gone_on.and_then(|before| before.first_event),
            last_event: gone_on.and_then(|before| before.last_event),
        });
        LiveRead::Read(Box::new(Progress {
            checkpoint,
            restarted: prior.is_some() && !resumed,
            records: split.records,
            left_out: split.left_out,
            opened: split.opened,
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
