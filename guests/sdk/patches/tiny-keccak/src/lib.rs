//! Stands in for the crate `tiny-keccak` 2: the hashes `Keccak` and `Sha3`, over Wisp's chip.
#![no_std]

const LANES: usize = 25;

/// A hash function under way.
pub trait Hasher {
    /// Absorbs bytes.
    fn update(&mut self, input: &[u8]);
    /// Pads and squeezes.
    fn finalize(self, output: &mut [u8]);
}

#[derive(Clone)]
struct Sponge {
    lanes: [u64; LANES],
    at: usize,
    rate: usize,
    delimiter: u8,
}

impl Sponge {
    fn new(bits: usize, delimiter: u8) -> Self {
        Self { lanes: [0; LANES], at: 0, rate: 200 - bits / 4, delimiter }
    }

    fn xor(&mut self, at: usize, byte: u8) {
        self.lanes[at / 8] ^= u64::from(byte) << (8 * (at % 8));
    }

    fn permute(&mut self) {
        wisp_precompiles::keccak_f(&mut self.lanes);
        self.at = 0;
    }

    fn absorb(&mut self, mut input: &[u8]) {
        while !input.is_empty() {
            if self.at % 8 == 0 && input.len() >= 8 && self.at + 8 <= self.rate {
                let (lane, rest) = input.split_at(8);
                let mut bytes = [0; 8];
                bytes.copy_from_slice(lane);
                self.lanes[self.at / 8] ^= u64::from_le_bytes(bytes);
                self.at += 8;
                input = rest;
            } else {
                self.xor(self.at, input[0]);
                self.at += 1;
                input = &input[1..];
            }
            if self.at == self.rate {
                self.permute();
            }
        }
    }

    fn squeeze(mut self, output: &mut [u8]) {
        self.xor(self.at, self.delimiter);
        self.xor(self.rate - 1, 0x80);
        self.permute();
        for byte in output {
            if self.at == self.rate {
                self.permute();
            }
            *byte = (self.lanes[self.at / 8] >> (8 * (self.at % 8))) as u8;
            self.at += 1;
        }
    }
}

macro_rules! hash {
    ($(#[$doc:meta])* $name:ident, $delimiter:expr) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Sponge);

        impl $name {
            /// With 224 bits of output.
            pub fn v224() -> Self {
                Self(Sponge::new(224, $delimiter))
            }
            /// With 256 bits of output.
            pub fn v256() -> Self {
                Self(Sponge::new(256, $delimiter))
            }
            /// With 384 bits of output.
            pub fn v384() -> Self {
                Self(Sponge::new(384, $delimiter))
            }
            /// With 512 bits of output.
            pub fn v512() -> Self {
                Self(Sponge::new(512, $delimiter))
            }
        }

        impl Hasher for $name {
            fn update(&mut self, input: &[u8]) {
                self.0.absorb(input);
            }
            fn finalize(self, output: &mut [u8]) {
                self.0.squeeze(output);
            }
        }
    };
}

hash!(
    /// Keccak as submitted, and as Ethereum has it.
    Keccak,
    0x01
);
hash!(
    /// SHA-3 (FIPS 202).
    Sha3,
    0x06
);
