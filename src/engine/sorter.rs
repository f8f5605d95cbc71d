//! Lines in order of event time, whatever the number of threads and however many there are: past a fixed amount of
//! memory, sorted runs go to temporary files and are merged at the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

/// Bytes of lines held in memory before a run is written out.
const IN_MEMORY: usize = 8 << 20;

/// Bytes of a run that are written at once.
const BUFFER: usize = 256 << 10;

/// Runs kept apart at most: each is an open file. More are merged into one.
const RUNS: usize = 64;

/// Where a line belongs: event time in nanoseconds, then event id.
pub type SortKey = (i64, String);

/// Collects lines with their keys and hands them back in order.
#[derive(Debug, Default)]
pub struct Sorter {
    lines: Vec<(SortKey, Vec<u8>)>,
    bytes: usize,
    runs: Vec<std::fs::File>,
    limit: Option<usize>,
    count: u64,
}

impl Sorter {
    /// A sorter that spills past `bytes` of lines.
    #[must_use]
    pub fn with_limit(bytes: usize) -> Self {
        Self { limit: Some(bytes), ..Self::default() }
    }

    /// How many lines it has.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When a run cannot be written to the temporary folder.
    pub fn push(&mut self, key: SortKey, line: Vec<u8>) -> io::Result<()> {
        self.count += 1;
        self.bytes += line.capacity() + key.1.capacity() + 64;
        self.lines.push((key, line));
        if self.bytes > self.limit.unwrap_or(IN_MEMORY) { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        self.lines.sort_unstable();
        let mut out = Spill::new()?;
        self.lines.drain(..).try_for_each(|(key, line)| out.write(&key, &line))?;
        self.runs.push(out.finish()?);
        self.bytes = 0;
        if self.runs.len() >= RUNS {
            let mut one = Spill::new()?;
            merge(self.runs.drain(..).map(Run::spilled).collect(), |key, line| one.write(key, line))?;
            self.runs.push(one.finish()?);
        }
        Ok(())
    }

    /// Calls `each` with every line, in order.
    ///
    /// # Errors
    /// What `each` answered, or when a run cannot be read back.
    pub fn drain(mut self, mut each: impl FnMut(&SortKey, &[u8]) -> io::Result<()>) -> io::Result<()> {
        self.lines.sort_unstable();
        let mut runs: Vec<Run> = self.runs.into_iter().map(Run::spilled).collect();
        runs.push(Run::Held(self.lines.into_iter()));
        merge(runs, &mut each)
    }
}

/// Calls `each` with the lines of sorted runs, in order.
fn merge(mut runs: Vec<Run>, mut each: impl FnMut(&SortKey, &[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut heads = BinaryHeap::new();
    for (at, run) in runs.iter_mut().enumerate() {
        if let Some(head) = run.next()? {
            heads.push(Reverse((head, at)));
        }
    }
    while let Some(Reverse(((key, line), at))) = heads.pop() {
        each(&key, &line)?;
        if let Some(next) = runs[at].next()? {
            heads.push(Reverse((next, at)));
        }
    }
    Ok(())
}

/// A run being written to a temporary file.
struct Spill(BufWriter<std::fs::File>);

impl Spill {
    fn new() -> io::Result<Self> {
        Ok(Self(BufWriter::with_capacity(BUFFER, tempfile::tempfile()?)))
    }

    fn write(&mut self, (time, id): &SortKey, line: &[u8]) -> io::Result<()> {
        self.0.write_all(&time.to_le_bytes())?;
        for part in [id.as_bytes(), line] {
            self.0.write_all(&(part.len() as u64).to_le_bytes())?;
            self.0.write_all(part)?;
        }
        Ok(())
    }

    fn finish(self) -> io::Result<std::fs::File> {
        let mut run = self.0.into_inner().map_err(io::IntoInnerError::into_error)?;
        run.seek(SeekFrom::Start(0))?;
        Ok(run)
    }
}

enum Run {
    Held(std::vec::IntoIter<(SortKey, Vec<u8>)>),
    Spilled(BufReader<std::fs::File>),
}

impl Run {
    fn spilled(file: std::fs::File) -> Self {
        Self::Spilled(BufReader::new(file))
    }

    fn next(&mut self) -> io::Result<Option<(SortKey, Vec<u8>)>> {
        let reader = match self {
            Self::Held(lines) => return Ok(lines.next()),
            Self::Spilled(reader) => reader,
        };
        let mut time = [0; 8];
        match reader.read_exact(&mut time) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let id = String::from_utf8(part(reader)?).map_err(io::Error::other)?;
        Ok(Some(((i64::from_le_bytes(time), id), part(reader)?)))
    }
}

fn part(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut len = [0; 8];
    reader.read_exact(&mut len)?;
    let mut bytes = Vec::new();
    reader.take(u64::from_le_bytes(len)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_runs_become_one_and_lose_nothing() {
        let mut sorter = Sorter::with_limit(1);
        for n in (0..1_000).rev() {
            sorter.push((n, format!("e{n}")), Vec::new()).unwrap();
            assert!(sorter.runs.len() < RUNS);
        }
        let mut got = Vec::new();
        sorter
            .drain(|key, _| {
                got.push(key.0);
                Ok(())
            })
            .unwrap();
        assert_eq!(got, (0..1_000).collect::<Vec<_>>());
    }

    proptest::proptest! {
        #[test]
        fn spilled_or_not_the_order_is_the_same(
            lines in proptest::collection::vec((0i64..20, "[a-c]{0,3}", "[x-z]{0,9}"), 0..60),
            limit in 1usize..3000,
        ) {
            let mut sorter = Sorter::with_limit(limit);
            let mut expected: Vec<(SortKey, Vec<u8>)> = Vec::new();
            for (time, id, line) in lines {
                sorter.push((time, id.clone()), line.clone().into_bytes()).unwrap();
                expected.push(((time, id), line.into_bytes()));
            }
            expected.sort_unstable();
            let mut got = Vec::new();
            sorter.drain(|key, line| { got.push((key.clone(), line.to_vec())); Ok(()) }).unwrap();
            proptest::prop_assert_eq!(got, expected);
        }
    }
}
