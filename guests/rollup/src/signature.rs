//! The signers of ECDSA signatures over secp256k1: by the machine's chips, or in software.

use crate::crypto::keccak256;
use alloy_primitives::{Address, B256};

#[cfg(all(target_arch = "riscv32", feature = "chips"))]
mod chips;
#[cfg(not(all(target_arch = "riscv32", feature = "chips")))]
mod software;

#[cfg(all(target_arch = "riscv32", feature = "chips"))]
use chips::public_key;
#[cfg(not(all(target_arch = "riscv32", feature = "chips")))]
use software::public_key;

/// Half of the group's order, rounded down, as bytes.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e,
    0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// The address that signed `hash`, if the signature is one of a transaction: r and s in range, s in the lower half (EIP-2).
pub fn recover(hash: &B256, r: &[u8; 32], s: &[u8; 32], y_is_odd: bool) -> Option<Address> {
    if *s > HALF_ORDER {
        return None;
    }
    public_key(&hash.0, r, s, y_is_odd).map(address_of)
}

/// As the precompile `ecrecover` has it: s may be high.
pub fn recover_any(hash: &[u8; 32], signature: &[u8; 64], y_is_odd: bool) -> Option<Address> {
    let (r, s) = signature.split_at(32);
    public_key(hash, r.try_into().ok()?, s.try_into().ok()?, y_is_odd).map(address_of)
}

/// Of a key, x, then y.
fn address_of(key: [u8; 64]) -> Address {
    Address::from_slice(&keccak256(key)[12..])
}
