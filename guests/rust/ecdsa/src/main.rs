//! Checks an ECDSA signature over secp256k1, in software.
//! Input: digest, r, s, and the public key's x and y, 32 bytes each, highest first. Journal: public key, digest. Exit code
//! 1: no point of the curve; 2: no signature of it.
#![cfg_attr(target_arch = "riscv32", no_std, no_main)]

mod curve;
mod uint;

use curve::Affine;
use uint::from_be_bytes;

wisp::entry!(guest);

fn guest() -> u32 {
    let mut parts = [[0u8; 32]; 5];
    for part in &mut parts {
        wisp::read_slice(part);
    }
    let [digest, r, s, x, y] = parts.map(|part| from_be_bytes(&part));
    let Some(key) = Affine::new(x, y) else { return 1 };
    if !curve::verify(&key, &digest, &r, &s) {
        return 2;
    }
    wisp::commit_slice(&parts[3]);
    wisp::commit_slice(&parts[4]);
    wisp::commit_slice(&parts[0]);
    0
}
