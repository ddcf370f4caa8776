//! The EVM's precompiles, all of Osaka's: revm's own, save what the machine has chips for. A crate of its own so that all of
//! it is compiled for size.
//!
//! What is not ours goes to revm's by name: a method left to the trait would be compiled once more.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use revm_precompile::bls12_381::{G1Point, G1PointScalar, G2Point, G2PointScalar};
use revm_precompile::{install_crypto, Crypto, DefaultCrypto, PrecompileHalt};

/// What is brought.
#[derive(Debug)]
pub struct Ours {
    pub sha256: fn(&[u8]) -> [u8; 32],
    /// Of a digest, r and s, and the parity of y: the last 20 bytes are the signer's address.
    pub recover: fn(&[u8; 32], &[u8; 64], bool) -> Option<[u8; 32]>,
}

type Outcome<T> = Result<T, PrecompileHalt>;

impl Crypto for Ours {
    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        (self.sha256)(input)
    }

    fn secp256k1_ecrecover(&self, signature: &[u8; 64], recovery: u8, message: &[u8; 32]) -> Outcome<[u8; 32]> {
        (self.recover)(message, signature, recovery == 1).ok_or(PrecompileHalt::Secp256k1RecoverFailed)
    }

    fn ripemd160(&self, input: &[u8]) -> [u8; 32] {
        DefaultCrypto.ripemd160(input)
    }

    fn bn254_g1_add(&self, p1: &[u8], p2: &[u8]) -> Outcome<[u8; 64]> {
        DefaultCrypto.bn254_g1_add(p1, p2)
    }

    fn bn254_g1_mul(&self, point: &[u8], scalar: &[u8]) -> Outcome<[u8; 64]> {
        DefaultCrypto.bn254_g1_mul(point, scalar)
    }

    fn bn254_pairing_check(&self, pairs: &[(&[u8], &[u8])]) -> Outcome<bool> {
        DefaultCrypto.bn254_pairing_check(pairs)
    }

    fn modexp(&self, base: &[u8], exponent: &[u8], modulus: &[u8]) -> Outcome<Vec<u8>> {
        DefaultCrypto.modexp(base, exponent, modulus)
    }

    fn blake2_compress(&self, rounds: u32, h: &mut [u64; 8], m: &[u64; 16], t: &[u64; 2], f: bool) {
        DefaultCrypto.blake2_compress(rounds, h, m, t, f);
    }

    fn secp256r1_verify_signature(&self, message: &[u8; 32], signature: &[u8; 64], key: &[u8; 64]) -> bool {
        DefaultCrypto.secp256r1_verify_signature(message, signature, key)
    }

    fn verify_kzg_proof(&self, z: &[u8; 32], y: &[u8; 32], commitment: &[u8; 48], proof: &[u8; 48]) -> Outcome<()> {
        DefaultCrypto.verify_kzg_proof(z, y, commitment, proof)
    }

    fn bls12_381_g1_add(&self, a: G1Point, b: G1Point) -> Outcome<[u8; 96]> {
        DefaultCrypto.bls12_381_g1_add(a, b)
    }

    fn bls12_381_g1_msm(&self, pairs: &mut dyn Iterator<Item = Outcome<G1PointScalar>>) -> Outcome<[u8; 96]> {
        DefaultCrypto.bls12_381_g1_msm(pairs)
    }

    fn bls12_381_g2_add(&self, a: G2Point, b: G2Point) -> Outcome<[u8; 192]> {
        DefaultCrypto.bls12_381_g2_add(a, b)
    }

    fn bls12_381_g2_msm(&self, pairs: &mut dyn Iterator<Item = Outcome<G2PointScalar>>) -> Outcome<[u8; 192]> {
        DefaultCrypto.bls12_381_g2_msm(pairs)
    }

    fn bls12_381_pairing_check(&self, pairs: &[(G1Point, G2Point)]) -> Outcome<bool> {
        DefaultCrypto.bls12_381_pairing_check(pairs)
    }

    fn bls12_381_fp_to_g1(&self, fp: &[u8; 48]) -> Outcome<[u8; 96]> {
        DefaultCrypto.bls12_381_fp_to_g1(fp)
    }

    fn bls12_381_fp2_to_g2(&self, fp2: ([u8; 48], [u8; 48])) -> Outcome<[u8; 192]> {
        DefaultCrypto.bls12_381_fp2_to_g2(fp2)
    }
}

/// Once, before the first run.
pub fn install(ours: Ours) {
    let _ = install_crypto(ours);
}
