//! The host calls on targets other than the machine, for tests: input and journal belong to the thread.

use std::cell::RefCell;

pub const FD_STDOUT: u32 = 1;
pub const FD_JOURNAL: u32 = 3;
pub const FD_MARK: u32 = 5;

#[derive(Default)]
struct State {
    input: Vec<u8>,
    read: usize,
    journal: Vec<u8>,
}

std::thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// What `halt` unwinds with.
struct Halt {
    code: u32,
    digest: [u32; 8],
}

pub fn halt_with(code: u32, digest: &[u32; 8]) -> ! {
    if cfg!(panic = "abort") {
        testing::exit(code)
    }
    std::panic::resume_unwind(Box::new(Halt { code, digest: *digest }))
}

pub fn input_length() -> u32 {
    STATE.with_borrow(|state| (state.input.len() - state.read) as u32)
}

pub fn read_words(words: &mut [u32], len: usize) {
    assert!(len <= words.len() * 4);
    STATE.with_borrow_mut(|state| {
        let left = state.input.len() - state.read;
        assert!(len <= left, "read of {len} bytes with {left} bytes of input left");
        let bytes = &state.input[state.read..state.read + len];
        for (word, part) in words.iter_mut().zip(bytes.chunks(4)) {
            let mut padded = [0; 4];
            padded[..part.len()].copy_from_slice(part);
            *word = u32::from_le_bytes(padded);
        }
        state.read += len;
    })
}

pub fn write(fd: u32, bytes: &[u8]) {
    match fd {
        FD_JOURNAL => STATE.with_borrow_mut(|state| state.journal.extend_from_slice(bytes)),
        FD_MARK => {}
        _ => print!("{}", String::from_utf8_lossy(bytes)),
    }
}

/// Formatted text to a file descriptor.
pub struct Text(pub u32);

impl core::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        write(self.0, text.as_bytes());
        Ok(())
    }
}

/// Runs guest code natively.
pub mod testing {
    use super::{Halt, State, STATE};
    use crate::{journal, Exit};
    use std::io::Read;
    use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

    /// What a run left.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Outcome {
        /// What the guest returned or halted with.
        pub code: u32,
        /// What it committed.
        pub journal: Vec<u8>,
        /// BLAKE3 of the journal.
        pub digest: [u8; 32],
    }

    /// Runs a guest's entry function on an input. A panic of the guest passes through.
    pub fn run<E: Exit>(guest: fn() -> E, input: &[u8]) -> Outcome {
        STATE.set(State { input: input.to_vec(), ..State::default() });
        journal::reset();
        // A guest that returns unwinds nothing, so that this works where panics abort.
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let code = guest().code();
            Halt { code, digest: journal::digest() }
        }));
        let Halt { code, digest: words } = match ended.map_err(|payload| payload.downcast::<Halt>()) {
            Ok(halt) => halt,
            Err(Ok(halt)) => *halt,
            Err(Err(panic)) => resume_unwind(panic),
        };
        let mut digest = [0; 32];
        for (bytes, word) in digest.chunks_mut(4).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Outcome { code, journal: STATE.with_borrow(|state| state.journal.clone()), digest }
    }

    /// The native `main` of a guest: standard input is its input; prints the journal in hexadecimal.
    pub fn main<E: Exit>(guest: fn() -> E) {
        let mut input = Vec::new();
        std::io::stdin().read_to_end(&mut input).expect("standard input");
        exit(run(guest, &input).code)
    }

    /// Prints the journal and ends the process.
    pub(super) fn exit(code: u32) -> ! {
        let journal = STATE.with_borrow(|state| state.journal.clone());
        let hex: String = journal.iter().map(|byte| format!("{byte:02x}")).collect();
        std::println!("{hex}");
        std::process::exit(code as i32)
    }
}
