//! Modular products of 384 bits in software, against figures of another implementation.
use wisp_precompiles::{wide_modmul, WideModulus};

/// The modulus of BLS12-381's field.
#[rustfmt::skip]
const P: [u32; 12] = [0xffffaaab, 0xb9feffff, 0xb153ffff, 0x1eabfffe, 0xf6b0f624, 0x6730d2a0, 0xf38512bf, 0x64774b84, 0x434bacd7, 0x4b1ba7b6, 0x397fe69a, 0x1a0111ea];
#[rustfmt::skip]
const X: [u32; 12] = [0x63, 0x0, 0xbf59c000, 0x1fdd, 0x0, 0x0, 0x0, 0x0, 0x0, 0xbcdef000, 0x4567890a, 0x123];
#[rustfmt::skip]
const Y: [u32; 12] = [0xffffcfc7, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff];
#[rustfmt::skip]
const RESULT: [u32; 12] = [0x2a8cbe5f, 0xde83e6c2, 0x477690ab, 0x23edc72b, 0x7ba5caf, 0xf8594c5, 0xe21cc76d, 0x1e4d5bb0, 0xa1a89998, 0x1da50fcd, 0x67a3497a, 0xcdf0d5f];

#[test]
fn products() {
    assert_eq!(wide_modmul(&X, &Y, &WideModulus { value: P, addend: [u32::MAX; 12] }), RESULT);
    let mut one = [0; 12];
    one[0] = 1;
    assert_eq!(wide_modmul(&X, &one, &WideModulus { value: P, addend: [0; 12] }), X);
}

#[test]
#[should_panic(expected = "modulus is zero")]
fn a_modulus_of_zero() {
    wide_modmul(&X, &Y, &WideModulus { value: [0; 12], addend: [0; 12] });
}
