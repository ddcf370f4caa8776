//! Cycle markers: named stretches of a run that `wisp run --profile` lists. Each end of one costs some ten instructions,
//! which are proven like all others.

use crate::host;

/// A stretch that ends where this is dropped.
#[must_use = "the stretch ends at once"]
pub struct Mark(&'static [u8]);

/// `begin` is `+` and the name, `end` is `-` and the name: nothing has to be put together at run time.
#[doc(hidden)]
pub fn begin(begin: &'static str, end: &'static str) -> Mark {
    host::write(host::FD_MARK, begin.as_bytes());
    Mark(end.as_bytes())
}

impl Drop for Mark {
    fn drop(&mut self) {
        host::write(host::FD_MARK, self.0);
    }
}

/// Begins a stretch of the run that ends where the result is dropped: `let _mark = wisp::mark!("hash");`.
#[macro_export]
macro_rules! mark {
    ($name:literal) => {
        $crate::__begin(concat!("+", $name), concat!("-", $name))
    };
}
