//! Hashes of bytes at hand, over the chips.

use crate::{keccak_f, sha256_compress};

const SHA256: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// SHA-256 of the parts, one after another.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut state = SHA256;
    let mut block = [0u8; 64];
    let mut filled = 0;
    let mut total = 0u64;
    for mut part in parts.iter().copied() {
        total += part.len() as u64;
        while !part.is_empty() {
            let taken = part.len().min(64 - filled);
            block[filled..filled + taken].copy_from_slice(&part[..taken]);
            filled += taken;
            part = &part[taken..];
            if filled == 64 {
                sha256_compress(&mut state, &[block]);
                filled = 0;
            }
        }
    }
    block[filled] = 0x80;
    block[filled + 1..].fill(0);
    if filled >= 56 {
        sha256_compress(&mut state, &[block]);
        block = [0; 64];
    }
    block[56..].copy_from_slice(&(8 * total).to_be_bytes());
    sha256_compress(&mut state, &[block]);
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

/// Keccak-256 as Ethereum has it.
pub fn keccak256(input: &[u8]) -> [u8; 32] {
    const RATE: usize = 136;
    let mut lanes = [0u64; 25];
    let mut blocks = input.chunks_exact(RATE);
    let mut absorb = |block: &[u8]| {
        for (lane, bytes) in lanes.iter_mut().zip(block.chunks_exact(8)) {
            let mut word = [0; 8];
            word.copy_from_slice(bytes);
            *lane ^= u64::from_le_bytes(word);
        }
        keccak_f(&mut lanes);
    };
    for block in &mut blocks {
        absorb(block);
    }
    let mut last = [0u8; RATE];
    let rest = blocks.remainder();
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 1;
    last[RATE - 1] |= 0x80;
    absorb(&last);
    let mut digest = [0; 32];
    for (bytes, lane) in digest.chunks_exact_mut(8).zip(lanes) {
        bytes.copy_from_slice(&lane.to_le_bytes());
    }
    digest
}
