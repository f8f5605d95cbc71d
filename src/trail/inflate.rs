//! Unpacks a file into a buffer, plain or gzip, a stretch at a time: [`Unpacker::fill`] is the one door through which
//! content comes, whatever unpacks it.
//!
//! Gzip is read member by member with its header and trailer checked here, so that a file cut short and a damaged one are
//! told apart, and one inflater serves all files of a reader.
//!
//! The ordinary delivery file is small and one member: it is read as a whole and unpacked by libdeflate at once, twice as
//! fast as a stream. Where that does not come to exactly what the file promises, nothing of it counts, and the same bytes
//! go through the stream, which knows what to say. So there are two ways and one answer.

use std::fmt;
use std::io::{self, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use libdeflater::Decompressor;
use memchr::memmem;

use super::problem::Problem;
use super::sniff::{self, Packing};

/// Bytes of a packed file read at once.
const INPUT: usize = 128 << 10;

/// Most bytes of a packed file that is unpacked as a whole, and of its content.
const WHOLE: (usize, usize) = (4 << 20, 16 << 20);

/// Most bytes of content that a byte of compressed data can stand for.
const MAX_RATIO: usize = 1032;

/// What every gzip member begins with.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// Longest gzip header; it may carry a file name and a comment. Fits into the input at once.
const MAX_HEADER: usize = INPUT;

/// Memory for unpacking, used for one file after another.
pub(super) struct Inflater {
    input: Vec<u8>,
    deflate: Decompress,
    at_once: Decompressor,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { input: vec![0; INPUT], deflate: Decompress::new(false), at_once: Decompressor::new() }
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("input", &self.input.len()).finish_non_exhaustive()
    }
}

/// Where the unpacker stands inside a gzip file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gzip {
    /// Before a member; `first` when there has been none.
    Header { first: bool },
    /// In the compressed data of a member.
    Data,
}

/// One file being unpacked.
pub(super) struct Unpacker<'a, R> {
    file: R,
    inflater: &'a mut Inflater,
    /// Unused bytes of the input buffer.
    start: usize,
    end: usize,
    /// Bytes read from the file.
    read: u64,
    /// Bytes of content given.
    written: u64,
    at_end: bool,
    packing: Packing,
    /// Whether any of it was packed so far.
    was_packed: bool,
    gzip: Gzip,
    crc: Crc,
    /// Bytes of content of a file that can be unpacked as a whole, as it says itself.
    whole: Option<usize>,
}

impl<'a, R: Read> Unpacker<'a, R> {
    /// Begins a file: reads its first bytes and tells how it is packed. `packing` is what is known of it already.
    pub(super) fn begin(file: R, inflater: &'a mut Inflater, packing: Option<Packing>) -> Result<Self, Problem> {
        if inflater.input.len() > WHOLE.0 {
            // A file of plain text and packed data has left it behind.
            inflater.input = vec![0; INPUT];
        }
        let mut unpacker = Self {
            file,
            inflater,
            start: 0,
            end: 0,
            read: 0,
            written: 0,
            at_end: false,
            packing: Packing::Plain,
            was_packed: false,
            gzip: Gzip::Header { first: true },
            crc: Crc::new(),
            whole: None,
        };
        unpacker.packing = match packing {
            Some(packing) => packing,
            None => {
                unpacker.want(sniff::HEAD).map_err(|error| Problem::Io(error.to_string()))?;
                sniff::packing(unpacker.input())
            }
        };
        match unpacker.packing {
            Packing::Unsupported(name) => Err(Problem::Unsupported(name)),
            Packing::Plain | Packing::Layer(_) => Ok(unpacker),
            Packing::Gzip => {
                unpacker.was_packed = true;
                unpacker.take_whole();
                Ok(unpacker)
            }
        }
    }

    /// Bytes of content to expect, where the file can be unpacked as a whole into a buffer of that size.
    pub(super) fn whole(&self) -> Option<usize> {
        self.whole
    }

    pub(super) fn packing(&self) -> Packing {
        self.packing
    }

    /// Whether any of the content so far was packed.
    pub(super) fn was_packed(&self) -> bool {
        self.was_packed
    }

    /// Goes on with `rest`, which was given as plain content and is gzip data, and with what follows it in the file.
    pub(super) fn unpack_from(&mut self, rest: &[u8]) {
        let mut input = [rest, self.input()].concat();
        (self.start, self.end) = (0, input.len());
        input.resize(self.end.max(INPUT), 0);
        self.inflater.input = input;
        self.written -= rest.len() as u64;
        (self.packing, self.was_packed, self.gzip) = (Packing::Gzip, true, Gzip::Header { first: true });
    }

