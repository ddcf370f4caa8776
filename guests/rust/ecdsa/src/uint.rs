//! Numbers of 256 bits, as eight words, lowest first, and arithmetic modulo 2^256 - c.

pub type U256 = [u32; 8];

pub const ZERO: U256 = [0; 8];
pub const ONE: U256 = [1, 0, 0, 0, 0, 0, 0, 0];

/// A prime 2^256 - c.
pub struct Modulus {
    pub value: U256,
    /// c, below 2^160.
    pub complement: [u32; 5],
}

pub fn from_be_bytes(bytes: &[u8; 32]) -> U256 {
    let mut out = ZERO;
    for (word, part) in out.iter_mut().rev().zip(bytes.chunks_exact(4)) {
        *word = u32::from_be_bytes([part[0], part[1], part[2], part[3]]);
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
    pub fn add(&self, a: &U256, b: &U256) -> U256 {
        let (sum, carry) = add(a, b);
        if carry || !less(&sum, &self.value) {
            sub(&sum, &self.value).0
        } else {
            sum
        }
    }

    pub fn sub(&self, a: &U256, b: &U256) -> U256 {
        let (difference, borrow) = sub(a, b);
        if borrow {
            add(&difference, &self.value).0
        } else {
            difference
        }
    }

    /// Any number of 256 bits: the modulus is above half of 2^256.
    pub fn reduce(&self, a: &U256) -> U256 {
        if less(a, &self.value) {
            *a
        } else {
            sub(a, &self.value).0
        }
    }

    /// Slow: for a modulus whose complement is long.
    pub fn mul(&self, a: &U256, b: &U256) -> U256 {
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
    pub fn invert(&self, a: &U256) -> U256 {
        let (mut u, mut v) = (*a, self.value);
        let (mut x, mut y) = (ONE, ZERO);
        let halve = |x: &U256| {
            if x[0] & 1 == 0 {
                halved(x, false)
            } else {
                let (sum, carry) = add(x, &self.value);
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
                v = sub(&v, &u).0;
                y = self.sub(&y, &x);
            } else {
                u = sub(&u, &v).0;
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
