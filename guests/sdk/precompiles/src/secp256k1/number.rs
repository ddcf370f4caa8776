//! Numbers of 256 bits, as eight words, lowest first, and the two moduli of secp256k1 (SEC 2, section 2.4.1).

pub type U256 = [u32; 8];

pub const ZERO: U256 = [0; 8];
pub const ONE: U256 = [1, 0, 0, 0, 0, 0, 0, 0];

/// 2^256 - 2^32 - 977: coordinates are modulo this.
pub const FIELD: U256 = [0xfffffc2f, 0xfffffffe, !0, !0, !0, !0, !0, !0];
/// Number of points, with the one at infinity: scalars are modulo this.
pub const ORDER: U256 = [0xd0364141, 0xbfd25e8c, 0xaf48a03b, 0xbaaedce6, 0xfffffffe, !0, !0, !0];

pub fn from_be_bytes(bytes: &[u8; 32]) -> U256 {
    let mut out = ZERO;
    for (word, part) in out.iter_mut().rev().zip(bytes.chunks_exact(4)) {
        *word = u32::from_be_bytes([part[0], part[1], part[2], part[3]]);
    }
    out
}

pub fn to_be_bytes(number: &U256) -> [u8; 32] {
    let mut out = [0; 32];
    for (part, word) in out.chunks_exact_mut(4).zip(number.iter().rev()) {
        part.copy_from_slice(&word.to_be_bytes());
    }
    out
}

pub fn less(a: &U256, b: &U256) -> bool {
    for i in (0..8).rev() {
        if a[i] != b[i] {
            return a[i] < b[i];
        }
    }
    false
}

/// Sum and carry.
pub fn add(a: &U256, b: &U256) -> (U256, bool) {
    let mut out = ZERO;
    let mut carry = false;
    for i in 0..8 {
        let (sum, over) = a[i].overflowing_add(b[i]);
        let (sum, again) = sum.overflowing_add(u32::from(carry));
        out[i] = sum;
        carry = over | again;
    }
    (out, carry)
}

/// Difference and borrow.
pub fn sub(a: &U256, b: &U256) -> (U256, bool) {
    let mut out = ZERO;
    let mut borrow = false;
    for i in 0..8 {
        let (difference, under) = a[i].overflowing_sub(b[i]);
        let (difference, again) = difference.overflowing_sub(u32::from(borrow));
        out[i] = difference;
        borrow = under | again;
    }
    (out, borrow)
}
