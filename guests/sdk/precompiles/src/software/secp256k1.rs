//! The same as by the chips: points as x / z^2, y / z^3, numbers modulo 2^256 - c.

use super::modmul::multiply;
use crate::secp256k1::number::{self, add as add_words, less, sub as sub_words, ONE, U256, ZERO};
use crate::secp256k1::{Point, GENERATOR};

/// A prime 2^256 - c.
struct Modulus {
    value: U256,
    /// c, below 2^160.
    complement: [u32; 5],
}

const FIELD: Modulus = Modulus { value: number::FIELD, complement: [977, 1, 0, 0, 0] };
const ORDER: Modulus =
    Modulus { value: number::ORDER, complement: [0x2fc9bebf, 0x402da173, 0x50b75fc4, 0x45512319, 1] };

fn halved(a: &U256, top: bool) -> U256 {
    let mut out = ZERO;
    for i in 0..8 {
        let above = if i < 7 { a[i + 1] } else { u32::from(top) };
        out[i] = a[i] >> 1 | above << 31;
    }
    out
}

/// Arguments and results are below the modulus.
impl Modulus {
    fn add(&self, a: &U256, b: &U256) -> U256 {
        let (sum, carry) = add_words(a, b);
        if carry || !less(&sum, &self.value) {
            sub_words(&sum, &self.value).0
        } else {
            sum
        }
    }

    fn sub(&self, a: &U256, b: &U256) -> U256 {
        let (difference, borrow) = sub_words(a, b);
        if borrow {
            add_words(&difference, &self.value).0
        } else {
            difference
        }
    }

    /// Any number of 256 bits: the modulus is above half of 2^256.
    fn reduce(&self, a: &U256) -> U256 {
        if less(a, &self.value) {
            *a
        } else {
            sub_words(a, &self.value).0
        }
    }

    /// Slow: for a modulus whose complement is long.
    fn mul(&self, a: &U256, b: &U256) -> U256 {
        let mut wide = multiply(a, b);
        // high * 2^256 = high * c: each turn takes away at least 96 bits.
        while wide[8..].iter().any(|&word| word != 0) {
            let mut next = [0u32; 16];
            next[..8].copy_from_slice(&wide[..8]);
            for i in 0..8 {
                let mut carry = 0u64;
                for j in 0..16 - i {
                    let c = *self.complement.get(j).unwrap_or(&0);
                    carry += u64::from(next[i + j]) + u64::from(wide[i + 8]) * u64::from(c);
                    next[i + j] = carry as u32;
                    carry >>= 32;
                    if j >= 4 && carry == 0 {
                        break;
                    }
                }
            }
            wide = next;
        }
        let mut low = ZERO;
        low.copy_from_slice(&wide[..8]);
        self.reduce(&low)
    }

    /// The inverse of a number that is not 0 (Handbook of Applied Cryptography, 14.61, for an odd modulus).
    fn invert(&self, a: &U256) -> U256 {
        let (mut u, mut v) = (*a, self.value);
        let (mut x, mut y) = (ONE, ZERO);
        let halve = |x: &U256| {
            if x[0] & 1 == 0 {
                halved(x, false)
            } else {
                let (sum, carry) = add_words(x, &self.value);
                halved(&sum, carry)
            }
        };
        while u != ONE && v != ONE {
            while u[0] & 1 == 0 {
                u = halved(&u, false);
                x = halve(&x);
            }
            while v[0] & 1 == 0 {
                v = halved(&v, false);
                y = halve(&y);
            }
            if less(&u, &v) {
                v = sub_words(&v, &u).0;
                y = self.sub(&y, &x);
            } else {
                u = sub_words(&u, &v).0;
                x = self.sub(&x, &y);
            }
        }
        if u == ONE {
            x
        } else {
            y
        }
    }
}

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
    let (sum, carry) = add_words(a, &[977, 1, 0, 0, 0, 0, 0, 0]);
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

/// x / z^2, y / z^3; at infinity where z is 0.
#[derive(Clone, Copy)]
struct Jacobian {
    x: U256,
    y: U256,
    z: U256,
}

impl Jacobian {
    const INFINITY: Self = Self { x: ONE, y: ONE, z: ZERO };

    fn is_infinity(&self) -> bool {
        self.z == ZERO
    }

    /// Right at infinity too, as no point has y = 0.
    fn doubled(&self) -> Self {
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

    fn plus(&self, other: &Point) -> Self {
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
    fn affine(&self) -> Option<Point> {
        if self.is_infinity() {
            return None;
        }
        let inverse = FIELD.invert(&self.z);
        let squared = square(&inverse);
        Some(Point { x: mul(&self.x, &squared), y: mul(&self.y, &mul(&squared, &inverse)) })
    }
}

fn bit(a: &U256, i: usize) -> bool {
    a[i / 32] >> (i % 32) & 1 == 1
}

/// a G + b point, both at once (Shamir's trick); None at infinity.
pub fn combine(a: &U256, b: &U256, point: &Point) -> Option<Point> {
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
    sum.affine()
}

pub fn field_mul(a: &U256, b: &U256) -> U256 {
    mul(a, b)
}

pub fn order_mul(a: &U256, b: &U256) -> U256 {
    ORDER.mul(a, b)
}

pub fn order_invert(a: &U256) -> U256 {
    ORDER.invert(a)
}

/// a^((FIELD + 1) / 4), whose square is a if a is a square.
pub fn field_root(a: &U256) -> U256 {
    const EXPONENT: U256 = [0xbfffff0c, !0, !0, !0, !0, !0, !0, 0x3fffffff];
    let mut out = ONE;
    for i in (0..254).rev() {
        out = square(&out);
        if bit(&EXPONENT, i) {
            out = mul(&out, a);
        }
    }
    out
}

/// The point becomes its sum with another, which is not at infinity.
pub fn sum(point: &mut Point, other: &Point) {
    for coordinate in [point.x, point.y, other.x, other.y] {
        assert!(less(&coordinate, &number::FIELD), "a coordinate is not below the modulus");
    }
    let sum = Jacobian { x: point.x, y: point.y, z: ONE }.plus(other);
    *point = sum.affine().expect("the sum is at infinity");
}

/// The point doubled four times.
pub fn doublings(point: &mut Point) {
    for _ in 0..4 {
        let same = *point;
        sum(point, &same);
    }
}
