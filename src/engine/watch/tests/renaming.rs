//! Files that are renamed, replaced, cut, linked and deleted at every moment between being seen and being counted: each
//! event counts once, and each file.

mod anything;
mod bench;

use std::fs;

use chrono::TimeDelta;

use self::bench::Bench;
use super::*;

#[test]
fn a_file_renamed_at_any_moment_is_one_file() {
    // Before it is handed out, read, taken in; and after that.
    for moment in 0..4 {
        for (from, to) in [("a", "b"), ("old/a", "new/a"), ("a.json.gz.12345678", "a.json")] {
            let mut bench = Bench::new();
            bench.write(from, 3);
            bench.see(from);
            let rename = |bench: &mut Bench, at| {
                if at == moment && from.contains('/') {
                    bench.rename("old", "new");
                } else if at == moment {
                    bench.rename(from, to);
                }
                if at == moment {
                    bench.see(to);
                    bench.gone(from);
                    // Told once more: a folder and what is in it.
                    bench.see(to);
                    bench.hand_out();
                }
            };
            rename(&mut bench, 0);
            bench.hand_out();
            rename(&mut bench, 1);
            bench.read();
            rename(&mut bench, 2);
            bench.take_in();
            rename(&mut bench, 3);
            bench.settle();
            bench.save();
            let health = bench.dispatcher.figures();
            assert_eq!((health.events, health.files, bench.raised.len()), (3, 1, 3), "{from}, moment {moment}");
            bench.append(to, 2);
            assert_eq!(bench.counted(), (5, 1));
        }
    }
}

#[test]
fn a_file_is_not_read_twice_where_it_takes_the_name_of_one_that_was_to_be_read() {
    // `new` is known, or being read, when it takes the name of `log`, which waits.
    for known in [true, false] {
        let mut bench = Bench::new();
        bench.write("log", 3);
        bench.write("new", 2);
        bench.see("new");
        if known {
            bench.settle();
        } else {
            bench.hand_out();
            bench.read();
        }
        bench.see("log");
        bench.rename("new", "log");
        bench.settle();
        assert_eq!(bench.counted(), (2, 1), "{known}");
    }
}

#[test]
fn a_file_replaced_while_it_is_read_counts_no_more() {
    let mut bench = Bench::new();
    bench.write("log", 3);
    bench.write("new", 2);
    for name in ["log", "new"] {
        bench.see(name);
    }
    bench.hand_out();
    bench.read();
    bench.rename("new", "log");
    bench.see("log");
    assert_eq!(bench.counted(), (2, 1));
}

#[test]
fn a_log_that_is_rotated_at_any_moment_is_counted_once_in_either_order() {
    for order in [["log", "log.1"], ["log.1", "log"]] {
        for moment in 0..3 {
            let mut bench = Bench::new();
            bench.write("log", 3);
            bench.see("log");
            bench.settle();
            bench.append("log", 2);
            bench.see("log");
            let rotate = |bench: &mut Bench| {
                bench.rename("log", "log.1");
                bench.write("log", 4);
                order.iter().for_each(|name| bench.see(name));
                bench.hand_out();
            };
            bench.hand_out();
            for at in 0..3 {
                if at == moment {
                    rotate(&mut bench);
                }
                match at {
                    0 => bench.read(),
                    1 => bench.take_in(),
                    _ => {}
                }
            }
            assert_eq!(bench.counted(), (9, 2), "{order:?}, moment {moment}");
        }
    }
}

#[test]
fn two_files_that_swap_names_are_two() {
    for together in [false, true] {
        let mut bench = Bench::new();
        bench.write("a", 2);
        bench.write("b", 3);
        bench.sweep();
        bench.rename("a", "c");
        bench.rename("b", "a");
        bench.rename("c", "b");
        bench.see("a");
        if together {
            bench.see("b");
        }
        assert_eq!(bench.counted(), (5, 2), "{together}");
    }
}

#[test]
fn a_file_that_is_written_anew_or_deleted_and_made_again_counts_as_it_is() {
    for delete in [false, true] {
        for moment in 0..4 {
            let mut bench = Bench::new();
            bench.write("log", 3);
            bench.see("log");
            for at in 0..4 {
                if at == moment {
                    if delete {
                        fs::remove_file(bench.path("log")).unwrap();
                        bench.gone("log");
                    }
                    bench.write("log", 7);
                    bench.see("log");
                }
                match at {
                    0 => bench.hand_out(),
                    1 => bench.read(),
                    2 => bench.take_in(),
                    _ => {}
                }
            }
            assert_eq!(bench.counted(), (7, 1), "{delete}, moment {moment}");
        }
    }
}

