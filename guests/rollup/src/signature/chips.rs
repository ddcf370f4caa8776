//! By the chips: products mod p and mod n, sums of points. Numbers are words, lowest first.

use crate::chips::{add_points, double_point, mul_add_mod, mul_mod, square_mod};
use core::cell::UnsafeCell;

type Number = [u32; 8];
/// x, then y.
type Point = [u32; 16];

/// The field's modulus, 2^256 - 2^32 - 977, and what is added: nothing, 7.
const P: [u32; 16] = modulus(FIELD, 0);
const P_AND_7: [u32; 16] = modulus(FIELD, 7);
const FIELD: Number = [0xffff_fc2f, 0xffff_fffe, !0, !0, !0, !0, !0, !0];
/// The group's order.
const N: [u32; 16] = modulus(ORDER, 0);
const ORDER: Number =
    [0xd036_4141, 0xbfd2_5e8c, 0xaf48_a03b, 0xbaae_dce6, 0xffff_fffe, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff];
/// -1 mod p and mod n.
const P_LESS_1: Number = less(FIELD, 1);
const N_LESS_1: Number = less(ORDER, 1);
const N_LESS_2: Number = less(ORDER, 2);
const GENERATOR: Point = [
    0x16f8_1798, 0x59f2_815b, 0x2dce_28d9, 0x029b_fcdb, 0xce87_0b07, 0x55a0_6295, 0xf9dc_bbac, 0x79be_667e,
    0xfb10_d4b8, 0x9c47_d08f, 0xa685_5419, 0xfd17_b448, 0x0e11_08a8, 0x5da4_fbfc, 0x26a3_c465, 0x483a_da77,
];

const fn modulus(m: Number, c: u32) -> [u32; 16] {
    [m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], c, 0, 0, 0, 0, 0, 0, 0]
}

/// The lowest word does not underflow.
const fn less(mut number: Number, by: u32) -> Number {
    number[0] -= by;
    number
}

/// Q = r⁻¹ (s R - z G), where R is the point whose x is r.
pub fn public_key(hash: &[u8; 32], r: &[u8; 32], s: &[u8; 32], y_is_odd: bool) -> Option<[u8; 64]> {
    let (r, s) = (scalar(r)?, scalar(s)?);
    let point = lift(&r, y_is_odd)?;
    let inverse = inverse(&r);
    let negative = mul_add_mod(&inverse, &N_LESS_1, &N);
    let of_generator = mul_add_mod(&words(hash), &negative, &N);
    let of_point = mul_add_mod(&s, &inverse, &N);
    combine(&of_generator, &point, &of_point).map(|key| {
        let mut out = [0; 64];
        for (half, number) in out.chunks_exact_mut(32).zip(key.chunks_exact(8)) {
            for (to, word) in half.chunks_exact_mut(4).zip(number.iter().rev()) {
                to.copy_from_slice(&word.to_be_bytes());
            }
        }
        out
    })
}

fn words(bytes: &[u8; 32]) -> Number {
    core::array::from_fn(|i| {
        let at = 28 - 4 * i;
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    })
}

/// In [1, n).
fn scalar(bytes: &[u8; 32]) -> Option<Number> {
    let number = words(bytes);
    let in_range = number != [0; 8] && number.iter().rev().lt(ORDER.iter().rev());
    in_range.then_some(number)
}

