// Products in M31, variant L: the upper word of the 64-bit product in the "ladder" form, which compilers built on LLVM may
// recognise and turn into one high multiply; then 2^32 high + low = 2 high + (low >> 31) + (low mod 2^31).
// Bounds: m <= (2^15 - 1)(2^16 - 1) + 2^16 - 1 < 2^31, likewise n; high < 2^30; the sum is at most 2P - 2.

fn m31_mul(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let m = a1 * b0 + ((a0 * b0) >> 16u);
  let n = a0 * b1 + (m & 0xffffu);
  let high = a1 * b1 + (m >> 16u) + (n >> 16u);
  let low = a * b;
  let s = (high << 1u) + (low >> 31u) + (low & P);
  return min(s, s - P);
}

fn m31_mul3(a: vec3u, b: vec3u) -> vec3u {
  let a0 = a & vec3u(0xffffu);
  let a1 = a >> vec3u(16u);
  let b0 = b & vec3u(0xffffu);
  let b1 = b >> vec3u(16u);
  let m = a1 * b0 + ((a0 * b0) >> vec3u(16u));
  let n = a0 * b1 + (m & vec3u(0xffffu));
  let high = a1 * b1 + (m >> vec3u(16u)) + (n >> vec3u(16u));
  let low = a * b;
  let s = (high << vec3u(1u)) + (low >> vec3u(31u)) + (low & vec3u(P));
  return min(s, s - vec3u(P));
}

fn m31_mul4(a: vec4u, b: vec4u) -> vec4u {
  let a0 = a & vec4u(0xffffu);
  let a1 = a >> vec4u(16u);
  let b0 = b & vec4u(0xffffu);
  let b1 = b >> vec4u(16u);
  let m = a1 * b0 + ((a0 * b0) >> vec4u(16u));
  let n = a0 * b1 + (m & vec4u(0xffffu));
  let high = a1 * b1 + (m >> vec4u(16u)) + (n >> vec4u(16u));
  let low = a * b;
  let s = (high << vec4u(1u)) + (low >> vec4u(31u)) + (low & vec4u(P));
  return min(s, s - vec4u(P));
}
