//! Against the crate itself.
use wisp_k256 as k256;

use k256::ecdsa::signature::hazmat::PrehashVerifier;
use k256::ecdsa::signature::{Signer, Verifier};
use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};
use original::ecdsa::VerifyingKey as Original;
use original::elliptic_curve::PrimeField;
use original::Scalar;

fn scalar(seed: u64) -> Scalar {
    let mut x = Scalar::from(seed + 3);
    for _ in 0..9 {
        x = x.square() + Scalar::from(seed);
    }
    x
}

#[test]
fn keys_and_signatures_are_the_same() {
    for seed in 0..8u64 {
        let signer = SigningKey::from_bytes(&scalar(seed).to_repr()).unwrap();
        let (key, original) = (VerifyingKey::from(&signer), *signer.verifying_key());
        assert_eq!(Original::from(key), original);
        let message = seed.to_le_bytes();
        let signature: Signature = signer.sign(&message);
        assert!(key.verify(&message, &signature).is_ok());
        assert!(key.verify(b"other", &signature).is_err());
        let digest = [seed as u8 ^ 0x5a; 32];
        for length in [0, 15, 16, 31, 32] {
            let digest = &digest[..length];
            let Ok((signature, id)) = signer.sign_prehash_recoverable(digest) else {
                assert!(length < 16 && key.verify_prehash(digest, &signature).is_err());
                continue;
            };
            let (r, s) = signature.split_scalars();
            let high = Signature::from_scalars(r.to_repr(), (-*s).to_repr()).unwrap();
            let other = Signature::from_scalars(s.to_repr(), r.to_repr()).unwrap();
            assert!(key.verify_prehash(digest, &signature).is_ok());
            for signature in [signature, high, other] {
                assert_eq!(
                    key.verify_prehash(digest, &signature).is_ok(),
                    original.verify_prehash(digest, &signature).is_ok()
                );
                for byte in 0..4 {
                    let id = RecoveryId::from_byte(byte).unwrap();
                    let theirs = Original::recover_from_prehash(digest, &signature, id).ok();
                    let ours = VerifyingKey::recover_from_prehash(digest, &signature, id).ok();
                    assert_eq!(ours.map(Original::from), theirs, "{seed} {length} {byte}");
                }
            }
            assert_eq!(VerifyingKey::recover_from_prehash(digest, &signature, id).unwrap(), key);
        }
    }
}
