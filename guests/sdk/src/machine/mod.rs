//! The machine: start, host calls (`ecall` with the number in a7), heap, panics.

use core::arch::asm;
use core::fmt::Write;

#[cfg(not(feature = "free-list"))]
mod bump;
#[cfg(feature = "free-list")]
mod free_list;

const HALT: u32 = 0;
const READ: u32 = 1;
const INPUT_LENGTH: u32 = 2;
const WRITE: u32 = 3;

pub const FD_STDOUT: u32 = 1;
pub const FD_JOURNAL: u32 = 3;
/// The host refuses a run that wrote here, with what it wrote as the reason.
const FD_PANIC: u32 = 4;
/// Names of cycle markers, after `+` where one begins and `-` where it ends.
pub const FD_MARK: u32 = 5;

// The stack lies in the first MiB, below the text: an overflow wraps to the top of the address space, which traps.
core::arch::global_asm!(
    ".section .text.start, \"ax\", @progbits",
    ".globl _start",
    ".type _start, @function",
    "_start:",
    ".option push",
    ".option norelax",
    "lui gp, %hi(__global_pointer$)",
    "addi gp, gp, %lo(__global_pointer$)",
    ".option pop",
    "lui sp, %hi(__stack_top)",
    "tail __wisp_main",
    ".size _start, . - _start",
);

pub fn halt_with(code: u32, digest: &[u32; 8]) -> ! {
    // SAFETY: the call ends the run.
    unsafe { asm!("ecall", in("a7") HALT, in("a0") code, in("a1") digest.as_ptr(), options(noreturn)) }
}

pub fn input_length() -> u32 {
    let bytes: u32;
    // SAFETY: the call writes a0 and nothing else.
    unsafe { asm!("ecall", in("a7") INPUT_LENGTH, out("a0") bytes, options(nomem, nostack)) };
    bytes
}

/// Fills the first `len` bytes of `words`, and the rest of the last of those words with zeros.
pub fn read_words(words: &mut [u32], len: usize) {
    assert!(len <= words.len() * 4);
    // SAFETY: the call writes ceil(len / 4) words, which lie within the slice.
    unsafe { asm!("ecall", in("a7") READ, in("a0") words.as_mut_ptr(), in("a1") len, options(nostack)) }
}

pub fn write(fd: u32, bytes: &[u8]) {
    // SAFETY: the call only reads.
    unsafe {
        asm!("ecall", in("a7") WRITE, in("a0") fd, in("a1") bytes.as_ptr(), in("a2") bytes.len(),
            options(nostack, readonly))
    }
}

/// Formatted text to a file descriptor.
pub struct Text(pub u32);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        write(self.0, text.as_bytes());
        Ok(())
    }
}

/// Exit code of a panic, should a host let it pass.
const PANIC_CODE: u32 = 101;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    let _ = write!(Text(FD_PANIC), "{info}");
    crate::halt(PANIC_CODE)
}
