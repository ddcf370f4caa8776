//! The private input, read once from front to back. Reading past its end stops the run.

use crate::host;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// Bytes of the input not yet read.
pub fn input_length() -> u32 {
    host::input_length()
}

/// Reads the next bytes.
pub fn read_slice(to: &mut [u8]) {
    // SAFETY: any bytes are valid words.
    let (head, words, tail) = unsafe { to.align_to_mut::<u32>() };
    read_part(head);
    if !words.is_empty() {
        host::read_words(words, words.len() * 4);
    }
    read_part(tail);
}

/// Less than a word, by way of one.
fn read_part(to: &mut [u8]) {
    if !to.is_empty() {
        let mut word = [0u32];
        host::read_words(&mut word, to.len());
        to.copy_from_slice(&word[0].to_le_bytes()[..to.len()]);
    }
}

/// Reads a number of four bytes, little-endian.
pub fn read_u32() -> u32 {
    let mut word = [0u32];
    host::read_words(&mut word, 4);
    word[0]
}

/// Reads a number of eight bytes, little-endian.
pub fn read_u64() -> u64 {
    let mut words = [0u32; 2];
    host::read_words(&mut words, 8);
    u64::from(words[0]) | u64::from(words[1]) << 32
}

fn read_sized(len: u32) -> Vec<u8> {
    // Checked before memory is asked for: the length is the prover's free choice.
    assert!(len <= input_length(), "input: {} bytes announced, {} left", len, input_length());
    let mut bytes = vec![0; len as usize];
    read_slice(&mut bytes);
    bytes
}

/// Reads a length (u32), then so many bytes.
pub fn read_bytes() -> Vec<u8> {
    read_sized(read_u32())
}

/// Reads a length (u32), then so many bytes of UTF-8.
pub fn read_string() -> String {
    String::from_utf8(read_bytes()).expect("input: a text that is not UTF-8")
}

/// Reads the rest.
pub fn read_rest() -> Vec<u8> {
    read_sized(input_length())
}

/// Words that the host gives at once, at most.
const MAX_READ_WORDS: usize = 1 << 16;

/// Reads the rest as words, little-endian: of any length, with nothing copied. Panics if it is not whole words.
pub fn read_rest_words() -> Vec<u32> {
    let len = input_length() as usize;
    assert!(len % 4 == 0, "input: {len} bytes are not whole words");
    let mut words = vec![0; len / 4];
    for part in words.chunks_mut(MAX_READ_WORDS) {
        host::read_words(part, part.len() * 4);
    }
    words
}
