//! Runtime of Rust guests. A guest is a `no_std`, `no_main` binary:
//!
//! ```ignore
//! #![no_std]
//! #![no_main]
//! wisp::entry!(main);
//! fn main() -> u32 {
//!     let input = wisp::read_all();
//!     wisp::commit(&input);
//!     0
//! }
//! ```
#![no_std]

extern crate alloc;

mod blake3;
mod heap;
mod host;
mod journal;

pub use host::{input_length, read, read_all, read_u32, write};
pub use journal::{commit, halt};

/// Names the function that a guest begins with. What it returns is the exit code.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        #[no_mangle]
        extern "C" fn __wisp_main() -> ! {
            let main: fn() -> u32 = $main;
            $crate::halt(main())
        }
    };
}

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

/// Exit code of a panic.
pub const PANIC_CODE: u32 = 101;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    use core::fmt::Write;
    let _ = writeln!(host::Stderr, "{info}");
    halt(PANIC_CODE)
}
