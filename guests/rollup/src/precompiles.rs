//! What the EVM's precompiles have chips for.

use crate::signature::recover_any;
use rollup_precompiles::Ours;

/// Once, before the first run.
pub fn install() {
    let recover = |message: &[u8; 32], signature: &[u8; 64], y_is_odd: bool| {
        recover_any(message, signature, y_is_odd).map(|address| address.into_word().0)
    };
    rollup_precompiles::install(Ours { sha256: |bytes| wisp_precompiles::sha256(&[bytes]), recover });
}
