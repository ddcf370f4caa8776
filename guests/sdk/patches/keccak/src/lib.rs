//! Stands in for the crate `keccak` 0.1: what `sha3` uses of it. The permutation of 24 rounds is Wisp's chip.
#![no_std]

/// Lanes of a state.
pub const PLEN: usize = 25;

/// keccak-f[1600].
pub fn f1600(state: &mut [u64; PLEN]) {
    wisp_precompiles::keccak_f(state);
}

/// The last `rounds` rounds of keccak-f[1600]. Panics for more than 24.
pub fn p1600(state: &mut [u64; PLEN], rounds: usize) {
    assert!(rounds <= 24, "a round count greater than the permutation's");
    if rounds == 24 {
        f1600(state);
    } else {
        wisp_precompiles::software::keccak_p(state, rounds);
    }
}
