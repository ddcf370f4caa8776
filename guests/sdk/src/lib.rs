//! Runtime of Rust guests. A guest is a binary with a function that `entry!` names:
//!
//! ```ignore
//! #![cfg_attr(target_arch = "riscv32", no_std, no_main)]
//! wisp::entry!(guest);
//!
//! fn guest() {
//!     let n = wisp::read_u32();
//!     wisp::commit_u32(n * n);
//! }
//! ```
//!
//! The function returns nothing, or an exit code (`u32`), which is a public value. A panic shows its message and place and
//! ends the run; it cannot be proven.
//!
//! On other targets than the machine's the same code runs natively, for tests: see [`testing`].
#![cfg_attr(target_arch = "riscv32", no_std)]
#![warn(missing_docs)]

extern crate alloc;

mod blake3;
mod input;
mod journal;
mod marks;

#[cfg(target_arch = "riscv32")]
#[path = "machine/mod.rs"]
mod host;
#[cfg(not(target_arch = "riscv32"))]
#[path = "native.rs"]
mod host;
#[cfg(not(target_arch = "riscv32"))]
pub use host::testing;
#[cfg(test)]
#[path = "machine/free_list.rs"]
mod free_list;

pub use input::{input_length, read_bytes, read_rest, read_rest_words, read_slice, read_string, read_u32, read_u64};
pub use journal::{commit_bytes, commit_slice, commit_str, commit_u32, commit_u64, halt};
#[doc(hidden)]
pub use marks::begin as __begin;
pub use marks::Mark;
pub use wisp_precompiles as precompiles;

/// Shows text to the host; proves nothing.
#[macro_export]
macro_rules! println {
    ($($part:tt)*) => { $crate::__print(core::format_args!($($part)*)) };
}

#[doc(hidden)]
pub fn __print(text: core::fmt::Arguments) {
    use core::fmt::Write;
    let _ = host::Text(host::FD_STDOUT).write_fmt(text);
    host::write(host::FD_STDOUT, b"\n");
}

/// What an entry function may return.
pub trait Exit {
    /// The exit code.
    fn code(self) -> u32;
}

impl Exit for () {
    fn code(self) -> u32 {
        0
    }
}

impl Exit for u32 {
    fn code(self) -> u32 {
        self
    }
}

/// Names the function that a guest begins with: `fn()` or `fn() -> u32`, whose result is the exit code. On other targets it
/// makes a `main` that takes the input from standard input and prints the journal in hexadecimal.
#[macro_export]
macro_rules! entry {
    ($guest:path) => {
        #[cfg(target_arch = "riscv32")]
        #[no_mangle]
        extern "C" fn __wisp_main() -> ! {
            $crate::halt($crate::Exit::code($guest()))
        }

        #[cfg(not(target_arch = "riscv32"))]
        #[allow(dead_code)]
        fn main() {
            $crate::testing::main($guest)
        }
    };
}
