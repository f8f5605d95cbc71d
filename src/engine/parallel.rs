//! One pass over many files on several threads: each reader takes the next file when it is free, so a few large files
//! do not hold up the many small ones. What each file comes to is handed over in the order of completion; many small ones
//! are handed over together, as waking the other side costs more than reading one.
//!
//! [`stream`] does the same for portions that one thread fetches while others are looked at.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;

use crate::trail::Buffers;

/// Results that are handed over together at most, and how long they are held for that.
const TOGETHER: (usize, Duration) = (32, Duration::from_millis(2));

/// Runs `visit` on every path, on `threads` threads with their own buffers, and `done` on each result, on this thread.
/// Stops early when `done` breaks. Waiting for `done` are at most three times a thread the results that come together.
pub(super) fn pass<T: Send>(
    paths: &[PathBuf],
    threads: usize,
    visit: impl Fn(&Path, &mut Buffers) -> T + Sync,
    mut done: impl FnMut(&Path, T) -> ControlFlow<()>,
) {
    let threads = threads.clamp(1, paths.len().max(1));
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let (results, inbox) = bounded(threads * 2);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let results = results.clone();
            let (next, stop, visit) = (&next, &stop, &visit);
            scope.spawn(move || {
                let mut buffers = Buffers::new();
                let (mut held, mut begun) = (Vec::new(), Instant::now());
                while !stop.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(at) else { break };
                    held.push((at, visit(path, &mut buffers)));
                    if held.len() == TOGETHER.0 || begun.elapsed() > TOGETHER.1 {
                        if results.send(std::mem::take(&mut held)).is_err() {
                            return;
                        }
                        begun = Instant::now();
                    }
                }
                // Where nobody listens any more, nobody misses them.
                let _ = results.send(held);
            });
        }
        drop(results);
        for (at, result) in inbox.into_iter().flatten() {
            if done(&paths[at], result).is_break() {
                stop.store(true, Ordering::Relaxed);
                break;
            }
        }
    });
}

/// Runs `fetch` on a thread of its own, `visit` on each portion that it hands out, on `threads` threads, and `done` on each
/// result, on this thread. When `done` breaks, the next portion is refused, and what `fetch` is given to ask says that
/// nobody waits any more. Answers what `fetch` does.
///
/// Waiting to be looked at is one portion, as they may be large.
pub(super) fn stream<P: Send, T: Send, R: Send>(
    threads: usize,
    fetch: impl FnOnce(&(dyn Fn() -> bool + Sync), &mut dyn FnMut(P) -> ControlFlow<()>) -> R + Send,
    visit: impl Fn(P) -> T + Sync,
    mut done: impl FnMut(T) -> ControlFlow<()>,
) -> Option<R> {
    let stop = AtomicBool::new(false);
    let (portions, waiting) = bounded::<P>(1);
    let (results, inbox) = bounded(threads.max(1));
    std::thread::scope(|scope| {
        let stop = &stop;
        let fetching = scope.spawn(move || {
            let is_over = || stop.load(Ordering::Relaxed);
            fetch(&is_over, &mut |portion| {
                if is_over() || portions.send(portion).is_err() {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })
        });
        for _ in 0..threads.max(1) {
            let (waiting, results, visit) = (waiting.clone(), results.clone(), &visit);
            scope.spawn(move || {
                for portion in waiting {
                    if stop.load(Ordering::Relaxed) || results.send(visit(portion)).is_err() {
                        break;
                    }
                }
            });
        }
        drop((waiting, results));
        for result in &inbox {
            if done(result).is_break() {
                stop.store(true, Ordering::Relaxed);
                break;
            }
        }
        // Whoever waits to hand something over need not wait any longer.
        drop(inbox);
        fetching.join().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_portion_is_visited_once_and_a_break_ends_the_fetching() {
        for threads in [1, 3] {
            let mut got = Vec::new();
            let answer = stream(
                threads,
                |_, hand_out| (0..100).take_while(|n| hand_out(*n).is_continue()).count(),
                |n| n * 2,
                |doubled| {
                    got.push(doubled);
                    ControlFlow::Continue(())
                },
            );
            got.sort_unstable();
            assert_eq!((answer, got), (Some(100), Vec::from_iter((0..100).map(|n| n * 2))));
        }
        let answer = stream(
            2,
            |is_over, hand_out| {
                while hand_out(()).is_continue() {}
                is_over()
            },
            |()| (),
            |()| ControlFlow::Break(()),
        );
        assert_eq!(answer, Some(true));
    }

    #[test]
    fn every_path_is_visited_once_and_a_break_ends_it() {
        let paths: Vec<PathBuf> = (0..100).map(|n| PathBuf::from(n.to_string())).collect();
        for threads in [1, 3, 200] {
            let mut got = Vec::new();
            pass(
                &paths,
                threads,
                |path, _| path.to_owned(),
                |path, visited| {
                    assert_eq!(path, visited);
                    got.push(visited);
                    ControlFlow::Continue(())
                },
            );
            got.sort();
            let mut all = paths.clone();
            all.sort();
            assert_eq!(got, all);
        }
        let mut count = 0;
        pass(
            &paths,
            2,
            |_, _| (),
            |_, ()| {
                count += 1;
                ControlFlow::Break(())
            },
        );
        assert_eq!(count, 1);
    }
}
