//! Reads every file below a folder, unpacks the gzip ones with libdeflate, and does nothing else: no reader of logs can be
//! faster, and everything is compared with it.
//!
//! ```sh
//! cargo run --release --example unpack_limit -- --threads 2 FOLDER
//! ```

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Context as _;
use clap::Parser;
use libdeflater::Decompressor;

/// Reads and unpacks every file below FOLDER, and does nothing else.
#[derive(Parser)]
struct Args {
    /// Where the files are
    folder: PathBuf,
    /// Threads [default: one for each core]
    #[arg(long)]
    threads: Option<usize>,
}

/// One thread's memory, and bytes of content so far.
struct Reader {
    packed: Vec<u8>,
    content: Vec<u8>,
    unpacker: Decompressor,
    bytes: u64,
}

impl Reader {
    fn new() -> Self {
        Self { packed: Vec::new(), content: Vec::new(), unpacker: Decompressor::new(), bytes: 0 }
    }

    /// Reads a file, and unpacks it if its name says gzip.
    fn read(&mut self, path: &Path) -> anyhow::Result<()> {
        self.packed.clear();
        File::open(path)?.read_to_end(&mut self.packed)?;
        if path.extension().is_none_or(|extension| extension != "gz") {
            self.bytes += self.packed.len() as u64;
            return Ok(());
        }
        // A gzip member of less than 4 GiB ends with the length of its content.
        let length = self.packed.last_chunk().map_or(0, |end| u32::from_le_bytes(*end) as usize);
        if self.content.len() < length {
            self.content.resize(length, 0);
        }
        self.bytes += self.unpacker.gzip_decompress(&self.packed, &mut self.content)? as u64;
        Ok(())
    }
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let threads = args.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let begun = Instant::now();
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&args.folder) {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<u64> {
        let mut reader = Reader::new();
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            reader.read(path).with_context(|| format!("cannot read {}", path.display()))?;
        }
        Ok(reader.bytes)
    };
    let bytes = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_fold(0, |bytes, worker| {
            let read = worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a thread has failed")))?;
            Ok::<u64, anyhow::Error>(bytes + read)
        })
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    writeln!(std::io::stdout(), "{} files, {bytes} bytes of content, {seconds:.3} s", files.len())?;
    Ok(())
}
