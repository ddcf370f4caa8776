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

const RATE: usize = 136;

/// Keccak-256 as Ethereum has it.
pub fn keccak256(input: &[u8]) -> [u8; 32] {
    let mut lanes = [0u64; 25];
    let mut blocks = input.chunks_exact(RATE);
    for block in &mut blocks {
        absorb(&mut lanes, block);
        keccak_f(&mut lanes);
    }
    let rest = blocks.remainder();
    let (whole, part) = rest.split_at(rest.len() & !7);
    absorb(&mut lanes, whole);
    let mut last = [0u8; 8];
    last[..part.len()].copy_from_slice(part);
    last[part.len()] = 1;
    lanes[whole.len() / 8] ^= u64::from_le_bytes(last);
    lanes[RATE / 8 - 1] ^= 1 << 63;
    keccak_f(&mut lanes);
    let mut digest = [0; 32];
    for (bytes, lane) in digest.chunks_exact_mut(8).zip(lanes) {
        bytes.copy_from_slice(&lane.to_le_bytes());
    }
    digest
}

/// Adds whole lanes, word by word where the bytes are aligned.
#[inline]
fn absorb(lanes: &mut [u64; 25], bytes: &[u8]) {
    // SAFETY: any bytes are a word.
    let (before, words, _) = unsafe { bytes.align_to::<u32>() };
    if before.is_empty() && cfg!(target_endian = "little") {
        for (lane, pair) in lanes.iter_mut().zip(words.chunks_exact(2)) {
            *lane ^= u64::from(pair[0]) | u64::from(pair[1]) << 32;
        }
    } else {
        for (lane, part) in lanes.iter_mut().zip(bytes.chunks_exact(8)) {
            let mut word = [0; 8];
            word.copy_from_slice(part);
            *lane ^= u64::from_le_bytes(word);
        }
    }
}
