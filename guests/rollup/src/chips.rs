//! What the machine has chips for: host calls on RISC-V with feature `chips`, else the same in software.

#[cfg(not(all(target_arch = "riscv32", feature = "chips")))]
#[path = "../../sdk/precompiles/src/software/blake3.rs"]
mod software_blake3;

#[cfg(all(target_arch = "riscv32", not(feature = "chips")))]
#[path = "../../sdk/precompiles/src/software/keccak.rs"]
#[allow(dead_code)]
mod software_keccak;

#[cfg(not(all(target_arch = "riscv32", feature = "chips")))]
mod imp {
    pub use super::software_blake3::compress as blake3;
    #[cfg(target_arch = "riscv32")]
    pub use super::software_keccak::f1600 as keccak;
}

#[cfg(all(target_arch = "riscv32", feature = "chips"))]
mod imp {
    use core::arch::asm;

    const BLAKE3: u32 = 0x100;
    const KECCAK: u32 = 0x102;

    #[inline]
    pub fn blake3(cv: &mut [u32; 8], block: &[u32; 16], counter: u64, len: u32, flags: u32) {
        let c = *cv;
        let parameters = [
            c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], counter as u32, (counter >> 32) as u32, len, flags,
        ];
        // SAFETY: the call reads 12 and 16 words and writes 8, within the arrays.
        unsafe {
            asm!("ecall", in("a7") BLAKE3, in("a0") cv.as_mut_ptr(), in("a1") parameters.as_ptr(),
                in("a2") block.as_ptr(), options(nostack))
        }
    }

    #[inline]
    pub fn keccak(lanes: &mut [u64; 25]) {
        // SAFETY: the call reads and writes 50 words, which 25 lanes are.
        unsafe { asm!("ecall", in("a7") KECCAK, in("a0") lanes.as_mut_ptr(), options(nostack)) }
    }
}

pub use imp::*;
