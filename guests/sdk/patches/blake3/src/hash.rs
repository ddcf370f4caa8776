//! A digest and its text.

use crate::OUT_LEN;
use core::fmt;

/// 32 bytes, compared in constant time.
#[derive(Clone, Copy, Hash)]
pub struct Hash([u8; OUT_LEN]);

/// 64 digits, which are a `str`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HexString([u8; 2 * OUT_LEN]);

/// A text that is no hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HexError(());

impl Hash {
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; OUT_LEN] {
        &self.0
    }

    /// Of bytes.
    pub const fn from_bytes(bytes: [u8; OUT_LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Of exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, core::array::TryFromSliceError> {
        Ok(Self(bytes.try_into()?))
    }

    /// In lower-case hexadecimal.
    pub fn to_hex(&self) -> HexString {
        let mut text = [0; 2 * OUT_LEN];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        HexString(text)
    }

    /// Of 64 hexadecimal digits, in either case.
    pub fn from_hex(hex: impl AsRef<[u8]>) -> Result<Self, HexError> {
        let digits = hex.as_ref();
        if digits.len() != 2 * OUT_LEN {
            return Err(HexError(()));
        }
        let value = |digit: u8| (digit as char).to_digit(16).ok_or(HexError(()));
        let mut bytes = [0; OUT_LEN];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (value(pair[0])? << 4 | value(pair[1])?) as u8;
        }
        Ok(Self(bytes))
    }
}

impl HexString {
    /// The text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("hexadecimal digits")
    }
}

impl core::ops::Deref for HexString {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for HexString {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for HexString {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for HexString {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl From<[u8; OUT_LEN]> for Hash {
    fn from(bytes: [u8; OUT_LEN]) -> Self {
        Self(bytes)
    }
}

impl From<Hash> for [u8; OUT_LEN] {
    fn from(hash: Hash) -> Self {
        hash.0
    }
}

impl core::str::FromStr for Hash {
    type Err = HexError;

    fn from_str(s: &str) -> Result<Self, HexError> {
        Self::from_hex(s)
    }
}

impl PartialEq<[u8]> for Hash {
    fn eq(&self, other: &[u8]) -> bool {
        other.len() == OUT_LEN && self.0.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
    }
}

impl PartialEq<[u8; OUT_LEN]> for Hash {
    fn eq(&self, other: &[u8; OUT_LEN]) -> bool {
        *self == other[..]
    }
}

impl PartialEq for Hash {
    fn eq(&self, other: &Self) -> bool {
        *self == other.0[..]
    }
}

impl Eq for Hash {}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("Hash").field(&self.to_hex()).finish()
    }
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a BLAKE3 hash is 64 hexadecimal digits")
    }
}

#[cfg(feature = "std")]
impl std::error::Error for HexError {}
