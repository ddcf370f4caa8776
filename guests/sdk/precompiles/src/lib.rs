//! Functions that Wisp has chips for. On the machine each is one host call; on other targets, and with the feature
//! `software`, it is computed. What the chips need of alignment holds by the types.
#![no_std]

mod hash;
pub use hash::{keccak256, sha256};

/// Whether the chips are used.
pub const HAS_CHIPS: bool = cfg!(all(target_arch = "riscv32", not(feature = "software")));

#[cfg(all(target_arch = "riscv32", not(feature = "software")))]
mod call;
#[cfg(not(all(target_arch = "riscv32", not(feature = "software"))))]
mod call {
    pub use crate::software::{blake3, keccak, sha256};
}

/// The same functions, computed.
pub mod software {
    mod blake3;
    mod keccak;
    mod sha256;

    pub use blake3::compress as blake3;
    pub use keccak::{f1600 as keccak, p1600 as keccak_p};
    pub use sha256::compress as sha256;
}

/// One BLAKE3 compression: the chaining value becomes the next one (the first eight words of the output).
#[inline]
pub fn blake3_compress(cv: &mut [u32; 8], block: &[u32; 16], counter: u64, block_len: u32, flags: u32) {
    call::blake3(cv, block, counter, block_len, flags);
}

/// SHA-256 compressions of whole blocks, one after another.
#[inline]
pub fn sha256_compress(state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    for block in blocks {
        call::sha256(state, block);
    }
}

/// The permutation keccak-f[1600].
#[inline]
pub fn keccak_f(state: &mut [u64; 25]) {
    call::keccak(state);
}
