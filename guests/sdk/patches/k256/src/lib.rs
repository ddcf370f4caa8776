//! Stands in for the crate `k256` 0.13: what `ecdsa::VerifyingKey` verifies and recovers is done by Wisp's chips, and in
//! software off the machine. The rest is the crate's own, scalars and points as well.
#![no_std]

#[cfg(feature = "ecdsa")]
pub mod ecdsa;

pub use original::*;
