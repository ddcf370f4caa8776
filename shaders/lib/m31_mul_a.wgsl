// Products in M31 = Z/(2^31 - 1), variant A: 16-bit halves with a carry-free middle (no high multiply in WGSL).
// Operands canonical (< P). Bounds: a1, b1 < 2^15, so a0*b1 + a1*b0 + (lo >> 16) < 2^32; the sum before the last
// reduction is at most 2P - 2, hence the result is canonical.

fn m31_mul(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let lo = a0 * b0;
  let t = a0 * b1 + a1 * b0 + (lo >> 16u);
  let s = ((a1 * b1) << 1u) + (t >> 15u) + (((t << 16u) | (lo & 0xffffu)) & P);
  return min(s, s - P);
}

fn m31_mul3(a: vec3u, b: vec3u) -> vec3u {
  let a0 = a & vec3u(0xffffu);
  let a1 = a >> vec3u(16u);
  let b0 = b & vec3u(0xffffu);
  let b1 = b >> vec3u(16u);
  let lo = a0 * b0;
  let t = a0 * b1 + a1 * b0 + (lo >> vec3u(16u));
  let s = ((a1 * b1) << vec3u(1u)) + (t >> vec3u(15u)) + (((t << vec3u(16u)) | (lo & vec3u(0xffffu))) & vec3u(P));
  return min(s, s - vec3u(P));
}

fn m31_mul4(a: vec4u, b: vec4u) -> vec4u {
  let a0 = a & vec4u(0xffffu);
  let a1 = a >> vec4u(16u);
  let b0 = b & vec4u(0xffffu);
  let b1 = b >> vec4u(16u);
  let lo = a0 * b0;
  let t = a0 * b1 + a1 * b0 + (lo >> vec4u(16u));
  let s = ((a1 * b1) << vec4u(1u)) + (t >> vec4u(15u)) + (((t << vec4u(16u)) | (lo & vec4u(0xffffu))) & vec4u(P));
  return min(s, s - vec4u(P));
}
