//! The journal: bytes go to the host as they come and into a hash, whose digest is the run's public value.

use crate::blake3::Hasher;
use crate::host;

/// Appends bytes to the journal, the program's public output.
pub fn commit_slice(bytes: &[u8]) {
    host::write(host::FD_JOURNAL, bytes);
    with_hasher(|hasher| hasher.update(bytes));
}

/// Appends four bytes, little-endian.
pub fn commit_u32(value: u32) {
    commit_slice(&value.to_le_bytes());
}

/// Appends eight bytes, little-endian.
pub fn commit_u64(value: u64) {
    commit_slice(&value.to_le_bytes());
}

/// Appends the length (u32), then the bytes.
pub fn commit_bytes(bytes: &[u8]) {
    commit_u32(u32::try_from(bytes.len()).expect("journal: too long"));
    commit_slice(bytes);
}

/// Appends the length (u32), then the text in UTF-8.
pub fn commit_str(text: &str) {
    commit_bytes(text.as_bytes());
}

/// Ends the run. The journal's digest and the code become public values.
pub fn halt(code: u32) -> ! {
    host::halt_with(code, &digest())
}

/// BLAKE3 of the journal; nothing can be added afterwards.
pub(crate) fn digest() -> [u32; 8] {
    with_hasher(|hasher| *hasher.finish())
}

#[cfg(target_arch = "riscv32")]
fn with_hasher<T>(act: impl FnOnce(&mut Hasher) -> T) -> T {
    struct Journal(core::cell::UnsafeCell<Hasher>);
    // SAFETY: a guest has one thread.
    unsafe impl Sync for Journal {}
    static JOURNAL: Journal = Journal(core::cell::UnsafeCell::new(Hasher::new()));
    // SAFETY: one thread, and the hasher calls nothing that could come back here.
    act(unsafe { &mut *JOURNAL.0.get() })
}

#[cfg(not(target_arch = "riscv32"))]
fn with_hasher<T>(act: impl FnOnce(&mut Hasher) -> T) -> T {
    std::thread_local! {
        static JOURNAL: std::cell::RefCell<Hasher> = const { std::cell::RefCell::new(Hasher::new()) };
    }
    JOURNAL.with_borrow_mut(act)
}

/// Starts the journal's hash afresh, for the next run in the same thread.
#[cfg(not(target_arch = "riscv32"))]
pub(crate) fn reset() {
    with_hasher(|hasher| *hasher = Hasher::new());
}
