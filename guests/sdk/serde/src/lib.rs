//! Values with serde in a guest's input and journal: a length (u32), then the value in the postcard format. The host's
//! side is `value` of `createInput` and `readJournal`.
#![no_std]
#![warn(missing_docs)]

use serde::{de::DeserializeOwned, Serialize};

/// Reads the next value of the input. Panics where the bytes hold none.
pub fn read<T: DeserializeOwned>() -> T {
    let bytes = wisp::read_bytes();
    match postcard::take_from_bytes(&bytes) {
        Ok((value, [])) => value,
        Ok((_, rest)) => panic!("input: {} bytes follow the value", rest.len()),
        Err(error) => panic!("input: {error}"),
    }
}

/// Appends a value to the journal.
pub fn commit<T: Serialize + ?Sized>(value: &T) {
    wisp::commit_bytes(&postcard::to_allocvec(value).expect("journal: a value that serde cannot write"));
}