/// The point with an x below p, if there is one: y = (x³ + 7)^((p + 1) / 4). (p + 1) / 4 has, from the top, 223 ones, a zero,
/// 22 ones, four zeros, 11, two zeros; xN is the power of N ones.
fn lift(x: &Number, y_is_odd: bool) -> Option<Point> {
    let mut square = *x;
    square_mod(&mut square, &P, 1);
    let a = mul_add_mod(&square, x, &P_AND_7);
    let join = |high: &Number, shift: u32, low: &Number| {
        let mut power = *high;
        square_mod(&mut power, &P, shift);
        mul_mod(&mut power, low, &P);
        power
    };
    let x2 = join(&a, 1, &a);
    let x3 = join(&x2, 1, &a);
    let x6 = join(&x3, 3, &x3);
    let x9 = join(&x6, 3, &x3);
    let x11 = join(&x9, 2, &x2);
    let x22 = join(&x11, 11, &x11);
    let x44 = join(&x22, 22, &x22);
    let x88 = join(&x44, 44, &x44);
    let x176 = join(&x88, 88, &x88);
    let x220 = join(&x176, 44, &x44);
    let x223 = join(&x220, 3, &x3);
    let mut y = join(&join(&x223, 23, &x22), 6, &x2);
    square_mod(&mut y, &P, 2);
    let mut square = y;
    square_mod(&mut square, &P, 1);
    if square != a {
        return None;
    }
    // y is not 0: the group has no point of order 2.
    if (y[0] & 1 == 1) != y_is_odd {
        mul_mod(&mut y, &P_LESS_1, &P);
    }
    let mut point = [0; 16];
    point[..8].copy_from_slice(x);
    point[8..].copy_from_slice(&y);
    Some(point)
}

/// x^(n - 2) mod n, four bits at a time.
fn inverse(x: &Number) -> Number {
    // SAFETY: there is one thread, and this is the only reference while it lives.
    let powers = unsafe { &mut *POWERS.0.get() };
    powers[1] = *x;
    for i in 2..16 {
        powers[i] = mul_add_mod(&powers[i - 1], x, &N);
    }
    // The highest digit has all its bits, and none of the upper ones is zero.
    let mut power = powers[15];
    for i in (0..63).rev() {
        square_mod(&mut power, &N, 4);
        let digit = digit(&N_LESS_2, i);
        if digit != 0 {
            mul_mod(&mut power, &powers[digit], &N);
        }
    }
    power
}

/// Four bits of a number.
#[inline]
fn digit(number: &Number, i: usize) -> usize {
    (number[i / 8] >> (4 * (i % 8)) & 15) as usize
}

/// Tables outlive their use: on the stack they would be filled with something first.
struct Table<T>(UnsafeCell<T>);

// SAFETY: there is one thread.
unsafe impl<T> Sync for Table<T> {}

/// Powers of a number, 1 to 15.
static POWERS: Table<[Number; 16]> = Table(UnsafeCell::new([[0; 8]; 16]));
/// 1 to 15 times a point.
static OF_POINT: Table<[Point; 16]> = Table(UnsafeCell::new([[0; 16]; 16]));
/// 1 to 255 times the generator, from the first signature on.
static OF_GENERATOR: Table<[Point; 256]> = Table(UnsafeCell::new([[0; 16]; 256]));

/// Multiples from 1 on.
fn fill(table: &mut [Point], point: &Point) {
    table[1] = *point;
    for i in 2..table.len() {
        table[i] = table[i - 1];
        add_points(&mut table[i], point);
    }
}

/// a G + b R, or None at infinity.
fn combine(a: &Number, point: &Point, b: &Number) -> Option<Point> {
    // SAFETY: there is one thread, and these are the only references while they live.
    let (of_generator, of_point) = unsafe { (&mut *OF_GENERATOR.0.get(), &mut *OF_POINT.0.get()) };
    if of_generator[1][0] == 0 {
        fill(of_generator, &GENERATOR);
    }
    fill(of_point, point);
    let mut sum = Sum { point: [0; 16], at_infinity: true };
    for i in (0..64).rev() {
        if !sum.at_infinity {
            double_point(&mut sum.point, 4);
        }
        let digit = digit(b, i);
        if digit != 0 {
            sum.add(&of_point[digit]);
        }
        if i % 2 == 0 {
            let byte = (a[i / 8] >> (4 * (i % 8)) & 255) as usize;
            if byte != 0 {
                sum.add(&of_generator[byte]);
            }
        }
    }
    (!sum.at_infinity).then_some(sum.point)
}

struct Sum {
    point: Point,
    at_infinity: bool,
}

impl Sum {
    #[inline]
    fn add(&mut self, other: &Point) {
        if self.at_infinity {
            self.point = *other;
            self.at_infinity = false;
        } else if self.point[0] == other[0] && self.point[..8] == other[..8] && self.point[8..] != other[8..] {
            self.at_infinity = true;
        } else {
            add_points(&mut self.point, other);
        }
    }
}
