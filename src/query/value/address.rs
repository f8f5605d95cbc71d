//! IP addresses and blocks of them. IPv4 lies inside IPv6 as `::ffff:0:0/96`, as in an index.

use std::net::{IpAddr, Ipv6Addr};

use super::Op;
use crate::query::RangeOp;

/// The addresses from `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) struct Block {
    low: u128,
    high: u128,
}

impl Block {
    pub(super) fn compare(op: Op, text: &str) -> Result<Self, String> {
        let Op::Range(side) = op else {
            return number(text)
                .map(|at| Self { low: at, high: at })
                .or_else(|| Self::cidr(text))
                .ok_or_else(|| format!("\"{text}\" is neither an address nor a block such as 10.0.0.0/8"));
        };
        let bound = number(text).ok_or_else(|| format!("\"{text}\" is not an address"))?;
        let (low, high) = match side {
            RangeOp::Gt => (bound.checked_add(1), Some(u128::MAX)),
            RangeOp::Gte => (Some(bound), Some(u128::MAX)),
            RangeOp::Lt => (Some(0), bound.checked_sub(1)),
            RangeOp::Lte => (Some(0), Some(bound)),
        };
        low.zip(high).map(|(low, high)| Self { low, high }).ok_or_else(|| format!("no address lies beyond \"{text}\""))
    }

    /// An address, or a block in CIDR notation.
    pub(in crate::query) fn named(text: &str) -> Option<Self> {
        Self::compare(Op::Is, text).ok()
    }

    /// A block in CIDR notation; bits beyond the prefix are ignored.
    pub(in crate::query) fn cidr(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let prefix: u32 = prefix.parse().ok()?;
        let prefix = match address.parse().ok()? {
            IpAddr::V4(_) if prefix <= 32 => prefix + 96,
            IpAddr::V6(_) if prefix <= 128 => prefix,
            _ => return None,
        };
        let host = u128::MAX.checked_shr(prefix).unwrap_or(0);
        let low = number(address)? & !host;
        Some(Self { low, high: low | host })
    }

    /// The first and the last of them.
    pub(super) fn ends(self) -> (IpAddr, IpAddr) {
        let address = |number: u128| IpAddr::from(Ipv6Addr::from(number)).to_canonical();
        (address(self.low), address(self.high))
    }

    pub(in crate::query) fn holds(&self, text: &str) -> bool {
        number(text).is_some_and(|at| (self.low..=self.high).contains(&at))
    }
}

fn number(text: &str) -> Option<u128> {
    Some(match text.parse().ok()? {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        IpAddr::V6(address) => address.into(),
    })
}
