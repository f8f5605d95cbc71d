//! One pass over many files on several threads: each reader takes the next file when it is free, so a few large files
//! do not hold up the many small ones. What each file comes to is handed over in the order of completion.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crossbeam_channel::bounded;

use crate::trail::Buffers;

/// Runs `visit` on every path, on `threads` threads with their own buffers, and `done` on each result, on this thread.
/// Stops early when `done` breaks. Holds at most two results a thread.
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
                while !stop.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(at) else { break };
                    if results.send((at, visit(path, &mut buffers))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(results);
        for (at, result) in inbox {
            if done(&paths[at], result).is_break() {
                stop.store(true, Ordering::Relaxed);
                break;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

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
