//! Words of input, taken one after another. What is missing ends the run.

use crate::crypto::{bytes_of, Words};
use alloy_primitives::{Address, B256};

#[derive(Clone)]
pub struct Cursor<'a> {
    rest: &'a [u32],
}

impl<'a> Cursor<'a> {
    pub const fn new(rest: &'a [u32]) -> Self {
        Self { rest }
    }

    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// All that is left.
    pub const fn rest(&self) -> &'a [u32] {
        self.rest
    }

    pub fn take(&mut self, count: usize) -> &'a [u32] {
        assert!(count <= self.rest.len(), "words are missing");
        let (words, rest) = self.rest.split_at(count);
        self.rest = rest;
        words
    }

    pub fn u32(&mut self) -> u32 {
        self.take(1)[0]
    }

    /// Low word first.
    pub fn u64(&mut self) -> u64 {
        let words = self.take(2);
        u64::from(words[0]) | u64::from(words[1]) << 32
    }

    pub fn words(&mut self) -> &'a Words {
        self.take(8).try_into().unwrap()
    }

    pub fn hash(&mut self) -> B256 {
        bytes_of(self.words())
    }

    pub fn address(&mut self) -> Address {
        Address::from_slice(as_bytes(self.take(5)))
    }

    /// Bytes behind their number, padded with zeros to whole words.
    pub fn bytes(&mut self) -> &'a [u8] {
        let len = self.u32() as usize;
        let (bytes, padding) = as_bytes(self.take(len.div_ceil(4))).split_at(len);
        assert!(padding.iter().all(|byte| *byte == 0), "padding is not zero");
        bytes
    }

    /// A word that is 0 or 1.
    pub fn flag(&mut self) -> bool {
        let word = self.u32();
        assert!(word <= 1, "not a flag");
        word == 1
    }
}

/// Both targets are little-endian.
fn as_bytes(words: &[u32]) -> &[u8] {
    // SAFETY: bytes of words are readable, and there are four a word.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), 4 * words.len()) }
}
