//! Modular products of 384 bits, as BLS12-381 has them.

/// A modulus that is not 0, and what is added to a product. Words with the lowest first.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct WideModulus {
    pub value: [u32; 12],
    pub addend: [u32; 12],
}

/// x y + addend modulo the modulus. The quotient must have at most 384 bits: it has where x or y is below the modulus.
#[inline]
pub fn wide_modmul(x: &[u32; 12], y: &[u32; 12], m: &WideModulus) -> [u32; 12] {
    call::modmul(x, y, m)
}

#[cfg(all(target_arch = "riscv32", not(feature = "software")))]
mod call {
    use super::WideModulus;
    use core::arch::asm;

    pub fn modmul(x: &[u32; 12], y: &[u32; 12], m: &WideModulus) -> [u32; 12] {
        let mut out = [0; 12];
        // SAFETY: the call reads 12, 12 and 24 words and writes 12, within these.
        unsafe {
            asm!("ecall", in("a7") 0x108, in("a0") out.as_mut_ptr(), in("a1") x.as_ptr(), in("a2") y.as_ptr(), in("a3") m,
                options(nostack))
        }
        out
    }
}

#[cfg(not(all(target_arch = "riscv32", not(feature = "software"))))]
use crate::software::wide as call;
