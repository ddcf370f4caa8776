//! ECDSA as in the crate, but for its `VerifyingKey`.

#[cfg(feature = "alloc")]
extern crate alloc;

pub use original::ecdsa::*;

use original::ecdsa::signature::hazmat::PrehashVerifier;
use original::ecdsa::signature::{DigestVerifier, Verifier};
use original::ecdsa::VerifyingKey as Original;
use original::elliptic_curve::sec1::ToEncodedPoint;
use original::sha2::digest::FixedOutput;
use original::sha2::{Digest, Sha256};
use original::{AffinePoint, CompressedPoint, EncodedPoint, PublicKey};
use wisp_precompiles::secp256k1::{self, Point};

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifyingKey(Original);

/// A digest as a number: the first 32 bytes, or fewer, at least 16, with zeros on top.
fn number(prehash: &[u8]) -> Result<[u8; 32], Error> {
    let mut out = [0; 32];
    match prehash.len() {
        0..=15 => return Err(Error::new()),
        16..=31 => out[32 - prehash.len()..].copy_from_slice(prehash),
        _ => out.copy_from_slice(&prehash[..32]),
    }
    Ok(out)
}

/// r and s; an s above half of the order is refused, as the crate does.
fn parts(signature: &Signature) -> Result<([u8; 32], [u8; 32]), Error> {
    let (r, s) = signature.split_bytes();
    let s = s.into();
    if secp256k1::is_high(&s) {
        return Err(Error::new());
    }
    Ok((r.into(), s))
}

impl VerifyingKey {
    pub fn recover_from_msg(msg: &[u8], signature: &Signature, id: RecoveryId) -> Result<Self, Error> {
        Self::recover_from_prehash(&Sha256::digest(msg), signature, id)
    }

    pub fn recover_from_digest<D: Digest>(digest: D, signature: &Signature, id: RecoveryId) -> Result<Self, Error> {
        Self::recover_from_prehash(&digest.finalize(), signature, id)
    }

    pub fn recover_from_prehash(prehash: &[u8], signature: &Signature, id: RecoveryId) -> Result<Self, Error> {
        let (r, s) = parts(signature)?;
        let point = secp256k1::recover(&number(prehash)?, &r, &s, id.to_byte()).ok_or_else(Error::new)?;
        Self::from_encoded_point(&EncodedPoint::from_untagged_bytes(&point.to_bytes().into()))
    }

    pub fn from_sec1_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Original::from_sec1_bytes(bytes).map(Self)
    }

    pub fn from_affine(affine: AffinePoint) -> Result<Self, Error> {
        Original::from_affine(affine).map(Self)
    }

    pub fn from_encoded_point(public_key: &EncodedPoint) -> Result<Self, Error> {
        Original::from_encoded_point(public_key).map(Self)
    }

    pub fn to_encoded_point(&self, compress: bool) -> EncodedPoint {
        self.0.to_encoded_point(compress)
    }

    #[cfg(feature = "alloc")]
    pub fn to_sec1_bytes(&self) -> alloc::boxed::Box<[u8]> {
        self.0.to_sec1_bytes()
    }

    pub fn as_affine(&self) -> &AffinePoint {
        self.0.as_affine()
    }

    fn point(&self) -> Option<Point> {
        let encoded = self.as_affine().to_encoded_point(false);
        let mut bytes = [0; 64];
        bytes.copy_from_slice(encoded.as_bytes().get(1..)?);
        Point::from_bytes(&bytes)
    }
}

impl PrehashVerifier<Signature> for VerifyingKey {
    fn verify_prehash(&self, prehash: &[u8], signature: &Signature) -> Result<(), Error> {
        let (r, s) = parts(signature)?;
        let key = self.point().ok_or_else(Error::new)?;
        if secp256k1::verify(&key, &number(prehash)?, &r, &s) {
            Ok(())
        } else {
            Err(Error::new())
        }
    }
}

impl Verifier<Signature> for VerifyingKey {
    fn verify(&self, msg: &[u8], signature: &Signature) -> Result<(), Error> {
        self.verify_prehash(&Sha256::digest(msg), signature)
    }
}

impl<D: Digest + FixedOutput> DigestVerifier<D, Signature> for VerifyingKey {
    fn verify_digest(&self, digest: D, signature: &Signature) -> Result<(), Error> {
        self.verify_prehash(&digest.finalize_fixed(), signature)
    }
}

impl PrehashVerifier<DerSignature> for VerifyingKey {
    fn verify_prehash(&self, prehash: &[u8], signature: &DerSignature) -> Result<(), Error> {
        self.verify_prehash(prehash, &Signature::try_from(signature.clone())?)
    }
}

impl Verifier<DerSignature> for VerifyingKey {
    fn verify(&self, msg: &[u8], signature: &DerSignature) -> Result<(), Error> {
        self.verify(msg, &Signature::try_from(signature.clone())?)
    }
}

impl AsRef<AffinePoint> for VerifyingKey {
    fn as_ref(&self) -> &AffinePoint {
        self.as_affine()
    }
}

impl TryFrom<&[u8]> for VerifyingKey {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_sec1_bytes(bytes)
    }
}

macro_rules! from {
    ($($from:ty => $to:ty: $with:expr;)*) => {$(
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                ($with)(value)
            }
        }
    )*};
}

from! {
    Original => VerifyingKey: VerifyingKey;
    VerifyingKey => Original: |key: VerifyingKey| key.0;
    SigningKey => VerifyingKey: |key: SigningKey| VerifyingKey(*key.verifying_key());
    &SigningKey => VerifyingKey: |key: &SigningKey| VerifyingKey(*key.verifying_key());
    PublicKey => VerifyingKey: |key: PublicKey| VerifyingKey(key.into());
    &PublicKey => VerifyingKey: |key: &PublicKey| VerifyingKey(key.into());
    VerifyingKey => PublicKey: |key: VerifyingKey| key.0.into();
    &VerifyingKey => PublicKey: |key: &VerifyingKey| key.0.into();
    VerifyingKey => EncodedPoint: |key: VerifyingKey| key.0.into();
    &VerifyingKey => EncodedPoint: |key: &VerifyingKey| key.0.into();
    VerifyingKey => CompressedPoint: |key: VerifyingKey| key.0.into();
    &VerifyingKey => CompressedPoint: |key: &VerifyingKey| key.0.into();
}
