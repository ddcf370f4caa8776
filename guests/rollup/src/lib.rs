//! The rollup's state transition: batches of EVM blocks. One source, two builds: RISC-V, where all that is read is proven,
//! and wasm32, where a host's state answers.
#![cfg_attr(any(target_arch = "riscv32", target_arch = "wasm32"), no_std)]

extern crate alloc;

pub mod batch;
pub mod block;
pub mod chips;
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
#[cfg(target_arch = "riscv32")]
pub mod machine;

#[cfg(target_arch = "wasm32")]
use forward::known_sender;

/// Nobody tells a proof who signed.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
fn known_sender(_raw: &[u8]) -> Option<alloy_primitives::Address> {
    None
}

/// A named stretch of the run, for profiles, that ends where this is dropped.
#[must_use = "the stretch ends at once"]
pub struct Mark(#[allow(dead_code)] &'static str);

impl Mark {
    #[inline]
    pub fn begin(_begin: &'static str, end: &'static str) -> Self {
        #[cfg(target_arch = "riscv32")]
        machine::write(machine::FD_MARK, _begin.as_bytes());
        Self(end)
    }
}

impl Drop for Mark {
    #[inline]
    fn drop(&mut self) {
        #[cfg(target_arch = "riscv32")]
        machine::write(machine::FD_MARK, self.0.as_bytes());
    }
}

#[macro_export]
macro_rules! mark {
    ($name:literal) => {
        $crate::Mark::begin(concat!("+", $name), concat!("-", $name))
    };
}
