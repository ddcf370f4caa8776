//! `DynResidue` and `DynResidueParams` of `crypto-bigint` 0.5 for 256 bits, by Wisp's chip: a program that takes them from
//! here instead of `crypto_bigint::modular::runtime_mod` keeps its text. Values are plain residues, not in Montgomery's
//! form, so a modulus may be even too, and what names that form is not here. Nothing is in constant time: the machine has no
//! secrets from its prover.
#![no_std]

mod ops;

use crypto_bigint::{CtChoice, Uint, U256};
use wisp_precompiles::{modmul, Modulus};

/// Limbs of 256 bits: 8 on the machine.
pub const LIMBS: usize = U256::LIMBS;

type Words = [u32; 8];

fn words_of(n: &U256) -> Words {
    let mut words = [0; 8];
    for (i, word) in n.to_words().into_iter().enumerate() {
        #[cfg(target_pointer_width = "32")]
        {
            words[i] = word;
        }
        #[cfg(target_pointer_width = "64")]
        {
            words[2 * i] = word as u32;
            words[2 * i + 1] = (word >> 32) as u32;
        }
    }
    words
}

fn number_of(words: &Words) -> U256 {
    #[cfg(target_pointer_width = "32")]
    return U256::from_words(*words);
    #[cfg(target_pointer_width = "64")]
    U256::from_words(core::array::from_fn(|i| u64::from(words[2 * i]) | u64::from(words[2 * i + 1]) << 32))
}

const ZERO: Words = [0; 8];
const ONE: Words = [1, 0, 0, 0, 0, 0, 0, 0];

/// A modulus of 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DynResidueParams<const LIMBS: usize> {
    modulus: U256,
    words: Words,
}

impl DynResidueParams<LIMBS> {
    /// Panics for a modulus of zero.
    pub fn new(modulus: &U256) -> Self {
        assert!(*modulus != U256::ZERO, "the modulus is zero");
        Self { modulus: *modulus, words: words_of(modulus) }
    }

    /// The modulus.
    pub const fn modulus(&self) -> &U256 {
        &self.modulus
    }

    /// x y + addend, x being below the modulus.
    fn product(&self, x: &Words, y: &Words, addend: &Words) -> Words {
        modmul(x, y, &Modulus { value: self.words, addend: *addend })
    }

    fn reduced(&self, n: &U256) -> Words {
        // A quotient by 1 has 256 bits at most.
        self.product(&words_of(n), &ONE, &ZERO)
    }
}

/// A number below a modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DynResidue<const LIMBS: usize> {
    value: Words,
    params: DynResidueParams<LIMBS>,
}

impl DynResidue<LIMBS> {
    /// The residue of any number.
    pub fn new(integer: &U256, params: DynResidueParams<LIMBS>) -> Self {
        Self { value: params.reduced(integer), params }
    }

    /// The number, below the modulus.
    pub fn retrieve(&self) -> U256 {
        number_of(&self.value)
    }

    /// 0.
    pub fn zero(params: DynResidueParams<LIMBS>) -> Self {
        Self { value: ZERO, params }
    }

    /// 1, or 0 of the modulus 1.
    pub fn one(params: DynResidueParams<LIMBS>) -> Self {
        Self::new(&U256::ONE, params)
    }

    /// The modulus.
    pub const fn params(&self) -> &DynResidueParams<LIMBS> {
        &self.params
    }

    fn with(&self, value: Words) -> Self {
        Self { value, params: self.params }
    }

    /// self + rhs.
    pub fn add(&self, rhs: &Self) -> Self {
        self.with(words_of(&self.retrieve().add_mod(&rhs.retrieve(), &self.params.modulus)))
    }

    /// self - rhs.
    pub fn sub(&self, rhs: &Self) -> Self {
        self.with(words_of(&self.retrieve().sub_mod(&rhs.retrieve(), &self.params.modulus)))
    }

    /// -self.
    pub fn neg(&self) -> Self {
        Self::zero(self.params).sub(self)
    }

    /// self rhs: one call of the chip.
    pub fn mul(&self, rhs: &Self) -> Self {
        self.with(self.params.product(&self.value, &rhs.value, &ZERO))
    }

    /// self rhs + addend: one call of the chip. `crypto-bigint` has no name for it.
    pub fn mul_add(&self, rhs: &Self, addend: &Self) -> Self {
        self.with(self.params.product(&self.value, &rhs.value, &addend.value))
    }

    /// self self.
    pub fn square(&self) -> Self {
        self.mul(self)
    }

    /// self to a power: at most two calls of the chip a bit.
    pub fn pow<const N: usize>(&self, exponent: &Uint<N>) -> Self {
        self.pow_bounded_exp(exponent, Uint::<N>::BITS)
    }

    /// The same by the lowest bits of the exponent only.
    pub fn pow_bounded_exp<const N: usize>(&self, exponent: &Uint<N>, exponent_bits: usize) -> Self {
        let words = exponent.as_words();
        let bit = |i: usize| words[i / usize::BITS as usize] >> (i % usize::BITS as usize) & 1 == 1;
        let bits = exponent_bits.min(Uint::<N>::BITS);
        let Some(top) = (0..bits).rev().find(|i| bit(*i)) else {
            return Self::one(self.params);
        };
        (0..top).rev().fold(*self, |power, i| {
            let square = power.square();
            if bit(i) {
                square.mul(self)
            } else {
                square
            }
        })
    }

    /// The inverse, and whether there is one: self to the power of the modulus less 2, which it is where that is prime;
    /// where it is not the inverse by a check, by `crypto-bigint`.
    pub fn invert(&self) -> (Self, CtChoice) {
        let power = self.pow(&self.params.modulus.wrapping_sub(&U256::from_u8(2)));
        if power.mul(self).value == Self::one(self.params).value {
            return (power, CtChoice::TRUE);
        }
        let (inverse, exists) = self.retrieve().inv_mod(&self.params.modulus);
        (self.with(words_of(&inverse)), exists)
    }
}
