//! Stands in for the crate `blake3` 1: hashing, keyed hashing, key derivation and outputs of any length, over Wisp's chip.
//! Threads, memory maps, and the traits of `digest` and `serde` are not here.
#![cfg_attr(not(feature = "std"), no_std)]

mod hash;
mod output;

pub use hash::{Hash, HexError, HexString};
pub use output::OutputReader;

use output::Output;
use wisp_precompiles::blake3_compress;

/// Bytes of a digest.
pub const OUT_LEN: usize = 32;
/// Bytes of a key.
pub const KEY_LEN: usize = 32;
/// Bytes of a block.
pub const BLOCK_LEN: usize = 64;
/// Bytes of a chunk.
pub const CHUNK_LEN: usize = 1024;

const IV: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const PARENT: u32 = 4;
const ROOT: u32 = 8;
const KEYED_HASH: u32 = 16;
const DERIVE_KEY_CONTEXT: u32 = 32;
const DERIVE_KEY_MATERIAL: u32 = 64;

const CHUNK_BLOCKS: u32 = 16;
/// Depth of a tree of 2^64 bytes.
const MAX_DEPTH: usize = 54;

fn words_of<const N: usize>(bytes: &[u8]) -> [u32; N] {
    let mut words = [0; N];
    for (word, part) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_le_bytes([part[0], part[1], part[2], part[3]]);
    }
    words
}

/// The hash of some bytes.
pub fn hash(input: &[u8]) -> Hash {
    Hasher::new().update(input).finalize()
}

/// The hash of some bytes under a key.
pub fn keyed_hash(key: &[u8; KEY_LEN], input: &[u8]) -> Hash {
    Hasher::new_keyed(key).update(input).finalize()
}

/// A key from key material, for a context, which is hardcoded text of the application.
pub fn derive_key(context: &str, key_material: &[u8]) -> [u8; OUT_LEN] {
    Hasher::new_derive_key(context).update(key_material).finalize().into()
}

/// A hash under way.
#[derive(Clone)]
pub struct Hasher {
    key: [u32; 8],
    /// Of the mode.
    flags: u32,
    cv: [u32; 8],
    block: [u32; 16],
    /// 0..=64: a full block waits until more comes, for only then is it not the last.
    block_len: usize,
    /// Blocks compressed in this chunk, 0..16.
    blocks: u32,
    /// Chunks finished.
    chunks: u64,
    /// Roots of finished subtrees.
    stack: [[u32; 8]; MAX_DEPTH],
    stack_len: usize,
}

impl Hasher {
    fn with(key: [u32; 8], flags: u32) -> Self {
        Self {
            key,
            flags,
            cv: key,
            block: [0; 16],
            block_len: 0,
            blocks: 0,
            chunks: 0,
            stack: [[0; 8]; MAX_DEPTH],
            stack_len: 0,
        }
    }

    /// A plain hash.
    pub fn new() -> Self {
        Self::with(IV, 0)
    }

    /// A hash under a key.
    pub fn new_keyed(key: &[u8; KEY_LEN]) -> Self {
        Self::with(words_of(key), KEYED_HASH)
    }

    /// A key derivation for a context.
    pub fn new_derive_key(context: &str) -> Self {
        let mut hasher = Self::with(IV, DERIVE_KEY_CONTEXT);
        hasher.update(context.as_bytes());
        Self::with(words_of(hasher.finalize().as_bytes()), DERIVE_KEY_MATERIAL)
    }

    /// Starts afresh, in the same mode.
    pub fn reset(&mut self) -> &mut Self {
        *self = Self::with(self.key, self.flags);
        self
    }

    fn parent(&self, left: &[u32; 8], right: &[u32; 8]) -> Output {
        let mut block = [0; 16];
        block[..8].copy_from_slice(left);
        block[8..].copy_from_slice(right);
        Output { cv: self.key, block, counter: 0, len: BLOCK_LEN as u32, flags: self.flags | PARENT }
    }

    fn flush_block(&mut self) {
        let mut flags = self.flags | if self.blocks == 0 { CHUNK_START } else { 0 };
        self.blocks += 1;
        if self.blocks == CHUNK_BLOCKS {
            flags |= CHUNK_END;
        }
        blake3_compress(&mut self.cv, &self.block, self.chunks, BLOCK_LEN as u32, flags);
        self.block_len = 0;
        if self.blocks != CHUNK_BLOCKS {
            return;
        }
        self.blocks = 0;
        self.chunks += 1;
        // One merge for each trailing zero of the number of chunks keeps the subtrees complete.
        for _ in 0..self.chunks.trailing_zeros() {
            self.stack_len -= 1;
            self.cv = self.parent(&self.stack[self.stack_len], &self.cv).chaining_value();
        }
        self.stack[self.stack_len] = self.cv;
        self.stack_len += 1;
        self.cv = self.key;
    }

    /// Adds bytes.
    pub fn update(&mut self, mut input: &[u8]) -> &mut Self {
        while !input.is_empty() {
            if self.block_len == BLOCK_LEN {
                self.flush_block();
            }
            if self.block_len == 0 && input.len() >= BLOCK_LEN {
                self.block = words_of(input);
                self.block_len = BLOCK_LEN;
                input = &input[BLOCK_LEN..];
                continue;
            }
            let (at, part) = (self.block_len, input.len().min(BLOCK_LEN - self.block_len));
            for (i, byte) in input[..part].iter().enumerate() {
                let shift = 8 * ((at + i) % 4);
                let word = &mut self.block[(at + i) / 4];
                *word = *word & !(255 << shift) | u32::from(*byte) << shift;
            }
            self.block_len += part;
            input = &input[part..];
        }
        self
    }

    fn output(&self) -> Output {
        let mut block = self.block;
        // Behind the last bytes there may be old ones.
        for i in self.block_len..BLOCK_LEN {
            block[i / 4] &= !(255 << (8 * (i % 4)));
        }
        let start = if self.blocks == 0 { CHUNK_START } else { 0 };
        let flags = self.flags | start | CHUNK_END;
        let mut output = Output { cv: self.cv, block, counter: self.chunks, len: self.block_len as u32, flags };
        for left in self.stack[..self.stack_len].iter().rev() {
            output = self.parent(left, &output.chaining_value());
        }
        output
    }

    /// The hash of what came so far.
    pub fn finalize(&self) -> Hash {
        Hash::from(self.output().root_hash())
    }

    /// An output of any length of what came so far.
    pub fn finalize_xof(&self) -> OutputReader {
        OutputReader::new(self.output())
    }

    /// Bytes that came so far.
    pub fn count(&self) -> u64 {
        self.chunks * CHUNK_LEN as u64 + u64::from(self.blocks) * BLOCK_LEN as u64 + self.block_len as u64
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        f.debug_struct("Hasher").field("flags", &self.flags).finish_non_exhaustive()
    }
}

#[cfg(feature = "std")]
impl std::io::Write for Hasher {
    fn write(&mut self, input: &[u8]) -> std::io::Result<usize> {
        self.update(input);
        Ok(input.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
