//! Whether a write-ahead log is whole. SQLite takes it up to the first frame of which the checksum is wrong, and does not
//! say whether anything came after; the salts in the frames behind tell.
//!
//! The format is SQLite's, <https://sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

const HEADER: usize = 32;
const FRAME: usize = 24;

/// What is wrong with the log at `path`, if anything is.
pub(super) fn damage(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    check(io::BufReader::with_capacity(1 << 18, file))
}

fn check(mut log: impl Read) -> io::Result<Option<String>> {
    let mut header = [0; HEADER];
    match fill(&mut log, &mut header)? {
        0 => return Ok(None),
        HEADER => {}
        _ => return Ok(Some("the write-ahead log is cut short".into())),
    }
    let big = match word(&header, 0) {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return Ok(Some("the write-ahead log has a damaged header: nothing in it is used".into())),
    };
    let mut sum = checksum((0, 0), &header[..24], big);
    let page = usize::try_from(word(&header, 8)).unwrap_or_default();
    if sum != (word(&header, 24), word(&header, 28)) || !page.is_power_of_two() || page > 65_536 {
        return Ok(Some("the write-ahead log has a damaged header: nothing in it is used".into()));
    }
    let salts = &header[16..24];
    let mut frame = vec![0; FRAME + page];
    let mut number = 0_u64;
    let mut first_bad = None;
    while fill(&mut log, &mut frame)? == frame.len() {
        number += 1;
        let ours = &frame[8..16] == salts;
        match first_bad {
            // Frames of an earlier round lie behind the last one of this.
            None if !ours => first_bad = Some(number),
            None => {
                sum = checksum(checksum(sum, &frame[..8], big), &frame[FRAME..], big);
                if sum != (word(&frame, 16), word(&frame, 20)) {
                    let why = format!("the write-ahead log is damaged in frame {number}: nothing behind it is used");
                    return Ok(Some(why));
                }
            }
            Some(bad) if ours => {
                return Ok(Some(format!("the write-ahead log is damaged in frame {bad}: nothing behind it is used")));
            }
            Some(_) => {}
        }
    }
    Ok(None)
}

/// Reads until `buffer` is full or there is no more; how much that was.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn checksum((mut a, mut b): (u32, u32), bytes: &[u8], big: bool) -> (u32, u32) {
    for pair in bytes.chunks_exact(8) {
        let (mut x, mut y) = (word(pair, 0), word(pair, 4));
        if !big {
            (x, y) = (x.swap_bytes(), y.swap_bytes());
        }
        a = a.wrapping_add(x).wrapping_add(b);
        b = b.wrapping_add(y).wrapping_add(a);
    }
    (a, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::samples::{found, tick};
    use crate::triage::{Access, Batch, Store};

    #[test]
    fn any_flipped_bit_in_what_is_used_is_noticed_and_a_whole_log_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s/s.db");
        let mut store = Store::open(&path, Access::ReadWrite).unwrap();
        // Two rounds: what is left of the first lies behind the second.
        for round in 0..2 {
            let alerts: Vec<_> = (0..20 - round * 18).map(found).collect();
            store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap();
            store.decide(&[tick(0, "mk", &format!("step-{round}"), round)]).unwrap();
            if round == 0 {
                assert_eq!(damage(&folder.path().join("s/s.db-wal")).unwrap(), None);
                store.checkpoint().unwrap();
            }
        }
        let log = std::fs::read(folder.path().join("s/s.db-wal")).unwrap();
        assert_eq!(check(&log[..]).unwrap(), None);
        let salts = &log[16..24];
        let used = log[HEADER..].chunks_exact(FRAME + 4096).take_while(|frame| &frame[8..16] == salts).count();
        let end = HEADER + used * (FRAME + 4096);
        assert!(used > 1 && end < log.len(), "{used} frames, {end} of {}", log.len());
        for bit in (0..8 * (end - FRAME - 4096)).step_by(4_001) {
            let mut bytes = log.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(check(&bytes[..]).unwrap().is_some(), "bit {bit}");
        }
        assert_eq!(check(&[][..]).unwrap(), None);
        assert!(check(&log[..20]).unwrap().is_some());
    }
}
