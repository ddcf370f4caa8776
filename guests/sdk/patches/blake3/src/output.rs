//! The last compression of a hash, and outputs longer than a digest.

use crate::{BLOCK_LEN, OUT_LEN, ROOT};
use wisp_precompiles::{blake3_compress, software};

/// A compression that is not yet made: of a subtree, or of the root.
#[derive(Clone)]
pub(crate) struct Output {
    pub cv: [u32; 8],
    pub block: [u32; 16],
    pub counter: u64,
    pub len: u32,
    pub flags: u32,
}

fn bytes_of(words: &[u32], out: &mut [u8]) {
    for (part, word) in out.chunks_exact_mut(4).zip(words) {
        part.copy_from_slice(&word.to_le_bytes());
    }
}

impl Output {
    pub fn chaining_value(&self) -> [u32; 8] {
        let mut cv = self.cv;
        blake3_compress(&mut cv, &self.block, self.counter, self.len, self.flags);
        cv
    }

    pub fn root_hash(&self) -> [u8; OUT_LEN] {
        let mut cv = self.cv;
        blake3_compress(&mut cv, &self.block, 0, self.len, self.flags | ROOT);
        let mut bytes = [0; OUT_LEN];
        bytes_of(&cv, &mut bytes);
        bytes
    }

    /// One block of the root's output. The chip has no more than its first half.
    fn root_block(&self, counter: u64) -> [u8; BLOCK_LEN] {
        let words = software::blake3_block(&self.cv, &self.block, counter, self.len, self.flags | ROOT);
        let mut bytes = [0; BLOCK_LEN];
        bytes_of(&words, &mut bytes);
        bytes
    }
}

/// Reads an output of any length. Its first 32 bytes, the digest, come from the chip, all else from software.
#[derive(Clone)]
pub struct OutputReader {
    inner: Output,
    position: u64,
}

impl OutputReader {
    pub(crate) fn new(inner: Output) -> Self {
        Self { inner, position: 0 }
    }

    /// The next bytes.
    pub fn fill(&mut self, mut buf: &mut [u8]) {
        while !buf.is_empty() {
            let (counter, at) = (self.position / BLOCK_LEN as u64, (self.position % BLOCK_LEN as u64) as usize);
            let taken = if counter == 0 && at + buf.len() <= OUT_LEN {
                let taken = buf.len();
                buf.copy_from_slice(&self.inner.root_hash()[at..at + taken]);
                taken
            } else {
                let taken = buf.len().min(BLOCK_LEN - at);
                buf[..taken].copy_from_slice(&self.inner.root_block(counter)[at..at + taken]);
                taken
            };
            self.position += taken as u64;
            buf = &mut buf[taken..];
        }
    }

    /// Bytes read so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Goes on from another byte.
    pub fn set_position(&mut self, position: u64) {
        self.position = position;
    }
}

impl core::fmt::Debug for OutputReader {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        f.debug_struct("OutputReader").field("position", &self.position).finish_non_exhaustive()
    }
}

#[cfg(feature = "std")]
impl std::io::Read for OutputReader {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.fill(buf);
        Ok(buf.len())
    }
}
