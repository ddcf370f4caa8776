//! ECDSA over secp256k1, by the chip that adds points.
//! Input: digest, r, s, and the public key's x and y, 32 bytes each, highest first: is this a signature? Journal: public
//! key, digest. Exit code 1: no point of the curve; 2: no signature of it.
//! Or digest, r, s, 32 bytes each, and a byte, the recovery id (0 to 3): whose signature is it? Journal: the same. Exit
//! code 3: no key has this signature.
#![cfg_attr(target_arch = "riscv32", no_std, no_main)]

use wisp::precompiles::secp256k1::{recover, verify, Point};

wisp::entry!(guest);

const RECOVERY: u32 = 3 * 32 + 1;

fn commit(key: &Point, digest: &[u8; 32]) -> u32 {
    wisp::commit_slice(&key.to_bytes());
    wisp::commit_slice(digest);
    0
}

fn guest() -> u32 {
    let is_recovery = wisp::input_length() == RECOVERY;
    let mut parts = [[0u8; 32]; 3];
    for part in &mut parts {
        wisp::read_slice(part);
    }
    let [digest, r, s] = parts;
    if is_recovery {
        let mut id = [0];
        wisp::read_slice(&mut id);
        return match recover(&digest, &r, &s, id[0]) {
            Some(key) => commit(&key, &digest),
            None => 3,
        };
    }
    let mut key = [0u8; 64];
    wisp::read_slice(&mut key);
    let Some(key) = Point::from_bytes(&key) else { return 1 };
    if !verify(&key, &digest, &r, &s) {
        return 2;
    }
    commit(&key, &digest)
}
