//! The journal: bytes go to the host as they come and into a hash, whose digest is the run's public value.

use crate::blake3::Hasher;
use crate::host::{self, FD_JOURNAL};
use core::cell::UnsafeCell;

struct Journal(UnsafeCell<Hasher>);

// SAFETY: a guest has one thread.
unsafe impl Sync for Journal {}

static JOURNAL: Journal = Journal(UnsafeCell::new(Hasher::new()));

/// Appends to the journal, the program's public output.
pub fn commit(bytes: &[u8]) {
    host::write(FD_JOURNAL, bytes);
    // SAFETY: one thread, and the hasher calls nothing that could come back here.
    unsafe { (*JOURNAL.0.get()).update(bytes) }
}

/// Ends the run. The journal's digest and the code become public values.
pub fn halt(code: u32) -> ! {
    // SAFETY: as in `commit`.
    let digest = unsafe { (*JOURNAL.0.get()).finish() };
    host::halt_with(code, digest)
}
