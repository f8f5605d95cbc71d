use std::io::Write;

use flate2::{Compression, GzBuilder, write::GzEncoder};
use proptest::prelude::*;

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

    let followed = [bytes.as_slice(), b"\xfe\xed"].concat();
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
    let (_, result) = unpack(b"SQLite format 3\x00 and so on", 3, 100);
    assert_eq!(result, Err(Problem::Unsupported("SQLite database")));
}

/// A gzip file, and what time or hands may have done to it.
fn odd_gzip() -> impl Strategy<Value = Vec<u8>> {
    let content = prop_oneof![Just(sample()), Just(vec![b'x'; 70_000]), prop::collection::vec(any::<u8>(), 0..300)];
    let tail = prop_oneof![
        4 => Just(Vec::new()),
        1 => Just(vec![0; 9]),
        1 => Just(gzip(b"more")),
        1 => Just(gzip(&sample())),
        1 => prop::collection::vec(any::<u8>(), 1..20),
    ];
    let flip = prop::option::weighted(0.3, (any::<prop::sample::Index>(), 1u8..));
    let cut = prop::option::weighted(0.3, any::<prop::sample::Index>());
    (content, tail, flip, cut).prop_map(|(content, tail, flip, cut)| {
        let mut bytes = [gzip(&content), tail].concat();
        if let Some((at, bits)) = flip {
            let at = at.index(bytes.len());
            bytes[at] ^= bits;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    })
}

proptest! {
    #[test]
    fn what_is_unpacked_at_once_is_what_the_stream_gives(bytes in odd_gzip(), drip in prop::sample::select(vec![17usize, 5000, 1 << 20])) {
        // A buffer that cannot hold the content leaves it to the stream.
        let (content, result) = unpack(&bytes, drip, 250);
        let (at_once, whole) = unpack(&bytes, drip, 1 << 20);
        prop_assert_eq!(at_once, content);
        prop_assert_eq!(whole, result);
    }
}

#[test]
fn an_ordinary_file_is_unpacked_at_once_and_others_are_not() {
    let expected = |bytes: &[u8]| {
        let mut inflater = Inflater::new();
        Unpacker::begin(bytes, &mut inflater, None).unwrap().whole()
    };
    let (file, twice) = (gzip(&sample()), gzip(&sample()).repeat(2));
    assert_eq!(expected(&file), Some(sample().len()));
    assert_eq!(expected(&gzip(b"")), Some(0));
    assert_eq!(expected(&twice), None);
    assert_eq!(expected(&sample()), None);
    assert_eq!(expected(&file[..file.len() / 2]).filter(|length| *length == sample().len()), None);
    assert_eq!(expected(&gzip(&vec![0; WHOLE.1 + 1])), None);
    assert_eq!(unpack(&twice, 1 << 20, 1 << 20), (sample().repeat(2), Ok(())));
}
