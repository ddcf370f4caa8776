//! secp256k1: y^2 = x^3 + 7 over the field of 2^256 - 2^32 - 977 elements (SEC 2, section 2.4.1).

use crate::uint::{self, less, multiply, Modulus, U256, ONE, ZERO};

pub const FIELD: Modulus = Modulus {
    value: [0xfffffc2f, 0xfffffffe, !0, !0, !0, !0, !0, !0],
    complement: [977, 1, 0, 0, 0],
};

pub const ORDER: Modulus = Modulus {
    value: [0xd0364141, 0xbfd25e8c, 0xaf48a03b, 0xbaaedce6, 0xfffffffe, !0, !0, !0],
    complement: [0x2fc9bebf, 0x402da173, 0x50b75fc4, 0x45512319, 1],
};

pub const GENERATOR: Affine = Affine {
    x: [0x16f81798, 0x59f2815b, 0x2dce28d9, 0x029bfcdb, 0xce870b07, 0x55a06295, 0xf9dcbbac, 0x79be667e],
    y: [0xfb10d4b8, 0x9c47d08f, 0xa6855419, 0xfd17b448, 0x0e1108a8, 0x5da4fbfc, 0x26a3c465, 0x483ada77],
};

/// Product of field elements; the complement 2^32 + 977 folds in one pass over the words.
fn mul(a: &U256, b: &U256) -> U256 {
    let wide = multiply(a, b);
    let mut out = ZERO;
    let mut carry = 0u64;
    for i in 0..8 {
        carry += u64::from(wide[i]) + u64::from(wide[i + 8]) * 977;
        if i > 0 {
            carry += u64::from(wide[i + 7]);
        }
        out[i] = carry as u32;
        carry >>= 32;
    }
    // What is above 2^256: below 2^34.
    let high = carry + u64::from(wide[15]);
    let fold = [(high as u32, 977u64, 0u64), ((high >> 32) as u32, 977, high & 0xffff_ffff), (0, 0, high >> 32)];
    let mut carry = 0u64;
    for i in 0..8 {
        match fold.get(i) {
            Some(&(word, factor, shifted)) => carry += u64::from(word) * factor + shifted,
            None if carry == 0 => break,
            None => {}
        }
        carry += u64::from(out[i]);
        out[i] = carry as u32;
        carry >>= 32;
    }
    if carry != 0 && fold_once_more(&mut out) {
        unreachable!("what is above 2^256 twice is small");
    }
    FIELD.reduce(&out)
}

/// Adds 2^256 modulo the field's order to a number that is small as it has just passed 2^256; whether that passes again.
fn fold_once_more(a: &mut U256) -> bool {
    let (sum, carry) = uint::add(a, &[977, 1, 0, 0, 0, 0, 0, 0]);
    *a = sum;
    carry
}

fn square(a: &U256) -> U256 {
    mul(a, a)
}

fn add(a: &U256, b: &U256) -> U256 {
    FIELD.add(a, b)
}

fn sub(a: &U256, b: &U256) -> U256 {
    FIELD.sub(a, b)
}

fn double(a: &U256) -> U256 {
    add(a, a)
}

/// A point other than the one at infinity.
#[derive(Clone, Copy)]
pub struct Affine {
    pub x: U256,
    pub y: U256,
}

impl Affine {
    /// A point that is on the curve, with coordinates below the modulus.
    pub fn new(x: U256, y: U256) -> Option<Self> {
        let seven = [7, 0, 0, 0, 0, 0, 0, 0];
        let is_canonical = less(&x, &FIELD.value) && less(&y, &FIELD.value);
        (is_canonical && square(&y) == add(&mul(&square(&x), &x), &seven)).then_some(Self { x, y })
    }
}

/// x / z^2, y / z^3; at infinity where z is 0.
#[derive(Clone, Copy)]
pub struct Jacobian {
    pub x: U256,
    pub y: U256,
    pub z: U256,
}

impl Jacobian {
    pub const INFINITY: Self = Self { x: ONE, y: ONE, z: ZERO };

    pub fn is_infinity(&self) -> bool {
        self.z == ZERO
    }

    /// Right at infinity too, as no point has y = 0.
    pub fn doubled(&self) -> Self {
        let a = square(&self.x);
        let b = square(&self.y);
        let c = square(&b);
        let d = double(&sub(&sub(&square(&add(&self.x, &b)), &a), &c));
        let e = add(&double(&a), &a);
        let x = sub(&square(&e), &double(&d));
        let c8 = double(&double(&double(&c)));
        let y = sub(&mul(&e, &sub(&d, &x)), &c8);
        let z = double(&mul(&self.y, &self.z));
        Self { x, y, z }
    }

