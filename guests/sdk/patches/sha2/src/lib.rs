//! Stands in for the crate `sha2` 0.10: `Sha224` and `Sha256`, over Wisp's chip. SHA-384 and SHA-512 are not here.
#![no_std]

pub use digest::{self, Digest};

use digest::block_buffer::Eager;
use digest::core_api::{
    AlgorithmName, Block, BlockSizeUser, Buffer, BufferKindUser, CoreWrapper, CtVariableCoreWrapper, OutputSizeUser,
    TruncSide, UpdateCore, VariableOutputCore,
};
use digest::typenum::{Unsigned, U28, U32, U64};
use digest::{HashMarker, InvalidOutputSize, Output};

const SHA224: [u32; 8] = [
    0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
];
const SHA256: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// The state of SHA-224 and SHA-256.
#[derive(Clone)]
pub struct Sha256VarCore {
    state: [u32; 8],
    blocks: u64,
}

impl HashMarker for Sha256VarCore {}

impl BlockSizeUser for Sha256VarCore {
    type BlockSize = U64;
}

impl BufferKindUser for Sha256VarCore {
    type BufferKind = Eager;
}

impl OutputSizeUser for Sha256VarCore {
    type OutputSize = U32;
}

/// Raw SHA-256 compression function.
pub fn compress256(state: &mut [u32; 8], blocks: &[Block<Sha256VarCore>]) {
    for block in blocks {
        wisp_precompiles::sha256_compress(state, &[(*block).into()]);
    }
}

impl UpdateCore for Sha256VarCore {
    fn update_blocks(&mut self, blocks: &[Block<Self>]) {
        self.blocks += blocks.len() as u64;
        compress256(&mut self.state, blocks);
    }
}

impl VariableOutputCore for Sha256VarCore {
    const TRUNC_SIDE: TruncSide = TruncSide::Left;

    fn new(output_size: usize) -> Result<Self, InvalidOutputSize> {
        let state = match output_size {
            28 => SHA224,
            32 => SHA256,
            _ => return Err(InvalidOutputSize),
        };
        Ok(Self { state, blocks: 0 })
    }

    fn finalize_variable_core(&mut self, buffer: &mut Buffer<Self>, out: &mut Output<Self>) {
        let bits = 8 * (buffer.get_pos() as u64 + U64::U64 * self.blocks);
        let state = &mut self.state;
        buffer.len64_padding_be(bits, |block| compress256(state, core::slice::from_ref(block)));
        for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
    }
}

impl AlgorithmName for Sha256VarCore {
    fn write_alg_name(f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Sha256")
    }
}

/// SHA-224 hasher.
pub type Sha224 = CoreWrapper<CtVariableCoreWrapper<Sha256VarCore, U28>>;
/// SHA-256 hasher.
pub type Sha256 = CoreWrapper<CtVariableCoreWrapper<Sha256VarCore, U32>>;