    /// Bytes read from the file so far.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Bytes of content given so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Fills `out` as far as the content goes. Returns the bytes written, fewer than `out` holds only at the end of the
    /// content or where a problem stopped it; what was written before a problem is good.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> (usize, Result<(), Problem>) {
        let mut filled = self.unpack_whole(out);
        while filled < out.len() {
            let step = match self.packing {
                Packing::Gzip => self.gunzip(&mut out[filled..]),
                Packing::Plain | Packing::Layer(_) | Packing::Unsupported(_) => self.copy(&mut out[filled..]),
            };
            filled += step.written;
            self.written += step.written as u64;
            match step.then {
                Ok(true) => {}
                Ok(false) => return (filled, Ok(())),
                Err(fault) => return (filled, Err(self.explain(fault))),
            }
        }
        (filled, Ok(()))
    }

    /// Reads the whole file, if it is small, and tells whether it can be unpacked at once.
    fn take_whole(&mut self) {
        while !self.at_end && self.end < WHOLE.0 {
            if self.end == self.inflater.input.len() {
                self.inflater.input.resize((self.end * 2).min(WHOLE.0), 0);
            }
            // An error shows again when the stream reads on from here.
            if self.read_on().is_err() {
                return;
            }
        }
        let file = self.input();
        if !self.at_end || !matches!(header_length(file), Header::Ends(_)) {
            return;
        }
        let Some((_, length)) = file.split_last_chunk::<4>() else { return };
        let length = u32::from_le_bytes(*length) as usize;
        // Whatever looks like a second member leaves the file to the stream: the length may be that member's alone.
        let alone = memmem::find(&file[1..], &MAGIC).is_none();
        let possible = length <= WHOLE.1.min(file.len() * MAX_RATIO);
        self.whole = (alone && possible).then_some(length);
    }

    /// Unpacks the whole file at once, if it can be; otherwise writes nothing that counts.
    fn unpack_whole(&mut self, out: &mut [u8]) -> usize {
        let Some(length) = self.whole.take().filter(|length| *length <= out.len()) else { return 0 };
        let Inflater { input, at_once, .. } = &mut *self.inflater;
        match at_once.gzip_decompress(&input[self.start..self.end], &mut out[..length]) {
            Ok(written) if written == length => {
                self.start = self.end;
                self.gzip = Gzip::Header { first: false };
                self.written = length as u64;
                length
            }
            _ => 0,
        }
    }

    fn copy(&mut self, out: &mut [u8]) -> Step {
        let known = self.input();
        let written = known.len().min(out.len());
        if written > 0 {
            out[..written].copy_from_slice(&known[..written]);
            self.start += written;
            return Step { written, then: Ok(true) };
        }
        match read_some(&mut self.file, out) {
            Ok(written) => {
                self.read += written as u64;
                Step { written, then: Ok(written > 0) }
            }
            Err(error) => Step { written: 0, then: Err(error.into()) },
        }
    }

    fn gunzip(&mut self, out: &mut [u8]) -> Step {
        if let Gzip::Header { first } = self.gzip {
            return Step { written: 0, then: self.header(first) };
        }
        if let Err(error) = self.want(1) {
            return Step { written: 0, then: Err(error.into()) };
        }
        let deflate = &mut self.inflater.deflate;
        let before = (deflate.total_in(), deflate.total_out());
        let status = deflate.decompress(&self.inflater.input[self.start..self.end], out, FlushDecompress::None);
        let read = (deflate.total_in() - before.0) as usize;
        let written = (deflate.total_out() - before.1) as usize;
        self.start += read;
        self.crc.update(&out[..written]);
        let then = match status {
            Ok(Status::StreamEnd) => self.trailer(),
            Ok(_) if read > 0 || written > 0 => Ok(true),
            Ok(_) if self.at_end => Err(Fault::Cut("the compressed data does not end")),
            Ok(_) | Err(_) => Err(Fault::Damaged("the compressed data makes no sense")),
        };
        Step { written, then }
    }

    /// Reads the header of the next member. False when there is none.
    fn header(&mut self, first: bool) -> Result<bool, Fault> {
        if !first {
            self.skip_padding()?;
            if self.input().is_empty() {
                return Ok(false);
            }
        }
        let mut known = 0;
        loop {
            let length = header_length(self.input());
            match length {
                Header::Ends(length) => {
                    self.start += length;
                    self.gzip = Gzip::Data;
                    self.inflater.deflate.reset(false);
                    self.crc.reset();
                    return Ok(true);
                }
                Header::Wrong if first => return Err(Fault::Damaged("the gzip header makes no sense")),
                // Somebody has appended lines to it.
                Header::Wrong if self.input().first().is_none_or(|byte| is_text(*byte)) => {
                    self.packing = Packing::Plain;
                    return Ok(true);
                }
                Header::Wrong => return Err(Fault::Damaged("something that is not gzip follows the gzip data")),
                Header::GoesOn => {
                    known = self.input().len().max(known) + 1;
                    self.want(known)?;
                    if self.input().len() < known {
                        return Err(Fault::Cut("the gzip header does not end"));
                    }
                }
            }
        }
    }

    /// Passes over the zeros that tapes and block devices leave behind a file.
    fn skip_padding(&mut self) -> io::Result<()> {
        loop {
            self.want(1)?;
            let zeros = self.input().iter().take_while(|byte| **byte == 0).count();
            self.start += zeros;
            if zeros == 0 {
                return Ok(());
            }
        }
    }

    /// Checks the end of a member.
    fn trailer(&mut self) -> Result<bool, Fault> {
        self.want(8)?;
        let Some((trailer, _)) = self.input().split_first_chunk::<8>() else {
            return Err(Fault::Cut("the gzip checksum is missing"));
        };
        let [a, b, c, d, e, f, g, h] = *trailer;
        let (sum, length) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        if sum != self.crc.sum() || length != self.crc.amount() {
            return Err(Fault::Damaged("the content does not match its checksum"));
        }
        self.start += 8;
        self.gzip = Gzip::Header { first: false };
        Ok(true)
    }

    fn input(&self) -> &[u8] {
        &self.inflater.input[self.start..self.end]
    }

    /// Reads until `count` bytes are at hand (at most [`INPUT`]) or the file ends.
    fn want(&mut self, count: usize) -> io::Result<()> {
        while self.end - self.start < count.min(INPUT) && !self.at_end {
            if self.start > 0 {
                self.inflater.input.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            self.read_on()?;
        }
        Ok(())
    }

    /// Reads on into the free part of the input.
    fn read_on(&mut self) -> io::Result<()> {
        let length = read_some(&mut self.file, &mut self.inflater.input[self.end..])?;
        self.end += length;
        self.read += length as u64;
        self.at_end = length == 0;
        Ok(())
    }

    fn explain(&self, fault: Fault) -> Problem {
        let read =
            format!("{} bytes of content were read from {} bytes", self.written, self.read - self.input().len() as u64);
        match fault {
            Fault::Cut(what) => Problem::CutShort(format!("{what}; {read}")),
            Fault::Damaged(what) => Problem::Damaged(format!("{what}; {read}")),
            // What a library that unpacks says of its input; the system says neither of a file.
            Fault::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Problem::CutShort(format!("{error}; {read}"))
            }
            Fault::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Problem::Damaged(format!("{error}; {read}"))
            }
            Fault::Io(error) => Problem::Io(format!("{error}; {read}")),
        }
    }
}

