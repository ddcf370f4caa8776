//! Host calls: `ecall` with the number in a7.

use alloc::vec;
use alloc::vec::Vec;
use core::arch::asm;

const HALT: u32 = 0;
const READ: u32 = 1;
const INPUT_LENGTH: u32 = 2;
const WRITE: u32 = 3;

pub const FD_STDERR: u32 = 2;
pub const FD_JOURNAL: u32 = 3;

pub(crate) fn halt_with(code: u32, digest: &[u32; 8]) -> ! {
    // SAFETY: the call ends the run.
    unsafe { asm!("ecall", in("a7") HALT, in("a0") code, in("a1") digest.as_ptr(), options(noreturn)) }
}

/// Bytes of the private input not yet read.
pub fn input_length() -> u32 {
    let bytes: u32;
    // SAFETY: the call writes a0 and nothing else.
    unsafe { asm!("ecall", in("a7") INPUT_LENGTH, out("a0") bytes, options(nomem, nostack)) };
    bytes
}

/// Fills the first `len` bytes of `words`, and the rest of the last of those words with zeros.
fn read_words(words: &mut [u32], len: usize) {
    assert!(len <= words.len() * 4);
    // SAFETY: the call writes ceil(len / 4) words, which lie within the slice.
    unsafe { asm!("ecall", in("a7") READ, in("a0") words.as_mut_ptr(), in("a1") len, options(nostack)) }
}

/// Reads the next bytes of the input; reading past its end stops the run.
pub fn read(to: &mut [u8]) {
    // SAFETY: any bytes are valid words.
    let (head, words, tail) = unsafe { to.align_to_mut::<u32>() };
    read_part(head);
    if !words.is_empty() {
        read_words(words, words.len() * 4);
    }
    read_part(tail);
}

/// Less than a word, by way of one.
fn read_part(to: &mut [u8]) {
    if !to.is_empty() {
        let mut word = [0u32];
        read_words(&mut word, to.len());
        to.copy_from_slice(&word[0].to_le_bytes()[..to.len()]);
    }
}

pub fn read_u32() -> u32 {
    let mut word = [0u32];
    read_words(&mut word, 4);
    word[0]
}

/// The rest of the input.
pub fn read_all() -> Vec<u8> {
    let mut bytes = vec![0; input_length() as usize];
    read(&mut bytes);
    bytes
}

/// Shows bytes to the host; proves nothing.
pub fn write(fd: u32, bytes: &[u8]) {
    // SAFETY: the call only reads.
    unsafe {
        asm!("ecall", in("a7") WRITE, in("a0") fd, in("a1") bytes.as_ptr(), in("a2") bytes.len(),
            options(nostack, readonly))
    }
}

pub(crate) struct Stderr;

impl core::fmt::Write for Stderr {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        write(FD_STDERR, text.as_bytes());
        Ok(())
    }
}
