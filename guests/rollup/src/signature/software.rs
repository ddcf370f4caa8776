//! By k256.

use k256::elliptic_curve::{
    ops::{Invert, LinearCombination, Reduce},
    point::DecompressPoint,
    sec1::ToEncodedPoint,
    PrimeField,
};
use k256::{AffinePoint, ProjectivePoint, Scalar, U256};

/// Q = r⁻¹ (s R - z G), where R is the point whose x is r.
pub fn public_key(hash: &[u8; 32], r: &[u8; 32], s: &[u8; 32], y_is_odd: bool) -> Option<[u8; 64]> {
    let scalar = |bytes: &[u8; 32]| Option::<Scalar>::from(Scalar::from_repr((*bytes).into()));
    let point = Option::<AffinePoint>::from(AffinePoint::decompress(&(*r).into(), u8::from(y_is_odd).into()));
    let (r, s) = (scalar(r)?, scalar(s)?);
    if bool::from(r.is_zero()) || bool::from(s.is_zero()) {
        return None;
    }
    let z = <Scalar as Reduce<U256>>::reduce_bytes(&(*hash).into());
    let inverse = Option::<Scalar>::from(r.invert_vartime())?;
    let public = ProjectivePoint::lincomb(
        &ProjectivePoint::GENERATOR,
        &-(inverse * z),
        &ProjectivePoint::from(point?),
        &(inverse * s),
    );
    if public == ProjectivePoint::IDENTITY {
        return None;
    }
    public.to_affine().to_encoded_point(false).as_bytes()[1..].try_into().ok()
}
