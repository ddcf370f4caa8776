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

#[cfg(test)]
mod tests {
    use super::*;
    use wisp::precompiles::secp256k1::number::{add, to_be_bytes, ONE};
    use wisp::precompiles::secp256k1::{order_invert, order_mul, GENERATOR};
    use wisp::testing::run;

    /// Under the key G, of the nonce 1 / 3: r is the x of that multiple, s = 3 (z + r).
    fn signed() -> ([u8; 32], [u8; 32], [u8; 32], u8) {
        let third = order_invert(&[3, 0, 0, 0, 0, 0, 0, 0]);
        let point = wisp::precompiles::secp256k1::multiply(&third, &GENERATOR).unwrap();
        let r = order_mul(&point.x, &ONE);
        let (sum, _) = add(&[5, 0, 0, 0, 0, 0, 0, 0], &r);
        let s = order_mul(&sum, &[3, 0, 0, 0, 0, 0, 0, 0]);
        (to_be_bytes(&[5, 0, 0, 0, 0, 0, 0, 0]), to_be_bytes(&r), to_be_bytes(&s), (point.y[0] & 1) as u8)
    }

    #[test]
    fn takes_a_signature() {
        let (digest, r, s, _) = signed();
        let wanted = [&GENERATOR.to_bytes()[..], &digest].concat();
        let taken = run(guest, &[&digest[..], &r, &s, &GENERATOR.to_bytes()].concat());
        assert_eq!((taken.code, taken.journal), (0, wanted));
        assert_eq!(run(guest, &[&digest[..], &s, &r, &GENERATOR.to_bytes()].concat()).code, 2);
        assert_eq!(run(guest, &[&digest[..], &s, &r, &[9; 64]].concat()).code, 1);
    }

    #[test]
    fn recovers_a_key() {
        let (digest, r, s, id) = signed();
        let wanted = [&GENERATOR.to_bytes()[..], &digest].concat();
        let recovered = run(guest, &[&digest[..], &r, &s, &[id]].concat());
        assert_eq!((recovered.code, recovered.journal), (0, wanted));
        assert_ne!(run(guest, &[&digest[..], &r, &s, &[id ^ 1]].concat()).journal[..64], GENERATOR.to_bytes());
        assert_eq!(run(guest, &[&digest[..], &r, &[0; 32], &[id]].concat()).code, 3);
    }
}
