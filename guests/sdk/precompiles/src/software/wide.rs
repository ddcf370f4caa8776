//! x y + c modulo m of 384 bits, for any m.

use crate::wide::WideModulus;

const WORDS: usize = 12;

fn is_less(a: &[u32; WORDS], b: &[u32; WORDS]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn subtract(a: &mut [u32; WORDS], b: &[u32; WORDS]) {
    let mut borrow = false;
    for (x, y) in a.iter_mut().zip(b) {
        let (difference, one) = x.overflowing_sub(*y);
        let (difference, two) = difference.overflowing_sub(u32::from(borrow));
        (*x, borrow) = (difference, one || two);
    }
}

/// Bit by bit.
pub fn modmul(x: &[u32; WORDS], y: &[u32; WORDS], m: &WideModulus) -> [u32; WORDS] {
    assert!(m.value != [0; WORDS], "the modulus is zero");
    let mut wide = [0u32; 2 * WORDS];
    wide[..WORDS].copy_from_slice(&m.addend);
    for i in 0..WORDS {
        let mut carry = 0u64;
        for j in 0..WORDS {
            carry += u64::from(wide[i + j]) + u64::from(x[i]) * u64::from(y[j]);
            wide[i + j] = carry as u32;
            carry >>= 32;
        }
        for word in &mut wide[i + WORDS..] {
            carry += u64::from(*word);
            *word = carry as u32;
            carry >>= 32;
        }
    }
    let mut rest = [0u32; WORDS];
    for i in (0..64 * WORDS).rev() {
        let mut bit = wide[i / 32] >> (i % 32) & 1;
        for word in &mut rest {
            (*word, bit) = (*word << 1 | bit, *word >> 31);
        }
        if bit == 1 || !is_less(&rest, &m.value) {
            subtract(&mut rest, &m.value);
            assert!(i < 32 * WORDS, "the quotient has more than 384 bits");
        }
    }
    rest
}
