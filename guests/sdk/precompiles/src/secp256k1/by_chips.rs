//! Products, powers and sums of many points by the chips' calls: as few of them, and of instructions around them, as may be.

use super::number::{U256, FIELD, ORDER, ZERO};
use super::tables::{HIGH, LOW};
use super::Point;
use crate::{call, Modulus};

static BY_FIELD: Modulus = Modulus { value: FIELD, addend: ZERO };
static BY_ORDER: Modulus = Modulus { value: ORDER, addend: ZERO };

fn product(x: &U256, y: &U256, m: &Modulus) -> U256 {
    let mut out = ZERO;
    // SAFETY: these are references.
    unsafe { call::modmul(&mut out, x, y, m) };
    out
}

pub fn field_mul(x: &U256, y: &U256) -> U256 {
    product(x, y, &BY_FIELD)
}

pub fn order_mul(x: &U256, y: &U256) -> U256 {
    product(x, y, &BY_ORDER)
}

/// From slot `from`, squared so many times, times slot `by`, to slot `to`.
struct Step {
    from: u8,
    squarings: u8,
    by: u8,
    to: u8,
}

const fn step(from: u8, squarings: u8, by: u8, to: u8) -> Step {
    Step { from, squarings, by, to }
}

const SLOTS: usize = 12;

fn power(x: &U256, steps: &[Step], m: &Modulus) -> U256 {
    let mut slots = [ZERO; SLOTS];
    let mut squared = ZERO;
    slots[0] = *x;
    let mut last = 0;
    let first = slots.as_mut_ptr();
    for step in steps {
        // SAFETY: steps name slots; operands of a call may overlap.
        unsafe {
            let mut value: *const U256 = first.add(usize::from(step.from));
            if step.squarings != 0 {
                call::squares(&mut squared, value, u32::from(step.squarings), m);
                value = &squared;
            }
            call::modmul(first.add(usize::from(step.to)), value, first.add(usize::from(step.by)), m);
        }
        last = usize::from(step.to);
    }
    slots[last]
}

/// x^(ORDER - 2). Slots 0 to 7: x to the 1, 3, .. 15; then ones of the exponent, 127 of them; then its other bits.
pub fn order_invert(x: &U256) -> U256 {
    power(x, &INVERSE, &BY_ORDER)
}

/// x^((FIELD + 1) / 4), whose square is x if x is a square.
pub fn field_root(x: &U256) -> U256 {
    let root = power(x, &ROOT, &BY_FIELD);
    let mut out = ZERO;
    // SAFETY: these are references.
    unsafe { call::squares(&mut out, &root, 2, &BY_FIELD) };
    out
}

// Comments: the number of ones that the exponent of slot `to` has.
#[rustfmt::skip]
static ROOT: [Step; 13] = [
    step(0, 1, 0, 1),    // 2
    step(1, 1, 0, 2),    // 3
    step(2, 3, 2, 3),    // 6
    step(3, 3, 2, 3),    // 9
    step(3, 2, 1, 3),    // 11
    step(3, 11, 3, 3),   // 22
    step(3, 22, 3, 4),   // 44
    step(4, 44, 4, 5),   // 88
    step(5, 88, 5, 5),   // 176
    step(5, 44, 4, 5),   // 220
    step(5, 3, 2, 5),    // 223
    step(5, 23, 3, 5),   // .. 0, 22 ones
    step(5, 6, 1, 5),    // .. 0000, 2 ones; 00 by the two squarings left
];

