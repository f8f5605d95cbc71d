use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const A: &str = r#"{"eventVersion":"1.08","eventID":"a"}"#;

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn read(bytes: &[u8]) -> (Vec<String>, FileReport) {
    read_with(bytes, &mut Buffers::new())
}

fn read_with(bytes: &[u8], buffers: &mut Buffers) -> (Vec<String>, FileReport) {
    let mut given = Vec::new();
    let report = read_stream(Path::new("f"), bytes, buffers, &mut |record| {
        given.push(String::from_utf8(record.bytes.to_vec()).unwrap())
    });
    assert_eq!(report.records, given.len() as u64);
    (given, report)
}

fn delivery(count: usize) -> (String, Vec<String>) {
    let records: Vec<String> = (0..count).map(|n| format!(r#"{{"eventVersion":"1.08","eventID":"{n}"}}"#)).collect();
    (format!("{{\"Records\":[{}]}}", records.join(",")), records)
}

#[test]
fn a_gzip_cut_at_any_byte_gives_good_records_and_an_error() {
    let (content, records) = delivery(200);
    let bytes = gzip(content.as_bytes());
    let mut buffers = Buffers::new();
    for cut in 1..bytes.len() {
        let (given, report) = read_with(&bytes[..cut], &mut buffers);
        assert_eq!(given, records[..given.len()], "cut at {cut}");
        assert!(!report.complete, "cut at {cut}");
        assert!(matches!(report.problem, Some(Problem::CutShort(_))), "cut at {cut}: {report:?}");
    }
    assert_eq!(read_with(&bytes, &mut buffers).0, records);
}

#[test]
fn every_object_is_a_record_where_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let lines = [
        r#"{"n":1,"detail":{"x":2}}"#,
        A,
        r#"{"message":"text","@timestamp":3}"#,
        r#"{"schemaVersion":"2","type":"t","service":{}}"#,
    ];
    let wrapped = format!("[{{\"n\":4}},[{{\"n\":5}}]]\n{{\"logEvents\":[{{\"message\":{A:?}}}]}}");
    let read = |content: &str| {
        std::fs::write(&path, content).unwrap();
        let mut given = Vec::new();
        let mut sink = |record: RawRecord<'_>| given.push(String::from_utf8_lossy(record.bytes).into_owned());
        let report = read_objects(&path, &mut Buffers::new(), None, &mut sink).unwrap();
        (given, report.bad_total)
    };
    assert_eq!(read(&lines.join("\n")), (lines.map(str::to_owned).to_vec(), 0));
    // What lies in an envelope is still found in it.
    assert_eq!(read(&wrapped), (vec![r#"{"n":4}"#.to_owned(), A.to_owned()], 1));
    assert_eq!(read("some text\n").0, [""; 0]);
}

#[test]
fn joined_gzip_members_are_one_file() {
    let (content, records) = delivery(3);
    let (given, report) = read(&[gzip(content.as_bytes()), gzip(content.as_bytes())].concat());
    assert_eq!(given, [records.clone(), records].concat());
    assert!(report.complete && report.problem.is_none(), "{report:?}");
    assert_eq!(report.content, Some(Content::Delivery));
}

#[test]
fn lines_that_go_on_packed_and_packed_lines_that_go_on_plain_are_one_file() {
    let line = |n: usize| format!(r#"{{"eventVersion":"1.08","eventID":"{n}"}}"#);
    let plain = |n: usize| format!("{}\n", line(n)).into_bytes();
    let packed = |n: usize| gzip(&plain(n));
    let bare = |n: usize| line(n).into_bytes();
    let large = |n: usize| format!("{}{}\n", "\n".repeat(WINDOW), line(n)).into_bytes();
    for parts in [
        vec![plain(0), packed(1)],
        vec![plain(0), packed(1), packed(2), plain(3), packed(4), packed(5)],
        vec![packed(0), packed(1), plain(2)],
        vec![packed(0), plain(1), packed(2), plain(3)],
        vec![bare(0), packed(1)],
        vec![plain(0), b"no record ".to_vec(), packed(1), plain(2)],
        vec![plain(0), large(1), packed(2), large(3), packed(4)],
    ] {
        let records = parts.iter().filter(|part| !part.starts_with(b"no")).count();
        let (given, report) = read(&parts.concat());
        assert_eq!(given, (0..records).map(line).collect::<Vec<_>>());
        let bad = (parts.len() - records) as u64;
        assert_eq!((report.complete, report.problem, report.bad_total), (true, None, bad));
        assert_eq!(report.content, Some(Content::Lines));
    }
    let (given, report) = read(&[plain(0), packed(1)[..20].to_vec()].concat());
    assert_eq!(given, [line(0)]);
    assert!(matches!(report.problem, Some(Problem::CutShort(_))), "{report:?}");
    let (given, report) = read(&[plain(0), b"\x1f\x8b\x08 and nothing that makes sense".to_vec()].concat());
    assert_eq!(given, [line(0)]);
    assert!(matches!(report.problem, Some(Problem::Damaged(_))), "{report:?}");
}

#[test]
fn a_record_that_is_too_long_is_named_though_nothing_in_the_file_matters() {
    let long = format!(r#"{{"Records":[{A},{{"eventVersion":"{}"}},{A}]}}"#, "y".repeat(MAX_RECORD));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long.json.gz");
    std::fs::write(&path, gzip(long.as_bytes())).unwrap();
    let report = read_or_skip(&path, &mut Buffers::new(), Some(&|_| true), &mut |_| {}).unwrap();
    assert_eq!((report.records, report.bad_total, report.problem), (2, 1, None));
}

#[test]
fn content_longer_than_the_window_goes_through_in_pieces() {
    let count = 1_500_000;
    let (content, records) = delivery(count);
    assert!(content.len() > WINDOW + PIECE);
    let mut buffers = Buffers::new();
    let mut seen = 0;
    let report = read_stream(Path::new("f"), content.as_bytes(), &mut buffers, &mut |record| {
        assert_eq!(record.bytes, records[seen].as_bytes());
        seen += 1;
    });
    assert_eq!((seen, report.records), (count, count as u64));
    assert_eq!((report.complete, report.content_bytes), (true, content.len() as u64));
    assert_eq!(buffers.content.len(), WINDOW);
    assert!(buffers.kept.capacity() <= 4 * PIECE);
}

#[test]
fn a_gzip_bomb_is_refused_with_the_limit_named_and_memory_stays_flat() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0u8; 1 << 20];
    for _ in 0..200 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 210_000);
    let mut buffers = Buffers::new();
    let (_, report) = read_with(&bomb, &mut buffers);
    let said = report.problem.unwrap().to_string();
    assert!(
        said.starts_with(r#"refused: no end of line within 32 MiB from offset 0 (begins with "\x00\x00"#),
        "{said}"
    );
    assert!(report.content_bytes < 40 << 20, "it stopped early");
    assert!(buffers.content.capacity() <= WINDOW && buffers.kept.capacity() <= 4 * PIECE);
}

#[test]
fn what_cannot_be_opened_is_named_and_nothing_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let (missing, pipe, looped) = (dir.path().join("no"), dir.path().join("pipe"), dir.path().join("loop"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink(&looped, &looped).unwrap();
    let error = |path: &Path| read_once(path, &mut Buffers::new(), &mut |_| {}).unwrap_err().to_string();
    assert!(error(&missing).ends_with("no does not exist"));
    assert!(error(&pipe).ends_with("pipe is a named pipe, not a file"));
    assert!(error(Path::new("/dev/zero")).ends_with("/dev/zero is a device, not a file"));
    assert!(error(dir.path()).ends_with("is a folder, not a file"));
    assert!(error(&looped).contains("cannot be read: "));
}

#[test]
fn names_that_are_not_utf8_and_links_to_files_are_read() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(std::ffi::OsStr::from_bytes(b"a\xff\xfe.json"));
    std::fs::write(&path, A).unwrap();
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for path in [path, link] {
        let report = read_once(&path, &mut Buffers::new(), &mut |record| assert_eq!(record.bytes, A.as_bytes()));
        assert_eq!(report.unwrap().content, Some(Content::Single));
    }
}

#[test]
fn what_is_not_supported_or_empty_is_said() {
    let (_, report) = read(b"BZh91AYrest of it");
    assert!(matches!(report.problem, Some(Problem::Unsupported(what)) if what.contains("bzip2 -d")));
    assert_eq!(report.content, None);
    let (_, report) = read(b"");
    assert_eq!((report.content, report.problem, report.complete), (Some(Content::Empty), None, true));
    let (_, report) = read(&gzip(b""));
    assert_eq!((report.content, report.problem), (Some(Content::Empty), None));
}
