//! Files that change between being opened and being read: what was read then counts for nothing, and the next look tells.

use super::*;

/// Opens the file, changes it, and reads it as it was opened.
fn look_after(bench: &mut Bench, settled: bool, change: impl FnOnce(&Path)) -> (LiveRead, usize) {
    let (file, metadata) = open(&bench.path).unwrap();
    change(&bench.path);
    let (stamp, prior, mut given) = (FileStamp::of(&metadata), bench.checkpoint.as_ref(), 0);
    let looked = look(&file, stamp, prior, settled, &mut bench.buffers, &mut |_| given += 1).unwrap();
    (looked.answer(&bench.path, prior, settled), given)
}

fn cut(path: &Path, size: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(size).unwrap();
}

#[test]
fn a_file_that_is_cut_while_it_is_read_is_waited_for() {
    let lines = |from| (from..from + 4).map(|n| record(n) + "\n").collect::<String>();
    let contents = [
        lines(0).into_bytes(),
        delivery(0, 4).into_bytes(),
        gzip(delivery(0, 4).as_bytes()),
        gzip(lines(0).as_bytes()),
    ];
    for content in contents {
        for size in [0, 60] {
            for settled in [false, true] {
                let mut bench = Bench::new();
                bench.write(&content);
                let (read, given) = look_after(&mut bench, settled, |path| cut(path, size));
                assert!(matches!(read, LiveRead::Waiting(Problem::CutShort(_))), "{size}, {settled}: {read:?}");
                assert_eq!(given, 0);
                bench.write(&content);
                assert_eq!(bench.progress(false).records, 4);
            }
        }
    }
    // In the middle of lines that go on: what was read before stands.
    let mut bench = Bench::new();
    bench.write(lines(0));
    bench.look(false);
    bench.append(lines(4));
    let (read, given) = look_after(&mut bench, false, |path| cut(path, 0));
    assert!(matches!(read, LiveRead::Waiting(_)), "{read:?}");
    assert_eq!(given, 0);
    bench.append(lines(20) + &lines(30) + &lines(40));
    assert_eq!((bench.progress(false).records, bench.given.len()), (12, 12));
}

#[test]
fn a_file_that_grows_while_it_is_read_is_read_as_far_as_it_went() {
    let mut bench = Bench::new();
    bench.write(record(1) + "\n");
    let (read, given) = look_after(&mut bench, false, |path| {
        OpenOptions::new().append(true).open(path).unwrap().write_all((record(2) + "\n").as_bytes()).unwrap();
    });
    let LiveRead::Read(progress) = read else { panic!("not read: {read:?}") };
    assert_eq!((progress.records, given), (1, 1));
    bench.checkpoint = Some(progress.checkpoint);
    bench.given.push(record(1));
    bench.touch();
    let progress = bench.progress(false);
    assert_eq!((progress.records, progress.restarted), (1, false));
}

#[test]
fn what_a_file_must_still_hold_is_of_the_file_that_was_read() {
    let mut bench = Bench::new();
    let content = delivery(0, 30).into_bytes();
    let size = content.len() as u64;
    type Change = fn(&Path, &[u8]);
    let changes: [(&str, Change, bool); 5] = [
        ("none", |_, _| {}, true),
        ("grown", |path, more| OpenOptions::new().append(true).open(path).unwrap().write_all(more).unwrap(), true),
        ("cut", |path, whole| cut(path, whole.len() as u64 - 1), false),
        ("cut and grown again", |path, whole| fs::write(path, whole.to_ascii_uppercase()).unwrap(), false),
        ("of another beginning", |path, whole| fs::write(path, [b" ", whole].concat()).unwrap(), false),
    ];
    for (name, change, stands) in changes {
        bench.write(&content);
        let (file, _) = open(&bench.path).unwrap();
        let opened = Opened::new(&file, size).unwrap();
        change(&bench.path, &content);
        assert_eq!(opened.head(size).unwrap().is_some(), stands, "{name}");
    }
    // Cut while it is read, and as it was when that is over.
    bench.write(&content);
    let (file, _) = open(&bench.path).unwrap();
    let opened = Opened::new(&file, size).unwrap();
    cut(&bench.path, 100);
    let mut read = Vec::new();
    opened.part(50).unwrap().read_to_end(&mut read).unwrap();
    bench.write(&content);
    assert_eq!((read.len(), opened.head(size).unwrap()), (50, None));
}

#[test]
fn another_file_that_has_the_name_by_now_is_not_read() {
    let mut bench = Bench::new();
    bench.write(delivery(0, 3));
    let id = id_of(&bench.path);
    bench.replace(delivery(7, 3));
    let now = FileStamp::of(&fs::metadata(&bench.path).unwrap());
    let read = read((&bench.path, id), None, true, &mut bench.buffers, &mut |_| panic!("given")).unwrap();
    assert_eq!(read, LiveRead::Another(now));
}

#[test]
fn a_number_that_was_given_to_another_file_does_not_hide_the_name_before() {
    let mut bench = Bench::new();
    bench.write(delivery(0, 30));
    bench.look(false);
    let other = bench.path.with_extension("other");
    let known = bench.checkpoint.clone().unwrap();
    // What had the name, and its number.
    let prior = known.clone().renamed(&other).with(|c| c.head ^= 1);
    fs::rename(&bench.path, &other).unwrap();
    let name = |known: Option<Checkpoint>| known.map(|known| known.path().to_owned());
    assert_eq!(name(known_as(&other, Some(prior.clone()), vec![known.clone()])).as_ref(), Some(&bench.path));
    assert_eq!(name(known_as(&other, Some(prior), vec![])).as_ref(), Some(&other));
    let same = known.clone().renamed(&other);
    assert_eq!(name(known_as(&other, Some(same), vec![known])).as_ref(), Some(&other), "known by its name, too");
}