// Slot 8 has the square until the odd powers are there. Comments: ones or bits that are appended.
#[rustfmt::skip]
static INVERSE: [Step; 43] = [
    step(0, 0, 0, 8),      // the square
    step(0, 0, 8, 1),      // 3
    step(1, 0, 8, 2),      // 5
    step(2, 0, 8, 3),      // 7
    step(3, 0, 8, 4),      // 9
    step(4, 0, 8, 5),      // 11
    step(5, 0, 8, 6),      // 13
    step(6, 0, 8, 7),      // 15
    step(7, 4, 7, 8),      // 8 ones
    step(8, 8, 8, 9),      // 16
    step(9, 16, 9, 10),    // 32
    step(10, 32, 10, 11),  // 64
    step(11, 32, 10, 11),  // 96
    step(11, 16, 9, 11),   // 112
    step(11, 8, 8, 11),    // 120
    step(11, 4, 7, 11),    // 124
    step(11, 3, 3, 11),    // 127
    step(11, 5, 5, 11),    // 01011
    step(11, 3, 2, 11),    // 101
    step(11, 4, 2, 11),    // 0101
    step(11, 4, 3, 11),    // 0111
    step(11, 5, 6, 11),    // 01101
    step(11, 2, 1, 11),    // 11
    step(11, 5, 3, 11),    // 00111
    step(11, 6, 6, 11),    // 001101
    step(11, 5, 5, 11),    // 01011
    step(11, 4, 6, 11),    // 1101
    step(11, 3, 0, 11),    // 001
    step(11, 6, 2, 11),    // 000101
    step(11, 10, 3, 11),   // 0000000111
    step(11, 4, 3, 11),    // 0111
    step(11, 5, 7, 11),    // 01111
    step(11, 4, 7, 11),    // 1111
    step(11, 5, 4, 11),    // 01001
    step(11, 6, 5, 11),    // 001011
    step(11, 4, 6, 11),    // 1101
    step(11, 5, 1, 11),    // 00011
    step(11, 6, 6, 11),    // 001101
    step(11, 10, 6, 11),   // 0000001101
    step(11, 4, 4, 11),    // 1001
    step(11, 9, 4, 11),    // 000001001
    step(11, 4, 7, 11),    // 1111
    step(11, 1, 0, 11),    // 1
];

/// A cube root of 1: (BETA x, y) is LAMBDA (x, y).
static BETA: U256 =
    [0x719501ee, 0xc1396c28, 0x12f58995, 0x9cf04975, 0xac3434e9, 0x6e64479e, 0x657c0710, 0x7ae96a2b];
/// ORDER - LAMBDA.
static MINUS_LAMBDA: U256 =
    [0xb51283cf, 0xe0cfc810, 0x8ec739c2, 0xa880b9fc, 0x77ed9ba4, 0x5ad9e3fd, 0x3fa3cf1f, 0xac9c52b3];

// Lattice of (k, l) with k + l LAMBDA = 0: (A1, -B1) and (A2, A1), A1 and B1 of 126 and 128 bits.
static B1: U256 = [0x0abfe4c3, 0x6f547fa9, 0x010e8828, 0xe4437ed6, 0x00000000, 0x00000000, 0x00000000, 0x00000000];
/// ORDER - A1.
static MINUS_A1: U256 =
    [0x3db1562c, 0xd765cda8, 0x0774346d, 0x8a280ac5, 0xfffffffe, 0xffffffff, 0xffffffff, 0xffffffff];
static SPLIT: Modulus = Modulus {
    value: ORDER,
    // B1 + A1.
    addend: [0x9d44cfd8, 0x57c1108d, 0xa8e2f3f6, 0x14ca50f7, 0x00000001, 0x00000000, 0x00000000, 0x00000000],
};
/// 2^384 A1 / ORDER, rounded, and 2^384 B1 / ORDER: their upper five words.
const RATIO_A1: [u32; 5] = [0x3daa8a14, 0x9284eb15, 0xe86c90e4, 0xa7d46bcd, 0x3086d221];
const RATIO_B1: [u32; 5] = [0x221208ac, 0x0abfe4c4, 0x6f547fa9, 0x010e8828, 0xe4437ed6];

/// Words 6 to 9 of x y + 2^160 round.
fn upper(x: &[u32; 5], y: &[u32; 5], round: u32) -> U256 {
    let mut out = [0u32; 10];
    out[5] = round;
    for i in 0..5 {
        let mut carry = 0u64;
        for j in 0..5 {
            carry += u64::from(out[i + j]) + u64::from(x[i]) * u64::from(y[j]);
            out[i + j] = carry as u32;
            carry >>= 32;
        }
        let mut at = i + 5;
        while carry != 0 && at < 10 {
            carry += u64::from(out[at]);
            out[at] = carry as u32;
            carry >>= 32;
            at += 1;
        }
    }
    [out[6], out[7], out[8], out[9], 0, 0, 0, 0]
}

