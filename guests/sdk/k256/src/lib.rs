//! The crate `k256` 0.13, but what `ecdsa::VerifyingKey` verifies and recovers is done by Wisp's chips, and in software
//! off the machine. The rest is the crate's own, scalars, points and signing as well. It cannot stand in by `[patch]`: cargo
//! would not let it depend on what it replaces.
#![no_std]

#[cfg(feature = "ecdsa")]
pub mod ecdsa;

pub use original::*;
