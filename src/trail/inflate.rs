//! Unpacks a file into a buffer, plain or gzip, a stretch at a time: [`Unpacker::fill`] is the one door through which
//! content comes, whatever unpacks it.
//!
//! Gzip is read member by member with its header and trailer checked here, so that a file cut short and a damaged one are
//! told apart, and one inflater serves all files of a reader.

use std::io::{self, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::problem::Problem;
use super::sniff::{self, Packing};

/// Bytes of a packed file read at once.
const INPUT: usize = 128 << 10;

/// Longest gzip header; it may carry a file name and a comment. Fits into the input at once.
const MAX_HEADER: usize = INPUT;

/// Memory for unpacking, used for one file after another.
#[derive(Debug)]
pub(super) struct Inflater {
    input: Vec<u8>,
    deflate: Decompress,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { input: vec![0; INPUT], deflate: Decompress::new(false) }
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
    gzip: Gzip,
    crc: Crc,
}

impl<'a, R: Read> Unpacker<'a, R> {
    /// Begins a file: reads its first bytes and tells how it is packed. `packing` is what is known of it already.
    pub(super) fn begin(file: R, inflater: &'a mut Inflater, packing: Option<Packing>) -> Result<Self, Problem> {
        let mut unpacker = Self {
            file,
            inflater,
            start: 0,
            end: 0,
            read: 0,
            written: 0,
            at_end: false,
            packing: Packing::Plain,
            gzip: Gzip::Header { first: true },
            crc: Crc::new(),
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
            Packing::Plain | Packing::Gzip => Ok(unpacker),
        }
    }

    pub(super) fn packing(&self) -> Packing {
        self.packing
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
        let mut filled = 0;
        while filled < out.len() {
            let step = match self.packing {
                Packing::Gzip => self.gunzip(&mut out[filled..]),
                Packing::Plain | Packing::Unsupported(_) => self.copy(&mut out[filled..]),
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
            let length = read_some(&mut self.file, &mut self.inflater.input[self.end..])?;
            self.end += length;
            self.read += length as u64;
            self.at_end = length == 0;
        }
        Ok(())
    }

    fn explain(&self, fault: Fault) -> Problem {
        let read =
            format!("{} bytes of content were read from {} bytes", self.written, self.read - self.input().len() as u64);
        match fault {
            Fault::Cut(what) => Problem::CutShort(format!("{what}; {read}")),
            Fault::Damaged(what) => Problem::Damaged(format!("{what}; {read}")),
            Fault::Io(error) => Problem::Io(format!("{error}; {read}")),
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

enum Header {
    Ends(usize),
    GoesOn,
    Wrong,
}

/// Where the gzip header at the beginning of `input` ends (RFC 1952).
fn header_length(input: &[u8]) -> Header {
    const FIXED: usize = 10;
    let magic = [0x1f, 0x8b, 8];
    if input.len() < FIXED {
        return if input.iter().zip(magic).all(|(a, b)| *a == b) { Header::GoesOn } else { Header::Wrong };
    }
    let flags = input[3];
    if !input.starts_with(&magic) || flags & 0b1110_0000 != 0 {
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
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder, write::GzEncoder};

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    /// Gives at most `size` bytes at once.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(self.1).min(out.len());
            out[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn unpack(bytes: &[u8], drip: usize, piece: usize) -> (Vec<u8>, Result<(), Problem>) {
        let mut inflater = Inflater::new();
        let mut unpacker = match Unpacker::begin(Drip(bytes, drip), &mut inflater, None) {
            Ok(unpacker) => unpacker,
            Err(problem) => return (Vec::new(), Err(problem)),
        };
        let mut content = Vec::new();
        loop {
            let mut out = vec![0; piece];
            let (length, result) = unpacker.fill(&mut out);
            content.extend_from_slice(&out[..length]);
            if result.is_err() || length < piece {
                return (content, result);
            }
        }
    }

    fn sample() -> Vec<u8> {
        (0..3000u32).flat_map(|n| format!("{{\"n\":{}}}", n.wrapping_mul(2_654_435_761)).into_bytes()).collect()
    }

    #[test]
    fn plain_and_gzip_come_out_the_same_however_they_are_read() {
        let content = sample();
        for bytes in [content.clone(), gzip(&content)] {
            for (drip, piece) in [(1 << 20, 1 << 20), (1, 100), (7, 1 << 20), (5000, 3)] {
                assert_eq!(unpack(&bytes, drip, piece), (content.clone(), Ok(())), "{drip} {piece}");
            }
        }
    }

    #[test]
    fn all_members_are_read_and_padding_is_no_error() {
        let (first, second) = (sample(), b"{\"second\":1}".to_vec());
        let joined = [gzip(&first), gzip(b""), gzip(&second), vec![0; 700]].concat();
        for drip in [1, 13, 1 << 20] {
            assert_eq!(unpack(&joined, drip, 4096), ([first.clone(), second.clone()].concat(), Ok(())));
        }
    }

    #[test]
    fn headers_with_every_field_are_read() {
        let mut bytes = Vec::new();
        let mut encoder = GzBuilder::new()
            .extra(vec![7; 300])
            .filename("trail.json")
            .comment("a comment")
            .write(&mut bytes, Compression::default());
        encoder.write_all(b"content").unwrap();
        encoder.finish().unwrap();
        for drip in [1, 50, 1 << 20] {
            assert_eq!(unpack(&bytes, drip, 100), (b"content".to_vec(), Ok(())));
        }
    }

    #[test]
    fn cut_at_any_byte_it_gives_what_came_before_and_says_so() {
        let content = sample();
        let bytes = gzip(&content);
        for cut in 1..bytes.len() {
            let (given, result) = unpack(&bytes[..cut], 1 << 20, 8192);
            assert!(content.starts_with(&given), "cut at {cut}");
            let said = result.unwrap_err();
            assert!(matches!(said, Problem::CutShort(_)), "cut at {cut}: {said}");
            assert!(said.to_string().contains(&format!("{} bytes of content were read", given.len())), "{said}");
        }
    }

    #[test]
    fn damage_is_told_from_a_cut() {
        let bytes = gzip(&sample());
        let mut bad_sum = bytes.clone();
        let at = bad_sum.len() - 6;
        bad_sum[at] ^= 1;
        let (given, result) = unpack(&bad_sum, 1 << 20, 1 << 20);
        assert_eq!(given, sample());
        assert!(result.unwrap_err().to_string().starts_with("damaged: the content does not match its checksum"));

        let followed = [bytes.as_slice(), b"<html>"].concat();
        let said = unpack(&followed, 1 << 20, 1 << 20).1.unwrap_err().to_string();
        assert!(said.starts_with("damaged: something that is not gzip follows"), "{said}");

        for at in 10..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x55;
            let (given, result) = unpack(&flipped, 1 << 20, 1 << 20);
            assert!(result.is_err() || given == sample(), "a flipped byte at {at} goes unnoticed");
        }
    }

    #[test]
    fn what_is_not_supported_is_named() {
        let (_, result) = unpack(b"PK\x03\x04 and so on", 3, 100);
        assert_eq!(result, Err(Problem::Unsupported("zip archive")));
    }
}