/// (k, l) with k + l LAMBDA = b, neither below 0, both below 2^129.
///
/// b = f1 (A1, -B1) + f2 (A2, A1) with f1 = b A1 / ORDER, f2 = b B1 / ORDER, in the lattice's own terms. Less the whole
/// numbers floor(f1) + 1 and floor(f2 - 1 / 4), what is left is s in [-1, 0) and t in [1/4, 5/4) of the two: k = s A1 + t A2
/// and l = -s B1 + t A1, both positive as A2 / 4 > A1. The ratios' error, below 2^-30, is nothing to that.
fn split(b: &U256) -> (U256, U256) {
    let top = [b[3], b[4], b[5], b[6], b[7]];
    let first = upper(&top, &RATIO_A1, 0);
    let second = upper(&top, &RATIO_B1, 0xc0000000); // floor(f2 - 1 / 4) + 1
    // l = (floor(f1) + 1) B1 - floor(f2 - 1 / 4) A1
    let part = product(&first, &B1, &SPLIT);
    let l = product(&second, &MINUS_A1, &Modulus { value: ORDER, addend: part });
    let k = product(&l, &MINUS_LAMBDA, &Modulus { value: ORDER, addend: *b });
    (k, l)
}

/// Sums of points, from infinity on.
struct Sum {
    point: Point,
    is_finite: bool,
}

impl Sum {
    #[inline(always)]
    fn add(&mut self, other: &Point) {
        if !self.is_finite {
            self.point = *other;
            self.is_finite = true;
        } else if self.point.x[0] == other.x[0] && self.is_opposite(other) {
            self.is_finite = false;
        } else {
            call::secp256k1(&mut self.point, other);
        }
    }

    #[cold]
    fn is_opposite(&self, other: &Point) -> bool {
        self.point.x == other.x && self.point.y != other.y
    }
}

/// Digits of 4 bits: multiples 1 to 15 of a point.
type Table = [Point; 15];

/// The multiple that the upper 4 bits of a word ask for.
#[inline(always)]
fn chosen<'a>(table: &'a Table, word: u32) -> Option<&'a Point> {
    let digit = (word >> 28) as usize;
    // SAFETY: a digit is below 16.
    (digit != 0).then(|| unsafe { table.get_unchecked(digit - 1) })
}

fn multiples(point: &Point) -> Table {
    let mut table = [*point; 15];
    for i in 1..15 {
        // None of these is at infinity, the order being prime.
        let (before, rest) = table.split_at_mut(i);
        rest[0] = before[i - 1];
        call::secp256k1(&mut rest[0], point);
    }
    table
}

/// b point = k point + l (LAMBDA point), and a G = (a mod 2^128) G + (a / 2^128) (2^128 G): four sums with digits of 4 bits.
pub fn combine(a: &U256, b: &U256, point: &Point) -> Option<Point> {
    let (k, l) = split(b);
    let table = multiples(point);
    let mut turned = table;
    for (to, from) in turned.iter_mut().zip(&table) {
        // SAFETY: these are references.
        unsafe { call::modmul(&mut to.x, &from.x, &BETA, &BY_FIELD) };
    }
    let mut sum = Sum { point: *point, is_finite: false };
    if k[4] != 0 {
        sum.add(&table[0]);
    }
    if l[4] != 0 {
        sum.add(&turned[0]);
    }
    for i in (0..4).rev() {
        let mut words = [a[i], a[i + 4], k[i], l[i]];
        for _ in 0..8 {
            if sum.is_finite {
                call::doublings(&mut sum.point);
            }
            for (word, table) in words.iter_mut().zip([&LOW, &HIGH, &table, &turned]) {
                if let Some(multiple) = chosen(table, *word) {
                    sum.add(multiple);
                }
                *word <<= 4;
            }
        }
    }
    sum.is_finite.then_some(sum.point)
}
