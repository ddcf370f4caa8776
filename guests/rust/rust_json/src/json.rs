//! A reader of JSON (RFC 8259). Numbers are kept where they are integers of 64 bits.

use alloc::string::String;
use alloc::vec::Vec;

pub enum Value {
    /// null, true, false, or a number that is no 64-bit integer.
    Other,
    Integer(i64),
    String(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// Deeper nesting is refused: the reader recurses, and the stack is 1 MiB.
const MAX_DEPTH: u32 = 128;

/// The one value that the text consists of, or nothing if it is malformed.
pub fn parse(text: &[u8]) -> Option<Value> {
    core::str::from_utf8(text).ok()?;
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.blanks();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn literal(&mut self, word: &[u8]) -> Option<Value> {
        let found = self.text[self.at..].starts_with(word);
        self.at += word.len();
        found.then_some(Value::Other)
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        self.blanks();
        match self.peek()? {
            b'n' => self.literal(b"null"),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'"' => self.string().map(Value::String),
            b'[' if depth < MAX_DEPTH => self.array(depth + 1),
            b'{' if depth < MAX_DEPTH => self.object(depth + 1),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn array(&mut self, depth: u32) -> Option<Value> {
        let mut items = Vec::new();
        self.at += 1;
        self.blanks();
        if self.accept(b']') {
            return Some(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.blanks();
            match self.next()? {
                b',' => {}
                b']' => return Some(Value::Array(items)),
                _ => return None,
            }
        }
    }

    fn object(&mut self, depth: u32) -> Option<Value> {
        let mut members = Vec::new();
        self.at += 1;
        self.blanks();
        if self.accept(b'}') {
            return Some(Value::Object(members));
        }
        loop {
            self.blanks();
            let key = self.string()?;
            self.blanks();
            if !self.accept(b':') {
                return None;
            }
            members.push((key, self.value(depth)?));
            self.blanks();
            match self.next()? {
                b',' => {}
                b'}' => return Some(Value::Object(members)),
                _ => return None,
            }
        }
    }

    fn digits(&mut self) -> Option<&[u8]> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at != start).then(|| &self.text[start..self.at])
    }

    fn number(&mut self) -> Option<Value> {
        let negative = self.accept(b'-');
        let digits = self.digits()?;
        if digits.len() > 1 && digits[0] == b'0' {
            return None;
        }
        // Summed with the sign, so that -2^63 fits.
        let mut sum = Some(0i64);
        for digit in digits {
            let digit = i64::from(digit - b'0');
            let signed = if negative { -digit } else { digit };
            sum = sum.and_then(|sum| sum.checked_mul(10)?.checked_add(signed));
        }
        let mut integer = true;
        if self.accept(b'.') {
            integer = false;
            self.digits()?;
        }
        if self.accept(b'e') || self.accept(b'E') {
            integer = false;
            if !self.accept(b'+') {
                self.accept(b'-');
            }
            self.digits()?;
        }
        Some(match sum {
            Some(sum) if integer => Value::Integer(sum),
            _ => Value::Other,
        })
    }

    fn string(&mut self) -> Option<String> {
        if !self.accept(b'"') {
            return None;
        }
        let mut bytes = Vec::new();
        loop {
            match self.next()? {
                b'"' => break,
                b'\\' => self.escape(&mut bytes)?,
                0..=0x1f => return None,
                byte => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).ok()
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Option<()> {
        let plain = match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let mut code = self.hex4()?;
                if (0xd800..0xdc00).contains(&code) {
                    // The first half of a pair; a lone half is refused.
                    if !(self.accept(b'\\') && self.accept(b'u')) {
                        return None;
                    }
                    let low = self.hex4()?.wrapping_sub(0xdc00);
                    if low >= 0x400 {
                        return None;
                    }
                    code = 0x10000 + ((code - 0xd800) << 10) + low;
                }
                let mut buffer = [0; 4];
                bytes.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut buffer).as_bytes());
                return Some(());
            }
            _ => return None,
        };
        bytes.push(plain);
        Some(())
    }

    fn hex4(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            code = code << 4 | char::from(self.next()?).to_digit(16)?;
        }
        Some(code)
    }
}
