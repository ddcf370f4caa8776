//! The rollup's state transition: batches of EVM blocks. One source, two builds: RISC-V, where all that is read is proven,
//! and wasm32, where a host's state answers.
#![cfg_attr(any(target_arch = "riscv32", target_arch = "wasm32"), no_std)]

extern crate alloc;

pub mod batch;
pub mod block;
pub mod crypto;
pub mod executor;
pub mod precompiles;
pub mod refusal;
pub mod rlp;
pub mod signature;
pub mod state;
pub mod tree;
pub mod tx;
pub mod witness;
pub mod words;

#[cfg(target_arch = "wasm32")]
mod forward;

#[cfg(target_arch = "wasm32")]
use forward::known_sender;

/// Nobody tells a proof who signed.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
fn known_sender(_raw: &[u8]) -> Option<alloy_primitives::Address> {
    None
}

/// A named stretch of the run, for profiles, that ends where the result is dropped. A forward run has none.
#[cfg(not(target_arch = "wasm32"))]
pub use wisp::mark;

#[cfg(target_arch = "wasm32")]
pub struct NoMark;

#[cfg(target_arch = "wasm32")]
#[macro_export]
macro_rules! mark {
    ($name:literal) => {
        $crate::NoMark
    };
}
