// Products in M31, variant F: as variant A, but the low 31 bits come from a fifth multiply (a * b wraps mod 2^32) instead of
// being put together. Fewer instructions where a multiply costs no more than they do. Same bounds and results.

fn m31_mul(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let t = a0 * b1 + a1 * b0 + ((a0 * b0) >> 16u);
  let s = ((a1 * b1) << 1u) + (t >> 15u) + ((a * b) & P);
  return min(s, s - P);
}

fn m31_mul3(a: vec3u, b: vec3u) -> vec3u {
  let a0 = a & vec3u(0xffffu);
  let a1 = a >> vec3u(16u);
  let b0 = b & vec3u(0xffffu);
  let b1 = b >> vec3u(16u);
  let t = a0 * b1 + a1 * b0 + ((a0 * b0) >> vec3u(16u));
  let s = ((a1 * b1) << vec3u(1u)) + (t >> vec3u(15u)) + ((a * b) & vec3u(P));
  return min(s, s - vec3u(P));
}

fn m31_mul4(a: vec4u, b: vec4u) -> vec4u {
  let a0 = a & vec4u(0xffffu);
  let a1 = a >> vec4u(16u);
  let b0 = b & vec4u(0xffffu);
  let b1 = b >> vec4u(16u);
  let t = a0 * b1 + a1 * b0 + ((a0 * b0) >> vec4u(16u));
  let s = ((a1 * b1) << vec4u(1u)) + (t >> vec4u(15u)) + ((a * b) & vec4u(P));
  return min(s, s - vec4u(P));
}
