//! What a frame costs on its way to the terminal, with the console's writer and with ratatui's own backend:
//! `cargo bench --bench frames` prints a table. Bytes are the same on every machine; µs are spent on telling two frames
//! apart and writing the difference. The last columns are those and the time on the line: one of 9,600 bit/s carries 960
//! bytes a second, as a serial line does, one of 100 kbit/s carries 12,500.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that is run by hand")]
#![allow(clippy::print_stdout, reason = "it prints a table")]

use std::hint::black_box;
use std::time::{Duration, Instant};

#[path = "../tests/it/frames.rs"]
mod frames;
#[path = "../tests/it/sample.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod sample;

const ROUNDS: usize = 101;

/// The median time of many rounds, each with an input of its own.
fn median<T>(mut input: impl FnMut() -> T, mut round: impl FnMut(T) -> usize) -> Duration {
    let mut times = [(); ROUNDS].map(|()| {
        let input = input();
        let started = Instant::now();
        black_box(round(input));
        started.elapsed()
    });
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn main() {
    println!("size    frame                    writer   bytes  saved    µs   9600 bit/s  100 kbit/s");
    for size in frames::SIZES {
        for case in frames::CASES {
            let (before, after) = frames::screens(size, case);
            let writer = frames::writer(&before);
            let ratatuis = || frames::ratatuis(&before, &after);
            let whole = ratatuis();
            let writers = [
                ("ratatui", whole, median(|| (), |()| ratatuis())),
                (
                    "ours",
                    frames::ours(writer.clone(), &before, &after),
                    median(|| writer.clone(), |writer| frames::ours(writer, &before, &after)),
                ),
            ];
            for (name, bytes, time) in writers {
                let saved = 100.0 * (1.0 - bytes as f64 / whole as f64);
                let over = |rate: f64| 1e3 * (bytes as f64 / rate + time.as_secs_f64());
                println!(
                    "{:7} {:24} {name:8} {bytes:>5} {saved:>5.0}% {:>5} {:>9.0} ms {:>8.1} ms",
                    format!("{}×{}", size.0, size.1),
                    case.0,
                    time.as_micros(),
                    over(960.0),
                    over(12_500.0),
                );
            }
        }
    }
}
