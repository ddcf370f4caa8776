//! Hashes. BLAKE3 is keyed by domain: the key is BLAKE3("wisp/rollup/1/<domain>").

use alloy_primitives::B256;
use wisp_precompiles::blake3_compress;

pub use alloy_primitives::keccak256;

pub type Words = [u32; 8];

pub const KEY: Words =
    [0xaccf7f31, 0x7cb89205, 0xeff45249, 0x829a3242, 0xad194782, 0x0e9cf265, 0x079da7b3, 0x1b0584f7];
pub const ACCOUNT: Words =
    [0x8039c8f8, 0x318875ce, 0xc907294c, 0xceef621a, 0x3ec7700c, 0xaed631a8, 0xce90719d, 0xd3d0c983];
pub const LEAF: Words =
    [0xfb3c6416, 0x3ece1550, 0x00268dd9, 0x590f7772, 0x852d6192, 0x1e7bb8a7, 0x51cec1fc, 0x83440395];
pub const NODE: Words =
    [0xc7d9793b, 0x47c2f15a, 0xf08a9105, 0x2b56b851, 0x527546fe, 0x7a2fcf28, 0x40cf1d23, 0x3842413e];
pub const STATE: Words =
    [0xf31de16a, 0x711192f7, 0xad063915, 0x79ccece9, 0xffcc101e, 0x1433863c, 0x37aa136a, 0x9910f4a9];
pub const DATA: Words =
    [0xfb158b12, 0x9a6f4a8a, 0xbb8c58b3, 0x464ce918, 0x39b5dc1d, 0x445a4b10, 0xb230031a, 0x6642f988];
pub const TRANSACTIONS: Words =
    [0x397604d0, 0x51adda49, 0x791e1c24, 0xd08ded74, 0x12aa1723, 0x1d2fb3f5, 0xcee2473c, 0x21592c76];
pub const RECEIPTS: Words =
    [0x35caba4c, 0xc0907f2f, 0xbe0ba306, 0x6400cd8e, 0xaf8c1906, 0xe3b4c74c, 0xe2a7825d, 0x0352f770];

const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const ROOT: u32 = 8;
const KEYED_HASH: u32 = 16;

/// Keyed BLAKE3 of words, as one chunk of unlimited length. No words are one empty block.
pub fn hash_words(key: &Words, words: &[u32]) -> Words {
    let mut cv = *key;
    let mut block = [0u32; 16];
    let mut rest = words;
    let mut flags = KEYED_HASH | CHUNK_START;
    while rest.len() > 16 {
        block.copy_from_slice(&rest[..16]);
        blake3_compress(&mut cv, &block, 0, 64, flags);
        flags = KEYED_HASH;
        rest = &rest[16..];
    }
    block[..rest.len()].copy_from_slice(rest);
    block[rest.len()..].fill(0);
    blake3_compress(&mut cv, &block, 0, 4 * rest.len() as u32, flags | CHUNK_END | ROOT);
    cv
}

/// Keyed BLAKE3 of one whole block.
#[inline]
pub fn hash_block(key: &Words, block: &[u32; 16]) -> Words {
    let mut cv = *key;
    blake3_compress(&mut cv, block, 0, 64, KEYED_HASH | CHUNK_START | CHUNK_END | ROOT);
    cv
}

/// Keyed BLAKE3 of bytes that are padded with zeros to whole words; who calls puts lengths inside.
pub fn hash_bytes(key: &Words, bytes: &[u8]) -> Words {
    hash_words(key, &words_of(bytes))
}

pub fn words_of(bytes: &[u8]) -> alloc::vec::Vec<u32> {
    let mut words = alloc::vec::Vec::with_capacity(bytes.len().div_ceil(4));
    let mut chunks = bytes.chunks_exact(4);
    words.extend(chunks.by_ref().map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])));
    let rest = chunks.remainder();
    if !rest.is_empty() {
        let mut last = [0u8; 4];
        last[..rest.len()].copy_from_slice(rest);
        words.push(u32::from_le_bytes(last));
    }
    words
}

pub fn bytes_of(words: &Words) -> B256 {
    let mut out = [0u8; 32];
    for (to, word) in out.chunks_exact_mut(4).zip(words) {
        to.copy_from_slice(&word.to_le_bytes());
    }
    B256::new(out)
}

pub fn words_of_hash(hash: &B256) -> Words {
    core::array::from_fn(|i| u32::from_le_bytes([hash[4 * i], hash[4 * i + 1], hash[4 * i + 2], hash[4 * i + 3]]))
}

/// Keccak-256 of `len` bytes into 32: what revm and alloy call for theirs.
///
/// # Safety
/// `bytes` can be read for `len`, `output` written for 32 bytes.
#[cfg(target_arch = "riscv32")]
#[no_mangle]
pub unsafe extern "C" fn native_keccak256(bytes: *const u8, len: usize, output: *mut u8) {
    *output.cast() = wisp_precompiles::keccak256(core::slice::from_raw_parts(bytes, len));
}
