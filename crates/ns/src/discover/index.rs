//! Namespaces by inode number.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Where in the list of namespaces the one with a certain inode number is.
#[derive(Debug, Default)]
pub(super) struct Index(HashMap<u64, u32, BuildHasherDefault<InodeHasher>>);

impl Index {
    pub(super) fn get(&self, inode: u64) -> Option<u32> {
        self.0.get(&inode).copied()
    }

    pub(super) fn insert(&mut self, inode: u64, place: u32) {
        self.0.insert(inode, place);
    }
}

/// Spreads inode numbers, which the kernel hands out one after the other, over all 64 bits.
#[derive(Debug, Default)]
pub(super) struct InodeHasher(u64);

impl Hasher for InodeHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // 2^64 divided by the golden ratio, as in Fibonacci hashing; folded, since the table looks at both ends.
        let spread = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ (spread >> 32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
