//! BLAKE3, unkeyed, of inputs shorter than 2^32 bytes.

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

/// Message word of each mixing step, round by round.
const SCHEDULE: [[usize; 16]; 7] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8],
    [3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1],
    [10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6],
    [12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4],
    [9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7],
    [11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13],
];

#[inline(always)]
fn mix(v: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize, x: u32, y: u32) {
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(12);
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
    v[d] = (v[d] ^ v[a]).rotate_right(8);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(7);
}

#[inline(always)]
fn round(v: &mut [u32; 16], m: &[u32; 16], s: &[usize; 16]) {
    mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
    mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
    mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
    mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
    mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
    mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
    mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
    mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
}

/// cv = compress(cv, m); the counter's upper word is always 0 here.
#[inline(never)]
fn compress(cv: &mut [u32; 8], m: &[u32; 16], counter: u32, len: u32, flags: u32) {
    let mut v = [
        cv[0], cv[1], cv[2], cv[3], cv[4], cv[5], cv[6], cv[7], IV[0], IV[1], IV[2], IV[3], counter, 0, len, flags,
    ];
    // Seven calls, not a loop, so that every index is a constant and the state stays in registers.
    round(&mut v, m, &SCHEDULE[0]);
    round(&mut v, m, &SCHEDULE[1]);
    round(&mut v, m, &SCHEDULE[2]);
    round(&mut v, m, &SCHEDULE[3]);
    round(&mut v, m, &SCHEDULE[4]);
    round(&mut v, m, &SCHEDULE[5]);
    round(&mut v, m, &SCHEDULE[6]);
    for i in 0..8 {
        cv[i] = v[i] ^ v[i + 8];
    }
}

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
        compress(&mut self.cv, &pair, 0, BLOCK_BYTES as u32, PARENT | flags);
    }

    fn flush_block(&mut self) {
        let mut flags = if self.blocks == 0 { CHUNK_START } else { 0 };
        self.blocks += 1;
        if self.blocks == CHUNK_BLOCKS {
            flags |= CHUNK_END;
        }
        compress(&mut self.cv, &self.block, self.chunks, BLOCK_BYTES as u32, flags);
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
        compress(&mut self.cv, &self.block, self.chunks, self.block_len as u32, flags);
        while self.stack_len != 0 {
            self.merge(if self.stack_len == 1 { ROOT } else { 0 });
        }
        &self.cv
    }
}
