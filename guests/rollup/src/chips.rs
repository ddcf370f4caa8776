//! What the machine has chips for: host calls on RISC-V with feature `chips`, else the same in software.

#[cfg(not(all(target_arch = "riscv32", feature = "chips")))]
#[path = "../../sdk/precompiles/src/software/blake3.rs"]
#[allow(dead_code)]
mod software_blake3;

#[cfg(not(all(target_arch = "riscv32", feature = "chips")))]
#[path = "../../sdk/precompiles/src/software/sha256.rs"]
mod software_sha256;

#[cfg(all(target_arch = "riscv32", not(feature = "chips")))]
#[path = "../../sdk/precompiles/src/software/keccak.rs"]
#[allow(dead_code)]
mod software_keccak;

#[cfg(not(all(target_arch = "riscv32", feature = "chips")))]
mod imp {
    pub use super::software_blake3::compress as blake3;
    pub use super::software_sha256::compress as sha256;
    #[cfg(target_arch = "riscv32")]
    pub use super::software_keccak::f1600 as keccak;
}

#[cfg(all(target_arch = "riscv32", feature = "chips"))]
mod imp {
    use core::arch::asm;

    const BLAKE3: u32 = 0x100;
    const SHA256: u32 = 0x101;
    const KECCAK: u32 = 0x102;
    const MODMUL: u32 = 0x103;
    const SECP256K1: u32 = 0x104;

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

    pub fn sha256(state: &mut [u32; 8], block: &[u8; 64]) {
        let mut words = [0u32; 16];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        // SAFETY: the call reads 8 and 16 words and writes 8, within the arrays.
        unsafe {
            asm!("ecall", in("a7") SHA256, in("a0") state.as_mut_ptr(), in("a1") words.as_ptr(), options(nostack))
        }
    }

    /// x y mod m, into x. `m`: the modulus and zero. y below m.
    #[inline]
    pub fn mul_mod(x: &mut [u32; 8], y: &[u32; 8], m: &[u32; 16]) {
        let at = x.as_mut_ptr();
        // SAFETY: the call reads 8, 8 and 16 words and writes 8, within the arrays.
        unsafe {
            asm!("ecall", in("a7") MODMUL, in("a0") at, in("a1") at, in("a2") y.as_ptr(), in("a3") m.as_ptr(),
                options(nostack))
        }
    }

    /// x y + c mod m. `m`: the modulus, then c. y below m.
    #[inline]
    pub fn mul_add_mod(x: &[u32; 8], y: &[u32; 8], m: &[u32; 16]) -> [u32; 8] {
        let mut to = [0; 8];
        // SAFETY: as above.
        unsafe {
            asm!("ecall", in("a7") MODMUL, in("a0") to.as_mut_ptr(), in("a1") x.as_ptr(), in("a2") y.as_ptr(),
                in("a3") m.as_ptr(), options(nostack))
        }
        to
    }

    /// x to the power of 2^times, in place. x below m.
    #[inline]
    pub fn square_mod(x: &mut [u32; 8], m: &[u32; 16], times: u32) {
        let at = x.as_mut_ptr();
        for _ in 0..times {
            // SAFETY: as above; operands may overlap.
            unsafe {
                asm!("ecall", in("a7") MODMUL, in("a0") at, in("a1") at, in("a2") at, in("a3") m.as_ptr(),
                    options(nostack))
            }
        }
    }

    /// p + q on secp256k1, into p: x, then y, affine. The sum is not at infinity.
    #[inline]
    pub fn add_points(p: &mut [u32; 16], q: &[u32; 16]) {
        // SAFETY: the call reads 16 words twice and writes 16, within the arrays.
        unsafe { asm!("ecall", in("a7") SECP256K1, in("a0") p.as_mut_ptr(), in("a1") q.as_ptr(), options(nostack)) }
    }

    /// 2^times p, into p.
    #[inline]
    pub fn double_point(p: &mut [u32; 16], times: u32) {
        let at = p.as_mut_ptr();
        for _ in 0..times {
            // SAFETY: as above; operands may overlap.
            unsafe { asm!("ecall", in("a7") SECP256K1, in("a0") at, in("a1") at, options(nostack)) }
        }
    }

    #[inline]
    pub fn keccak(lanes: &mut [u64; 25]) {
        // SAFETY: the call reads and writes 50 words, which 25 lanes are.
        unsafe { asm!("ecall", in("a7") KECCAK, in("a0") lanes.as_mut_ptr(), options(nostack)) }
    }
}

pub use imp::*;