#[test]
fn a_second_name_is_another_file_whichever_of_them_is_renamed() {
    for renamed in ["a", "b"] {
        let mut bench = Bench::new();
        bench.write("a", 3);
        fs::hard_link(bench.path("a"), bench.path("b")).unwrap();
        // Only one of them is read at a time.
        bench.see("a");
        bench.see("b");
        bench.hand_out();
        assert_eq!(bench.taken.len(), 1);
        assert_eq!(bench.counted(), (6, 2));
        bench.rename(renamed, "c");
        bench.see("c");
        assert_eq!(bench.counted(), (6, 2), "{renamed}");
    }
}

#[test]
fn what_was_known_of_a_name_is_not_taken_for_the_file_that_has_it_and_its_number() {
    let mut bench = Bench::new();
    bench.write("a", 3);
    fs::hard_link(bench.path("a"), bench.path("b")).unwrap();
    bench.sweep();
    // As when `a` is deleted, and its number given to what is written as `b` and then gets that name.
    bench.write("b", 7);
    bench.see("b");
    bench.settle();
    fs::remove_file(bench.path("a")).unwrap();
    bench.rename("b", "a");
    assert_eq!(bench.counted(), (7, 1));
}

#[test]
fn a_file_moved_out_and_back_in_is_the_one_it_was() {
    let outside = TempDir::new().unwrap();
    for name in ["a", "b"] {
        let mut bench = Bench::new();
        bench.write("a", 3);
        bench.see("a");
        bench.hand_out();
        bench.read();
        let away = outside.path().join("a");
        fs::rename(bench.path("a"), &away).unwrap();
        bench.gone("a");
        bench.settle();
        fs::rename(&away, bench.path(name)).unwrap();
        bench.see(name);
        assert_eq!(bench.counted(), (3, 1), "{name}");
    }
}

#[test]
fn a_file_that_fails_when_it_is_gone_already_has_not_failed() {
    let mut bench = Bench::new();
    fs::write(bench.path("half.json"), r#"{"Records":["#).unwrap();
    let seen = SeenFile { settled: true, ..bench.look("half.json") };
    bench.dispatcher.sighted(Sighting::File(seen));
    bench.hand_out();
    bench.read();
    fs::remove_file(bench.path("half.json")).unwrap();
    bench.gone("half.json");
    bench.take_in();
    let health = bench.dispatcher.figures();
    assert_eq!((health.failed, health.problems.len()), (0, 0));
}

#[test]
fn names_of_one_file_in_the_first_listing_are_read_before_it_is_over() {
    let mut bench = Bench::new();
    bench.write("a", 1);
    fs::hard_link(bench.path("a"), bench.path("b")).unwrap();
    let listed = ["a", "b"].map(|name| SeenFile { first: true, ..bench.look(name) });
    bench.dispatcher.sighted(Sighting::Listed(listed.into()));
    bench.hand_out();
    bench.read();
    bench.take_in();
    assert!(!bench.dispatcher.is_ready(), "the other name waits");
    bench.settle();
    assert!(bench.dispatcher.is_ready());
}

#[test]
fn a_file_of_which_a_part_lay_outside_the_window_is_read_again_by_the_next_run() {
    let since = DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::seconds(3);
    for (rename, rotate) in [(false, false), (true, false), (true, true)] {
        let mut bench = Bench::of(Window { since: Some(since), until: None });
        bench.write("log", 4);
        bench.see("log");
        bench.settle();
        assert_eq!(bench.save(), Vec::<PathBuf>::new());
        if rename {
            bench.rename("log", "log.1");
        }
        if rotate {
            bench.write("log", 1);
            bench.see("log");
            bench.settle();
        }
        bench.save();
        let name = if rename { "log.1" } else { "log" };
        bench.append(name, 1);
        bench.see(name);
        bench.settle();
        assert!(!bench.save().contains(&bench.path(name)), "{rename}, {rotate}");
    }
}

#[test]
fn a_file_outside_the_window_that_is_seen_while_it_is_written_is_left_out_once() {
    let since = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let mut bench = Bench::of(Window { since: Some(since), until: None });
    let name = "111122223333_CloudTrail_us-east-1_20200101T0000Z_aaaaaaaaaaaaaaaa.json.gz";
    bench.write(name, 1);
    bench.see(name);
    bench.append(name, 1);
    bench.see(name);
    bench.settle();
    assert_eq!(bench.dispatcher.figures().unopened, 1);
}
