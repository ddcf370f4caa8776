//! BLAKE3, unkeyed, of inputs shorter than 2^32 bytes.

use wisp_precompiles::blake3_compress;

const IV: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const PARENT: u32 = 4;
const ROOT: u32 = 8;

const BLOCK_BYTES: usize = 64;
const CHUNK_BLOCKS: u32 = 16;
/// Depth of a tree of 2^22 chunks.
const MAX_DEPTH: usize = 22;

pub struct Hasher {
    cv: [u32; 8],
    block: [u32; 16],
    /// 0..=64: a full block waits until more comes, for only then is it not the last.
    block_len: usize,
    /// Blocks compressed in this chunk, 0..16.
    blocks: u32,
    /// Chunks finished.
    chunks: u32,
    /// Roots of finished subtrees.
    stack: [[u32; 8]; MAX_DEPTH],
    stack_len: usize,
}

impl Hasher {
    pub const fn new() -> Self {
        Self {
            cv: IV,
            block: [0; 16],
            block_len: 0,
            blocks: 0,
            chunks: 0,
            stack: [[0; 8]; MAX_DEPTH],
            stack_len: 0,
        }
    }

    fn block_bytes(&mut self) -> &mut [u8; BLOCK_BYTES] {
        // SAFETY: 16 words are 64 bytes, and any bytes are valid words; the machine is little-endian, as BLAKE3 is.
        unsafe { &mut *self.block.as_mut_ptr().cast() }
    }

    /// cv = the parent of the subtree on top of the stack and the one in cv.
    fn merge(&mut self, flags: u32) {
        self.stack_len -= 1;
        let mut pair = [0; 16];
        pair[..8].copy_from_slice(&self.stack[self.stack_len]);
        pair[8..].copy_from_slice(&self.cv);
        self.cv = IV;
        blake3_compress(&mut self.cv, &pair, 0, BLOCK_BYTES as u32, PARENT | flags);
    }

    fn flush_block(&mut self) {
        let mut flags = if self.blocks == 0 { CHUNK_START } else { 0 };
        self.blocks += 1;
        if self.blocks == CHUNK_BLOCKS {
            flags |= CHUNK_END;
        }
        blake3_compress(&mut self.cv, &self.block, u64::from(self.chunks), BLOCK_BYTES as u32, flags);
        self.block_len = 0;
        if self.blocks != CHUNK_BLOCKS {
            return;
        }
        self.blocks = 0;
        self.chunks += 1;
        // One merge for each trailing zero of the number of chunks keeps the subtrees complete.
        for _ in 0..self.chunks.trailing_zeros() {
            self.merge(0);
        }
        self.stack[self.stack_len] = self.cv;
        self.stack_len += 1;
        self.cv = IV;
    }

    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.block_len == BLOCK_BYTES {
                self.flush_block();
            }
            let at = self.block_len;
            let part = bytes.len().min(BLOCK_BYTES - at);
            self.block_bytes()[at..at + part].copy_from_slice(&bytes[..part]);
            self.block_len += part;
            bytes = &bytes[part..];
        }
    }

    /// The digest; nothing can be added afterwards.
    pub fn finish(&mut self) -> &[u32; 8] {
        // The block starts as zero; only after a flush does it hold old bytes past its length.
        if self.blocks | self.chunks != 0 {
            let at = self.block_len;
            self.block_bytes()[at..].fill(0);
        }
        let mut flags = CHUNK_END;
        if self.blocks == 0 {
            flags |= CHUNK_START;
        }
        if self.stack_len == 0 {
            flags |= ROOT;
        }
        blake3_compress(&mut self.cv, &self.block, u64::from(self.chunks), self.block_len as u32, flags);
        while self.stack_len != 0 {
            self.merge(if self.stack_len == 1 { ROOT } else { 0 });
        }
        &self.cv
    }
}
