//! secp256k1: sums of points by the chip, products modulo its two primes by another; what is built of them, and ECDSA
//! (SEC 1, section 4.1). Off the machine all of it is computed, with equal results.

mod by_chips;
pub mod number;
mod tables;

use crate::{software, HAS_CHIPS};
use number::{from_be_bytes, less, to_be_bytes, FIELD, ORDER, ZERO};
pub use number::U256;

/// A point other than the one at infinity; coordinates below the modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Point {
    pub x: U256,
    pub y: U256,
}

pub const GENERATOR: Point = Point {
    x: [0x16f81798, 0x59f2815b, 0x2dce28d9, 0x029bfcdb, 0xce870b07, 0x55a06295, 0xf9dcbbac, 0x79be667e],
    y: [0xfb10d4b8, 0x9c47d08f, 0xa6855419, 0xfd17b448, 0x0e1108a8, 0x5da4fbfc, 0x26a3c465, 0x483ada77],
};

/// x y modulo FIELD. One of the two must be below it.
pub fn field_mul(x: &U256, y: &U256) -> U256 {
    if HAS_CHIPS {
        by_chips::field_mul(x, y)
    } else {
        software::secp256k1::field_mul(x, y)
    }
}

/// x y modulo ORDER. One of the two must be below it.
pub fn order_mul(x: &U256, y: &U256) -> U256 {
    if HAS_CHIPS {
        by_chips::order_mul(x, y)
    } else {
        software::secp256k1::order_mul(x, y)
    }
}

/// The inverse modulo ORDER of a number below it that is not 0.
pub fn order_invert(x: &U256) -> U256 {
    if HAS_CHIPS {
        by_chips::order_invert(x)
    } else {
        software::secp256k1::order_invert(x)
    }
}

/// x^3 + 7 of an x below FIELD.
fn curve(x: &U256) -> U256 {
    let cube = field_mul(&field_mul(x, x), x);
    let (sum, carry) = number::add(&cube, &[7, 0, 0, 0, 0, 0, 0, 0]);
    if carry || !less(&sum, &FIELD) {
        number::sub(&sum, &FIELD).0
    } else {
        sum
    }
}

impl Point {
    /// The point, if it is one of the curve and its coordinates are below the modulus.
    pub fn new(x: U256, y: U256) -> Option<Self> {
        (less(&x, &FIELD) && less(&y, &FIELD) && field_mul(&y, &y) == curve(&x)).then_some(Self { x, y })
    }

    /// The point with this x whose y is odd or even, if there is one.
    pub fn lift(x: U256, y_is_odd: bool) -> Option<Self> {
        if !less(&x, &FIELD) {
            return None;
        }
        let square = curve(&x);
        let y = if HAS_CHIPS { by_chips::field_root(&square) } else { software::secp256k1::field_root(&square) };
        if field_mul(&y, &y) != square {
            return None;
        }
        // y is not 0: no point of the curve has that.
        let is_odd = y[0] & 1 == 1;
        Some(Self { x, y: if is_odd == y_is_odd { y } else { number::sub(&FIELD, &y).0 } })
    }

    /// From x and y, 32 bytes each, highest first.
    pub fn from_bytes(bytes: &[u8; 64]) -> Option<Self> {
        let half = |at: usize| {
            let mut part = [0; 32];
            part.copy_from_slice(&bytes[at..at + 32]);
            from_be_bytes(&part)
        };
        Self::new(half(0), half(32))
    }

    pub fn to_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&to_be_bytes(&self.x));
        bytes[32..].copy_from_slice(&to_be_bytes(&self.y));
        bytes
    }

    pub fn negated(&self) -> Self {
        Self { x: self.x, y: number::sub(&FIELD, &self.y).0 }
    }

    /// The sum; None at infinity.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        if self.x == other.x && self.y != other.y {
            return None;
        }
        let mut sum = *self;
        crate::secp256k1_add(&mut sum, other);
        Some(sum)
    }
}

/// a G + b point, of scalars below ORDER and a point of the curve; None at infinity.
pub fn combine(a: &U256, b: &U256, point: &Point) -> Option<Point> {
    if HAS_CHIPS {
        by_chips::combine(a, b, point)
    } else {
        software::secp256k1::combine(a, b, point)
    }
}

/// k point; None at infinity.
pub fn multiply(k: &U256, point: &Point) -> Option<Point> {
    combine(&ZERO, k, point)
}

fn is_scalar(x: &U256) -> bool {
    *x != ZERO && less(x, &ORDER)
}

/// Whether (r, s) is a signature of the digest under the key. An s above half of the order is as good as any.
pub fn verify(key: &Point, digest: &[u8; 32], r: &[u8; 32], s: &[u8; 32]) -> bool {
    let (r, s) = (from_be_bytes(r), from_be_bytes(s));
    if !is_scalar(&r) || !is_scalar(&s) {
        return false;
    }
    let inverse = order_invert(&s);
    let a = order_mul(&from_be_bytes(digest), &inverse);
    let b = order_mul(&r, &inverse);
    let Some(point) = combine(&a, &b, key) else { return false };
    // x modulo the order is r: x is r, or r + the order where that is below the field's.
    let (above, carry) = number::add(&r, &ORDER);
    point.x == r || (!carry && point.x == above)
}

/// The key under which (r, s) is a signature of the digest: `id` has in bit 0 whether the y of the signature's point is
/// odd, in bit 1 whether its x is r + the order. None where there is no such point, or its key is at infinity.
pub fn recover(digest: &[u8; 32], r: &[u8; 32], s: &[u8; 32], id: u8) -> Option<Point> {
    let (r, s) = (from_be_bytes(r), from_be_bytes(s));
    if !is_scalar(&r) || !is_scalar(&s) || id > 3 {
        return None;
    }
    let x = if id & 2 == 0 {
        r
    } else {
        let (above, carry) = number::add(&r, &ORDER);
        if carry {
            return None;
        }
        above
    };
    let point = Point::lift(x, id & 1 == 1)?;
    let inverse = order_invert(&r);
    let a = order_mul(&from_be_bytes(digest), &number::sub(&ORDER, &inverse).0);
    let b = order_mul(&s, &inverse);
    combine(&a, &b, &point)
}

/// Whether a scalar, 32 bytes, highest first, is above half of the order: what Ethereum and others refuse of an s.
pub fn is_high(s: &[u8; 32]) -> bool {
    const HALF: U256 = [0x681b20a0, 0xdfe92f46, 0x57a4501d, 0x5d576e73, !0, !0, !0, 0x7fffffff];
    less(&HALF, &from_be_bytes(s))
}


/// The way of the chips, whatever computes their calls: for tests to compare.
#[doc(hidden)]
pub mod testing {
    pub use super::by_chips::{combine as by_chips, field_root, order_invert};
}
