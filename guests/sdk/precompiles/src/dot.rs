//! Dot products over QM31 = M31[i, u], i^2 = -1, u^2 = 2 + i, of elements of four words, for programs that verify proofs.

/// An element: coordinates of 1, i, u and i u. Words count mod 2^31 - 1, results are below it.
pub type Qm31 = [u32; 4];

/// Words of the first operand in one call.
const MAX_WORDS: usize = 1 << 16;

/// sum += x\[0\] y\[0\] + x\[1\] y\[1\] + ... Without terms it stays as it is. Panics
/// if there are more of one than of the other.
#[inline]
pub fn qm31_dot(sum: &mut Qm31, x: &[Qm31], y: &[Qm31]) {
    assert_eq!(x.len(), y.len(), "elements of both operands");
    for (x, y) in x.chunks(MAX_WORDS / 4).zip(y.chunks(MAX_WORDS / 4)) {
        call::qm31(sum, x, y);
    }
}

/// The same where x are elements of M31.
#[inline]
pub fn m31_dot(sum: &mut Qm31, x: &[u32], y: &[Qm31]) {
    assert_eq!(x.len(), y.len(), "elements of both operands");
    for (x, y) in x.chunks(MAX_WORDS).zip(y.chunks(MAX_WORDS)) {
        call::m31(sum, x, y);
    }
}

#[cfg(all(target_arch = "riscv32", not(feature = "software")))]
mod call {
    use super::Qm31;
    use core::arch::asm;

    const QM31: u32 = 0x106;
    const M31: u32 = 0x107;

    pub fn qm31(sum: &mut Qm31, x: &[Qm31], y: &[Qm31]) {
        // SAFETY: the call reads as many words of x as a3 says, as many of y, and writes the sum.
        unsafe {
            asm!("ecall", in("a7") QM31, in("a0") sum.as_mut_ptr(), in("a1") x.as_ptr(), in("a2") y.as_ptr(),
                in("a3") 16 * x.len(), options(nostack))
        }
    }

    pub fn m31(sum: &mut Qm31, x: &[u32], y: &[Qm31]) {
        // SAFETY: the call reads as many words of x as a3 says, four times as many of y, and writes the sum.
        unsafe {
            asm!("ecall", in("a7") M31, in("a0") sum.as_mut_ptr(), in("a1") x.as_ptr(), in("a2") y.as_ptr(),
                in("a3") 4 * x.len(), options(nostack))
        }
    }
}
#[cfg(not(all(target_arch = "riscv32", not(feature = "software"))))]
use crate::software::dot as call;
