//! RLP, strict: every encoding is the only one of its value.

use alloc::vec::Vec;
use alloy_primitives::U256;

/// The input is not the canonical encoding of anything.
#[derive(Debug)]
pub struct Malformed;

pub type Result<T> = core::result::Result<T, Malformed>;

#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// The next item's payload, and whether it is a list.
    fn item(&mut self) -> Result<(bool, &'a [u8])> {
        let (&first, tail) = self.rest.split_first().ok_or(Malformed)?;
        if first < 0x80 {
            let payload = &self.rest[..1];
            self.rest = tail;
            return Ok((false, payload));
        }
        let list = first >= 0xc0;
        let short = first & 0x3f;
        let (len, tail) = if short <= 55 {
            (short as usize, tail)
        } else {
            let bytes = (short - 55) as usize;
            if bytes > 4 || tail.len() < bytes || tail[0] == 0 {
                return Err(Malformed);
            }
            let len = tail[..bytes].iter().fold(0usize, |n, &b| n << 8 | b as usize);
            if len <= 55 {
                return Err(Malformed);
            }
            (len, &tail[bytes..])
        };
        if tail.len() < len {
            return Err(Malformed);
        }
        let (payload, rest) = tail.split_at(len);
        if !list && len == 1 && payload[0] < 0x80 {
            return Err(Malformed);
        }
        self.rest = rest;
        Ok((list, payload))
    }

    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        match self.item()? {
            (false, payload) => Ok(payload),
            _ => Err(Malformed),
        }
    }

    pub fn list(&mut self) -> Result<Reader<'a>> {
        match self.item()? {
            (true, payload) => Ok(Reader::new(payload)),
            _ => Err(Malformed),
        }
    }

    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.bytes()?.try_into().map_err(|_| Malformed)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.bytes()?;
        if bytes.len() > N || bytes.first() == Some(&0) {
            return Err(Malformed);
        }
        let mut out = [0; N];
        out[N - bytes.len()..].copy_from_slice(bytes);
        Ok(out)
    }

    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_be_bytes(self.number()?))
    }

    pub fn u128(&mut self) -> Result<u128> {
        Ok(u128::from_be_bytes(self.number()?))
    }

    /// A number as 32 bytes, big-endian.
    pub fn word(&mut self) -> Result<[u8; 32]> {
        self.number()
    }

    pub fn u256(&mut self) -> Result<U256> {
        Ok(U256::from_be_bytes(self.word()?))
    }

    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn end(&self) -> Result<()> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(Malformed)
        }
    }
}

fn head(out: &mut Vec<u8>, offset: u8, len: usize) {
    if len <= 55 {
        out.push(offset + len as u8);
    } else {
        let bytes = (len as u32).to_be_bytes();
        let skip = (len as u32).leading_zeros() as usize / 8;
        out.push(offset + 55 + (4 - skip) as u8);
        out.extend_from_slice(&bytes[skip..]);
    }
}

pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    if !(bytes.len() == 1 && bytes[0] < 0x80) {
        head(out, 0x80, bytes.len());
    }
    out.extend_from_slice(bytes);
}

pub fn put_u64(out: &mut Vec<u8>, value: u64) {
    put_bytes(out, &value.to_be_bytes()[value.leading_zeros() as usize / 8..]);
}

pub fn put_list_head(out: &mut Vec<u8>, len: usize) {
    head(out, 0xc0, len);
}
