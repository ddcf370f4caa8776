//! The host calls of the chips: number in a7, pointers to words in a0, a1, a2; only what a0 points to is written. They
//! change no register.

use core::arch::asm;

const BLAKE3: u32 = 0x100;
const SHA256: u32 = 0x101;
const KECCAK: u32 = 0x102;

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
