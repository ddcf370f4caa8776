//! The signers of ECDSA signatures over secp256k1: by the machine's chips, or in software.

use crate::crypto::keccak256;
use alloy_primitives::{Address, B256};
use wisp_precompiles::secp256k1::is_high;

#[cfg(not(target_arch = "riscv32"))]
mod software;

#[cfg(not(target_arch = "riscv32"))]
use software::public_key;

#[cfg(target_arch = "riscv32")]
fn public_key(hash: &[u8; 32], r: &[u8; 32], s: &[u8; 32], y_is_odd: bool) -> Option<[u8; 64]> {
    wisp_precompiles::secp256k1::recover(hash, r, s, u8::from(y_is_odd)).map(|key| key.to_bytes())
}

/// The address that signed `hash`, if the signature is one of a transaction: r and s in range, s in the lower half (EIP-2).
pub fn recover(hash: &B256, r: &[u8; 32], s: &[u8; 32], y_is_odd: bool) -> Option<Address> {
    if is_high(s) {
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
