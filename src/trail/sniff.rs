//! Tells by its first bytes how a file, or what came out of one, is packed. Names say nothing: `.gz` on a plain file is as common as gzip without it.

/// How a file's bytes hold its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// As they are.
    Plain,
    /// One or more gzip members.
    Gzip,
    /// In a way that is unpacked by a library, see [`super::packed`].
    Layer(Layer),
    /// In a way that is recognised and not read; what it is.
    Unsupported(&'static str),
}

/// Packings that are seldom met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    /// One or more zstd frames.
    Zstd,
    /// Text as PowerShell writes it, the low byte of a character first.
    Utf16Le,
    /// The same, the high byte first.
    Utf16Be,
    /// A tar archive.
    Tar,
    /// A zip archive.
    Zip,
}

/// Bytes of a file's beginning that [`packing`] looks at.
pub(super) const HEAD: usize = 512;

/// Where a tar archive says that it is one.
const TAR: (usize, &[u8]) = (257, b"ustar");

const LAYERS: [(&[u8], Layer); 6] = [
    (b"\x28\xb5\x2f\xfd", Layer::Zstd),
    (b"PK\x03\x04", Layer::Zip),
    (b"PK\x05\x06", Layer::Zip),
    (b"PK\x07\x08", Layer::Zip),
    (b"\xff\xfe", Layer::Utf16Le),
    (b"\xfe\xff", Layer::Utf16Be),
];

const UNSUPPORTED: &[(&[u8], &str)] = &[
    (b"BZh", "bzip2 compression; unpack it first (bzip2 -d)"),
    (b"\xfd7zXZ\x00", "xz compression; unpack it first (xz -d)"),
    (b"\x5d\x00\x00", "lzma compression; unpack it first (xz -d)"),
    (b"\x04\x22\x4d\x18", "lz4 compression; unpack it first (lz4 -d)"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy compression; unpack it first"),
    (b"\x1f\x9d", "compress(1) data; unpack it first (gzip -d)"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive; unpack it first (7z x)"),
    (b"Rar!\x1a\x07", "RAR archive; unpack it first"),
    (b"PAR1", "Parquet table; export the records as JSON"),
    (b"ORC", "ORC table; export the records as JSON"),
    (b"Obj\x01", "Avro file; export the records as JSON"),
    (b"SQLite format 3\x00", "SQLite database"),
    (b"%PDF-", "PDF document"),
    (b"-----BEGIN PGP", "PGP message; decrypt it first"),
    (b"age-encryption.org", "age-encrypted file; decrypt it first"),
    (b"Salted__", "file encrypted by OpenSSL; decrypt it first"),
];

/// Tells the packing from the first [`HEAD`] bytes, or all of a shorter file.
pub(super) fn packing(head: &[u8]) -> Packing {
    if head.starts_with(b"\x1f\x8b") || head == b"\x1f" {
        return Packing::Gzip;
    }
    if let Some((_, layer)) = LAYERS.iter().find(|(signature, _)| head.starts_with(signature)) {
        return Packing::Layer(*layer);
    }
    if head.get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1)) {
        return Packing::Layer(Layer::Tar);
    }
    match (UNSUPPORTED.iter().find(|(signature, _)| head.starts_with(signature)), head) {
        (Some((_, name)), _) => Packing::Unsupported(name),
        // JSON in two bytes a character, without a mark: of its first two characters only one byte each is not zero.
        (None, [1..=0x7f, 0, 1..=0x7f, 0, ..]) => Packing::Layer(Layer::Utf16Le),
        (None, [0, 1..=0x7f, 0, 1..=0x7f, ..]) => Packing::Layer(Layer::Utf16Be),
        (None, _) => Packing::Plain,
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
            (b"PK\x03\x04....", Packing::Layer(Layer::Zip)),
            (b"\x28\xb5\x2f\xfd", Packing::Layer(Layer::Zstd)),
            (b"BZh91AY", Packing::Unsupported("bzip2 compression; unpack it first (bzip2 -d)")),
            (b"PAR1", Packing::Unsupported("Parquet table; export the records as JSON")),
            (b"\xff\xfe{\0", Packing::Layer(Layer::Utf16Le)),
            (b"\xfe\xff\0{", Packing::Layer(Layer::Utf16Be)),
            (b"{\0\"\0R\0", Packing::Layer(Layer::Utf16Le)),
            (b"\0{\0\"", Packing::Layer(Layer::Utf16Be)),
            (b"\0\0\0\x01Bud1", Packing::Plain),
            (b"{\"Records\"", Packing::Plain),
            (b"\xef\xbb\xbf{", Packing::Plain),
            (b"", Packing::Plain),
        ] {
            assert_eq!(packing(head), expected, "{head:?}");
            assert!(head.len() <= HEAD);
        }
        let mut tar = [b'a'; HEAD];
        tar[TAR.0..TAR.0 + TAR.1.len()].copy_from_slice(TAR.1);
        assert_eq!(packing(&tar), Packing::Layer(Layer::Tar));
    }
}
