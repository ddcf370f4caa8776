//! The machine: start, host calls, heap, panics.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::asm;
use core::cell::Cell;
use core::fmt::Write;

const HALT: u32 = 0;
const READ: u32 = 1;
const INPUT_LENGTH: u32 = 2;
const WRITE: u32 = 3;
pub const FD_JOURNAL: u32 = 3;
const FD_PANIC: u32 = 4;
pub const FD_MARK: u32 = 5;
/// Words of one read, at most.
const MAX_READ: usize = 1 << 16;

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
    "tail rollup_main",
    ".size _start, . - _start",
);

pub fn halt(code: u32, digest: &[u32; 8]) -> ! {
    // SAFETY: the call ends the run.
    unsafe { asm!("ecall", in("a7") HALT, in("a0") code, in("a1") digest.as_ptr(), options(noreturn)) }
}

/// All of the input, as words.
pub fn input() -> alloc::vec::Vec<u32> {
    let bytes: u32;
    // SAFETY: the call writes a0 and nothing else.
    unsafe { asm!("ecall", in("a7") INPUT_LENGTH, out("a0") bytes, options(nomem, nostack)) };
    let count = (bytes as usize).div_ceil(4);
    let mut words = alloc::vec![0u32; count];
    for part in words.chunks_mut(MAX_READ) {
        // SAFETY: the call writes as many words as the slice has. The input is whole words, or the last call stops the run.
        unsafe { asm!("ecall", in("a7") READ, in("a0") part.as_mut_ptr(), in("a1") 4 * part.len(), options(nostack)) }
    }
    words
}

pub fn write(fd: u32, bytes: &[u8]) {
    // SAFETY: the call only reads.
    unsafe {
        asm!("ecall", in("a7") WRITE, in("a0") fd, in("a1") bytes.as_ptr(), in("a2") bytes.len(),
            options(nostack, readonly))
    }
}

struct Panicked;

impl Write for Panicked {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        write(FD_PANIC, text.as_bytes());
        Ok(())
    }
}

/// A run that panicked shows nothing: the host refuses it, and its journal has no such digest.
#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    let _ = write!(Panicked, "{info}");
    halt(101, &[0; 8])
}

extern "C" {
    static __heap_start: u8;
}

/// Accesses from here on trap.
const END: usize = 0xffff_0000;

/// A heap that only grows, save that the latest block can grow in place and be given back.
struct Bump {
    next: Cell<usize>,
}

// SAFETY: there is one thread.
unsafe impl Sync for Bump {}

#[global_allocator]
static HEAP: Bump = Bump { next: Cell::new(0) };

// SAFETY: blocks are aligned and do not overlap.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let mut at = self.next.get();
        if at == 0 {
            at = &raw const __heap_start as usize;
        }
        at = (at + layout.align() - 1) & !(layout.align() - 1);
        if layout.size() > END - at {
            return core::ptr::null_mut();
        }
        self.next.set(at + layout.size());
        at as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if block as usize + layout.size() == self.next.get() {
            self.next.set(block as usize);
        }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let start = old as usize;
        if start + layout.size() == self.next.get() && size <= END - start {
            self.next.set(start + size);
            return old;
        }
        if size <= layout.size() {
            return old;
        }
        let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
        if !new.is_null() {
            core::ptr::copy_nonoverlapping(old, new, layout.size());
        }
        new
    }
}
