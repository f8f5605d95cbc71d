//! Classifies sixty-four bytes at once, one bit each.

use wide::u8x16;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Block([u8x16; 4]);

/// Sixteen of them: in a test, 0xff where a byte passes and 0 where not; the highest bit decides.
pub(crate) type Lane = u8x16;

impl Block {
    /// Bytes in a block.
    pub(crate) const SIZE: usize = 64;

    /// The bytes from `at` on; behind the end of `bytes`, `pad`.
    #[inline]
    pub(crate) fn at(bytes: &[u8], at: usize, pad: u8) -> Self {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest.first_chunk::<{ Self::SIZE }>() {
            Some(chunk) => Self::of(chunk),
            None => {
                let mut chunk = [pad; Self::SIZE];
                chunk[..rest.len()].copy_from_slice(rest);
                Self::of(&chunk)
            }
        }
    }

    #[inline]
    pub(crate) fn of(chunk: &[u8; Self::SIZE]) -> Self {
        let lane = |n: usize| {
            let mut lane = [0; 16];
            lane.copy_from_slice(&chunk[n * 16..n * 16 + 16]);
            Lane::new(lane)
        };
        Self([lane(0), lane(1), lane(2), lane(3)])
    }

    /// Whether any byte passes `test`.
    #[inline]
    pub(crate) fn any(&self, test: impl Fn(Lane) -> Lane) -> bool {
        (test(self.0[0]) | test(self.0[1]) | test(self.0[2]) | test(self.0[3])).move_mask() != 0
    }

    /// The bytes that pass `test`: the first one is the lowest bit.
    #[inline]
    pub(crate) fn mask(&self, test: impl Fn(Lane) -> Lane) -> u64 {
        let mask = |lane: usize| u64::from(test(self.0[lane]).move_mask() as u32);
        mask(0) | mask(1) << 16 | mask(2) << 32 | mask(3) << 48
    }
}

/// Whether bytes are `byte`.
#[inline]
pub(crate) fn is(lane: Lane, byte: u8) -> Lane {
    lane.cmp_eq(Lane::splat(byte))
}

/// Whether bytes are at most `byte`.
#[inline]
pub(crate) fn at_most(lane: Lane, byte: u8) -> Lane {
    lane.cmp_eq(lane.min(Lane::splat(byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_bit_tells_of_its_byte(bytes in prop::collection::vec(any::<u8>(), 0..100), at in 0..100usize, byte: u8) {
            let block = Block::at(&bytes, at, b' ');
            let (equal, most) = (block.mask(|lane| is(lane, byte)), block.mask(|lane| at_most(lane, byte)));
            prop_assert_eq!(block.any(|lane| is(lane, byte)), equal != 0);
            for n in 0..Block::SIZE {
                let there = bytes.get(at + n).copied().unwrap_or(b' ');
                prop_assert_eq!(equal >> n & 1 == 1, there == byte);
                prop_assert_eq!(most >> n & 1 == 1, there <= byte);
            }
        }
    }
}
