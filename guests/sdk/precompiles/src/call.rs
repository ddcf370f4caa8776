//! The host calls of the chips: number in a7, pointers to words in a0, a1, a2; only what a0 points to is written. They
//! change no register.

use crate::secp256k1::{Point, U256};
use crate::Modulus;
use core::arch::asm;

const BLAKE3: u32 = 0x100;
const SHA256: u32 = 0x101;
const KECCAK: u32 = 0x102;
const MODMUL: u32 = 0x103;
const SECP256K1: u32 = 0x104;

pub fn blake3(cv: &mut [u32; 8], block: &[u32; 16], counter: u64, block_len: u32, flags: u32) {
    let mut parameters = [0u32; 12];
    parameters[..8].copy_from_slice(cv);
    parameters[8..].copy_from_slice(&[counter as u32, (counter >> 32) as u32, block_len, flags]);
    // SAFETY: the call reads 12 and 16 words and writes 8, within the arrays.
    unsafe {
        asm!("ecall", in("a7") BLAKE3, in("a0") cv.as_mut_ptr(), in("a1") parameters.as_ptr(),
            in("a2") block.as_ptr(), options(nostack))
    }
}

pub fn sha256(state: &mut [u32; 8], block: &[u8; 64]) {
    let mut words = [0u32; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    // SAFETY: the call reads 8 and 16 words and writes 8, within the arrays.
    unsafe { asm!("ecall", in("a7") SHA256, in("a0") state.as_mut_ptr(), in("a1") words.as_ptr(), options(nostack)) }
}

pub fn keccak(lanes: &mut [u64; 25]) {
    // SAFETY: the call reads and writes 50 words, which 25 lanes are, low word first as the machine has it.
    unsafe { asm!("ecall", in("a7") KECCAK, in("a0") lanes.as_mut_ptr(), options(nostack)) }
}

/// # Safety
/// Words behind the pointers can be read and `out` written. They may overlap.
#[inline(always)]
pub unsafe fn modmul(out: *mut U256, x: *const U256, y: *const U256, m: *const Modulus) {
    asm!("ecall", in("a7") MODMUL, in("a0") out, in("a1") x, in("a2") y, in("a3") m, options(nostack))
}

/// x squared so many times, at least once.
///
/// # Safety
/// As of `modmul`.
#[inline(always)]
pub unsafe fn squares(out: *mut U256, x: *const U256, times: u32, m: *const Modulus) {
    asm!("ecall", "mv a1, a0", "mv a2, a0", "addi {left}, {left}, -1", "beqz {left}, 3f",
        "2:", "ecall", "addi {left}, {left}, -1", "bnez {left}, 2b", "3:",
        left = inout(reg) times => _, in("a7") MODMUL, in("a0") out, inout("a1") x => _, inout("a2") x => _,
        in("a3") m, options(nostack))
}

/// The sum, where it is not at infinity.
#[inline(always)]
pub fn secp256k1(point: &mut Point, other: &Point) {
    // SAFETY: the call reads 16 words twice and writes those of the first.
    unsafe { asm!("ecall", in("a7") SECP256K1, in("a0") point, in("a1") other, options(nostack)) }
}

/// The point doubled four times.
#[inline(always)]
pub fn doublings(point: &mut Point) {
    let point: *mut Point = point;
    // SAFETY: the same, of one point.
    unsafe {
        asm!("ecall", "ecall", "ecall", "ecall", in("a7") SECP256K1, in("a0") point, in("a1") point, options(nostack))
    }
}
