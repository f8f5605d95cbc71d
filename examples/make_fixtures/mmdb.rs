//! Writes MaxMind database files, as far as the made-up ones need it: a tree over the bits of addresses whose leaves point
//! at records. IPv4 addresses lie below `::/96`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Value, json};

/// Bits of one half of a node.
const RECORD_SIZE: u32 = 32;
/// Zero bytes between the tree and the records.
const GAP: u32 = 16;
/// What stands before the description of the file.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";
/// The moment at which the files say they were made: 2026-11-23.
const MADE_AT: u64 = 1_795_392_000;

/// Types of values.
const TEXT: u8 = 2;
const DOUBLE: u8 = 3;
const UINT16: u8 = 5;
const UINT32: u8 = 6;
const MAP: u8 = 7;
const UINT64: u8 = 9;
const ARRAY: u8 = 11;

/// Either half of a node.
#[derive(Clone, Copy)]
enum Half {
    Nothing,
    Node(u32),
    /// An offset among the records.
    Record(u32),
}

/// A database in the making.
pub(crate) struct Database {
    kind: &'static str,
    nodes: Vec<[Half; 2]>,
    records: Vec<u8>,
    known: BTreeMap<String, u32>,
}

impl Database {
    /// An empty one of a kind such as `GeoLite2-City`.
    pub(crate) fn new(kind: &'static str) -> Self {
        Self { kind, nodes: vec![[Half::Nothing; 2]], records: Vec::new(), known: BTreeMap::new() }
    }

    /// Says of all addresses that share the first `length` bits of `network` what `record` says.
    pub(crate) fn put(&mut self, network: IpAddr, length: u8, record: &Value) -> anyhow::Result<()> {
        let (bits, length) = match network {
            IpAddr::V4(v4) => (u128::from(u32::from(v4)), length + 96),
            IpAddr::V6(v6) => (u128::from(v6), length),
        };
        let offset = self.record(record)?;
        let mut at = 0;
        for depth in 0..length {
            let side = usize::from(bits >> (127 - depth) & 1 == 1);
            if depth + 1 == length {
                self.nodes[at][side] = Half::Record(offset);
            } else {
                at = match self.nodes[at][side] {
                    Half::Node(next) => usize::try_from(next)?,
                    Half::Nothing | Half::Record(_) => {
                        let next = self.nodes.len();
                        self.nodes[at][side] = Half::Node(u32::try_from(next)?);
                        self.nodes.push([Half::Nothing; 2]);
                        next
                    }
                };
            }
        }
        Ok(())
    }

    fn record(&mut self, record: &Value) -> anyhow::Result<u32> {
        let text = record.to_string();
        if let Some(known) = self.known.get(&text) {
            return Ok(*known);
        }
        let offset = u32::try_from(self.records.len())?;
        encode(record, &mut self.records)?;
        self.known.insert(text, offset);
        Ok(offset)
    }

    /// The file.
    pub(crate) fn finish(self) -> anyhow::Result<Vec<u8>> {
        let count = u32::try_from(self.nodes.len())?;
        let mut file = Vec::new();
        for half in self.nodes.iter().flatten() {
            let number = match half {
                Half::Nothing => count,
                Half::Node(node) => *node,
                Half::Record(offset) => count + GAP + offset,
            };
            file.extend(number.to_be_bytes());
        }
        file.extend([0; GAP as usize]);
        file.extend(self.records);
        file.extend(MARKER);
        control(MAP, 9, &mut file)?;
        let (node_count, record_size) = (u64::from(count), u64::from(RECORD_SIZE));
        for (key, kind, number) in [
            ("node_count", UINT32, node_count),
            ("record_size", UINT16, record_size),
            ("ip_version", UINT16, 6),
            ("binary_format_major_version", UINT16, 2),
            ("binary_format_minor_version", UINT16, 0),
            ("build_epoch", UINT64, MADE_AT),
        ] {
            encode(&key.into(), &mut file)?;
            whole(kind, number, &mut file)?;
        }
        for (key, value) in [
            ("database_type", json!(self.kind)),
            ("languages", json!(["en"])),
            ("description", json!({"en": "Made up, for the documentation addresses"})),
        ] {
            encode(&key.into(), &mut file)?;
            encode(&value, &mut file)?;
        }
        Ok(file)
    }
}

/// Appends a value: a control byte with its type and size, more of these where they do not fit, and the value itself.
fn encode(value: &Value, out: &mut Vec<u8>) -> anyhow::Result<()> {
    match value {
        Value::String(text) => {
            control(TEXT, text.len(), out)?;
            out.extend(text.bytes());
        }
        Value::Number(number) => match number.as_u64() {
            Some(number) => whole(UINT32, number, out)?,
            None => {
                control(DOUBLE, 8, out)?;
                out.extend(number.as_f64().unwrap_or_default().to_be_bytes());
            }
        },
        Value::Object(map) => {
            control(MAP, map.len(), out)?;
            for (key, value) in map {
                encode(&key.as_str().into(), out)?;
                encode(value, out)?;
            }
        }
        Value::Array(items) => {
            control(ARRAY, items.len(), out)?;
            items.iter().try_for_each(|item| encode(item, out))?;
        }
        Value::Null | Value::Bool(_) => anyhow::bail!("no record needs {value}"),
    }
    Ok(())
}

fn whole(kind: u8, number: u64, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let bytes: Vec<u8> = number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    control(kind, bytes.len(), out)?;
    out.extend(bytes);
    Ok(())
}

/// Types above 7 stand in a byte of their own, sizes above 28 in one behind that.
fn control(kind: u8, size: usize, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let small = size.min(29);
    let (first, second) = if kind > 7 { (0, Some(kind - 7)) } else { (kind, None) };
    out.push(first << 5 | u8::try_from(small)?);
    out.extend(second);
    if size > 28 {
        out.push(u8::try_from(size - 29)?);
    }
    Ok(())
}
