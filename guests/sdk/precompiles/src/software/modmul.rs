//! x y + c modulo m, for any m.

use crate::secp256k1::number::{add, less, sub, U256, ZERO};
use crate::Modulus;

pub fn multiply(a: &U256, b: &U256) -> [u32; 16] {
    let mut out = [0u32; 16];
    for i in 0..8 {
        let mut carry = 0u64;
        for j in 0..8 {
            carry += u64::from(out[i + j]) + u64::from(a[i]) * u64::from(b[j]);
            out[i + j] = carry as u32;
            carry >>= 32;
        }
        out[i + 8] = carry as u32;
    }
    out
}

/// Bit by bit.
fn product(x: &U256, y: &U256, m: &Modulus) -> U256 {
    assert!(m.value != ZERO, "the modulus is zero");
    let mut wide = multiply(x, y);
    let mut carry = 0u64;
    for i in 0..16 {
        carry += u64::from(wide[i]) + u64::from(*m.addend.get(i).unwrap_or(&0));
        wide[i] = carry as u32;
        carry >>= 32;
    }
    let mut rest = ZERO;
    let mut is_quotient_long = false;
    for i in (0..512).rev() {
        let bit = wide[i / 32] >> (i % 32) & 1;
        let (mut doubled, carry) = add(&rest, &rest);
        doubled[0] |= bit;
        rest = doubled;
        if carry || !less(&rest, &m.value) {
            rest = sub(&rest, &m.value).0;
            is_quotient_long |= i >= 256;
        }
    }
    assert!(!is_quotient_long, "the quotient has more than 256 bits");
    rest
}

/// # Safety
/// Numbers behind the pointers can be read and `out` written. They may overlap.
pub unsafe fn modmul(out: *mut U256, x: *const U256, y: *const U256, m: *const Modulus) {
    *out = product(&*x, &*y, &*m);
}

/// # Safety
/// As of `modmul`.
pub unsafe fn squares(out: *mut U256, x: *const U256, times: u32, m: *const Modulus) {
    let mut value = *x;
    for _ in 0..times {
        value = product(&value, &value, &*m);
    }
    *out = value;
}
