//! Tells by its first bytes how a file is packed. Names say nothing: `.gz` on a plain file is as common as gzip without it.

/// How a file's bytes hold its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// As they are.
    Plain,
    /// One or more gzip members.
    Gzip,
    /// In a way that is recognised and not read; what it is.
    Unsupported(&'static str),
}

/// Bytes of a file's beginning that [`packing`] looks at.
pub(super) const HEAD: usize = 16;

const SIGNATURES: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "zip archive"),
    (b"PK\x05\x06", "zip archive"),
    (b"\x28\xb5\x2f\xfd", "zstd compression"),
    (b"BZh", "bzip2 compression"),
    (b"\xfd7zXZ\x00", "xz compression"),
    (b"\x04\x22\x4d\x18", "lz4 compression"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy compression"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"PAR1", "Parquet table"),
    (b"ORC", "ORC table"),
    (b"Obj\x01", "Avro file"),
    (b"SQLite format 3\x00", "SQLite database"),
    (b"%PDF-", "PDF document"),
    (b"\xff\xfe", "UTF-16 text; convert it to UTF-8"),
    (b"\xfe\xff", "UTF-16 text; convert it to UTF-8"),
];

/// Tells the packing from the first [`HEAD`] bytes, or all of a shorter file.
pub(super) fn packing(head: &[u8]) -> Packing {
    if head.starts_with(b"\x1f\x8b") || head == b"\x1f" {
        return Packing::Gzip;
    }
    match SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)) {
        Some((_, name)) => Packing::Unsupported(name),
        None => Packing::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_told_by_the_first_bytes() {
        for (head, expected) in [
            (&b"\x1f\x8b\x08"[..], Packing::Gzip),
            (b"\x1f", Packing::Gzip),
            (b"PK\x03\x04....", Packing::Unsupported("zip archive")),
            (b"BZh91AY", Packing::Unsupported("bzip2 compression")),
            (b"PAR1", Packing::Unsupported("Parquet table")),
            (b"\xff\xfe{\0", Packing::Unsupported("UTF-16 text; convert it to UTF-8")),
            (b"{\"Records\"", Packing::Plain),
            (b"\xef\xbb\xbf{", Packing::Plain),
            (b"", Packing::Plain),
        ] {
            assert_eq!(packing(head), expected, "{head:?}");
            assert!(head.len() <= HEAD);
        }
    }
}
