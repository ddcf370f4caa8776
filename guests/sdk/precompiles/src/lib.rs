//! Functions that Wisp has chips for. On the machine each is one host call; on other targets, and with the feature
//! `software`, it is computed. What the chips need of alignment holds by the types.
#![no_std]

mod dot;
mod hash;
pub mod secp256k1;
mod wide;
pub use dot::{m31_dot, qm31_dot, Qm31};
pub use hash::{keccak256, sha256};
pub use wide::{wide_modmul, WideModulus};

/// Whether the chips are used.
pub const HAS_CHIPS: bool = cfg!(all(target_arch = "riscv32", not(feature = "software")));

#[cfg(all(target_arch = "riscv32", not(feature = "software")))]
mod call;
#[cfg(not(all(target_arch = "riscv32", not(feature = "software"))))]
mod call {
    pub use crate::software::{blake3, doublings, keccak, modmul, secp256k1_sum as secp256k1, sha256, squares};
}

/// The same functions, computed.
pub mod software {
    mod blake3;
    pub mod dot;
    mod keccak;
    mod modmul;
    pub mod secp256k1;
    mod sha256;
    pub mod wide;

    pub use blake3::{block as blake3_block, compress as blake3};
    pub use keccak::{f1600 as keccak, p1600 as keccak_p};
    pub use modmul::{modmul, squares};
    pub use secp256k1::{doublings, sum as secp256k1_sum};
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

/// A modulus that is not 0, and what is added to a product. Words with the lowest first.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Modulus {
    pub value: [u32; 8],
    pub addend: [u32; 8],
}

/// x y + addend modulo the modulus. The quotient must have at most 256 bits: it has where x or y is below the modulus.
#[inline]
pub fn modmul(x: &[u32; 8], y: &[u32; 8], m: &Modulus) -> [u32; 8] {
    let mut out = [0; 8];
    // SAFETY: these are references.
    unsafe { call::modmul(&mut out, x, y, m) };
    out
}

/// The point becomes its sum with the other, which may be the same. The sum must not be at infinity, and coordinates
/// must be below the field's modulus.
#[inline]
pub fn secp256k1_add(point: &mut secp256k1::Point, other: &secp256k1::Point) {
    call::secp256k1(point, other);
}