/// The content as a stream, for what unpacks it once more.
impl<R: Read> Read for Unpacker<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let (filled, result) = self.fill(out);
        match result {
            Err(problem) if filled == 0 => Err(problem.into()),
            // It shows again at the next call.
            _ => Ok(filled),
        }
    }
}

/// What one step wrote, and whether there is more.
struct Step {
    written: usize,
    then: Result<bool, Fault>,
}

enum Fault {
    Cut(&'static str),
    Damaged(&'static str),
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn read_some(file: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(out) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Whether text may begin with this, as opposed to what is left behind packed data by accident.
pub(super) fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}

enum Header {
    Ends(usize),
    GoesOn,
    Wrong,
}

/// Where the gzip header at the beginning of `input` ends (RFC 1952).
fn header_length(input: &[u8]) -> Header {
    const FIXED: usize = 10;
    if input.len() < FIXED {
        return if input.iter().zip(MAGIC).all(|(a, b)| *a == b) { Header::GoesOn } else { Header::Wrong };
    }
    let flags = input[3];
    if !input.starts_with(&MAGIC) || flags & 0b1110_0000 != 0 {
        return Header::Wrong;
    }
    let (has_checksum, has_extra, has_name, has_comment) =
        (flags & 0b10 != 0, flags & 0b100 != 0, flags & 0b1000 != 0, flags & 0b1_0000 != 0);
    let mut at = FIXED;
    if has_extra {
        let Some(&[low, high]) = input.get(at..at + 2) else { return Header::GoesOn };
        at += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for present in [has_name, has_comment] {
        if present {
            let Some(length) = input.get(at..).and_then(|rest| memchr::memchr(0, rest)) else {
                return if input.len() >= MAX_HEADER { Header::Wrong } else { Header::GoesOn };
            };
            at += length + 1;
        }
    }
    at += if has_checksum { 2 } else { 0 };
    if input.len() < at { Header::GoesOn } else { Header::Ends(at) }
}

#[cfg(test)]
mod tests;