    pub fn plus(&self, other: &Affine) -> Self {
        if self.is_infinity() {
            return Self { x: other.x, y: other.y, z: ONE };
        }
        let zz = square(&self.z);
        let h = sub(&mul(&other.x, &zz), &self.x);
        let r = sub(&mul(&other.y, &mul(&self.z, &zz)), &self.y);
        if h == ZERO {
            return if r == ZERO { self.doubled() } else { Self::INFINITY };
        }
        let hh = square(&h);
        let hhh = mul(&h, &hh);
        let v = mul(&self.x, &hh);
        let x = sub(&sub(&square(&r), &hhh), &double(&v));
        let y = sub(&mul(&r, &sub(&v, &x)), &mul(&self.y, &hhh));
        Self { x, y, z: mul(&self.z, &h) }
    }

    /// None at infinity.
    pub fn affine(&self) -> Option<Affine> {
        if self.is_infinity() {
            return None;
        }
        let inverse = FIELD.invert(&self.z);
        let squared = square(&inverse);
        Some(Affine { x: mul(&self.x, &squared), y: mul(&self.y, &mul(&squared, &inverse)) })
    }

    /// Whether the x coordinate is this field element.
    pub fn has_x(&self, x: &U256) -> bool {
        less(x, &FIELD.value) && mul(x, &square(&self.z)) == self.x
    }
}

fn bit(a: &U256, i: usize) -> bool {
    a[i / 32] >> (i % 32) & 1 == 1
}

/// a * G + b * point, both at once (Shamir's trick).
pub fn combine(a: &U256, b: &U256, point: &Affine) -> Jacobian {
    let start = Jacobian { x: point.x, y: point.y, z: ONE };
    let both = start.plus(&GENERATOR).affine();
    let mut sum = Jacobian::INFINITY;
    for i in (0..256).rev() {
        sum = sum.doubled();
        match (bit(a, i), bit(b, i)) {
            (true, true) => {
                if let Some(both) = &both {
                    sum = sum.plus(both);
                }
            }
            (true, false) => sum = sum.plus(&GENERATOR),
            (false, true) => sum = sum.plus(point),
            (false, false) => {}
        }
    }
    sum
}

/// Whether (r, s) is a signature of the digest under the key (SEC 1, section 4.1.4).
pub fn verify(key: &Affine, digest: &U256, r: &U256, s: &U256) -> bool {
    for part in [r, s] {
        if *part == ZERO || !less(part, &ORDER.value) {
            return false;
        }
    }
    let w = ORDER.invert(s);
    let u1 = ORDER.mul(&ORDER.reduce(digest), &w);
    let u2 = ORDER.mul(r, &w);
    let point = combine(&u1, &u2, key);
    if point.is_infinity() {
        return false;
    }
    // x modulo the order is r: x is r, or r + the order where that is a field element.
    let (above, carry) = uint::add(r, &ORDER.value);
    point.has_x(r) || (!carry && point.has_x(&above))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_slow_way() {
        let (mut a, mut b) = (GENERATOR.x, GENERATOR.y);
        let top = sub(&ZERO, &ONE);
        for _ in 0..1000 {
            for (x, y) in [(a, b), (a, top), (top, top), (a, ONE)] {
                assert_eq!(mul(&x, &y), FIELD.mul(&x, &y));
            }
            (a, b) = (b, mul(&a, &b));
            assert_eq!(mul(&a, &FIELD.invert(&a)), ONE);
        }
        assert_eq!(ORDER.mul(&a, &ORDER.invert(&a)), ONE);
    }

    #[test]
    fn the_order_is_that_of_the_generator() {
        assert!(Affine::new(GENERATOR.x, GENERATOR.y).is_some());
        let two = [2, 0, 0, 0, 0, 0, 0, 0];
        let doubled = combine(&two, &ZERO, &GENERATOR).affine().unwrap();
        assert!(Affine::new(doubled.x, doubled.y).is_some());
        assert!(combine(&ORDER.value, &ZERO, &doubled).is_infinity());
        let less_one = ORDER.sub(&ZERO, &ONE);
        let negated = combine(&ZERO, &less_one, &GENERATOR).affine().unwrap();
        assert_eq!((negated.x, add(&negated.y, &GENERATOR.y)), (GENERATOR.x, ZERO));
    }
}
