// import lib/m31
// Word operations of the witness language beyond WGSL's own.

// Upper word of the 64-bit product, from 16-bit halves.
fn mul_high(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let m = a1 * b0 + ((a0 * b0) >> 16u); // at most (2^16 - 1)^2 + 2^16 - 1 < 2^32
  let n = a0 * b1 + (m & 0xffffu);
  return a1 * b1 + (m >> 16u) + (n >> 16u);
}

// All ones for a zero divisor, as RISC-V has it.
fn div_unsigned(a: u32, b: u32) -> u32 {
  return select(a / max(b, 1u), 0xffffffffu, b == 0u);
}
