//! The EVM's precompiles where they differ from revm's own: what has chips, or is cheaper.

use crate::crypto::recover_any;
use revm::precompile::{install_crypto, Crypto, PrecompileHalt};

#[derive(Debug)]
struct Ours;

impl Crypto for Ours {
    fn secp256k1_ecrecover(
        &self,
        signature: &[u8; 64],
        recovery: u8,
        message: &[u8; 32],
    ) -> Result<[u8; 32], PrecompileHalt> {
        let address =
            recover_any(message, signature, recovery == 1).ok_or(PrecompileHalt::Secp256k1RecoverFailed)?;
        Ok(address.into_word().0)
    }
}

/// Once, before the first run.
pub fn install() {
    let _ = install_crypto(Ours);
}

