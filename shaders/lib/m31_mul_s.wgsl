// Products in M31, variant S, for software adapters: as variant A, but the low word comes from a fifth multiply (a * b wraps
// mod 2^32), right shifts are taken by f32 and left shifts by products, because SwiftShader takes shifts lane by lane: 8 ns
// for four lanes against 1 ns for any other operation. Same bounds and results as variant A: conversions and sums are exact.
//
// A word less its low n bits is a multiple of 2^n, so that adding 1.5 * 2^(23 + n) leaves the signed multiple in the low bits
// of the sum's word (n >= 9).

const SHIFT_15: f32 = 412316860416.0; // 1.5 * 2^38
const SHIFT_16: f32 = 824633720832.0; // 1.5 * 2^39

fn shift161(a: u32) -> u32 {
  return bitcast<u32>(f32(bitcast<i32>(a & 0xffff0000u)) + SHIFT_16) & 0xffffu;
}

fn m31_mul(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = shift161(a);
  let b0 = b & 0xffffu;
  let b1 = shift161(b);
  let t = a0 * b1 + a1 * b0 + shift161(a0 * b0);
  let t1 = bitcast<u32>(f32(bitcast<i32>(t & 0xffff8000u)) + SHIFT_15) & 0x1ffffu;
  let s = 2u * a1 * b1 + t1 + ((a * b) & P);
  return min(s, s - P);
}

fn shift163(a: vec3u) -> vec3u {
  return bitcast<vec3u>(vec3f(bitcast<vec3i>(a & vec3u(0xffff0000u))) + SHIFT_16) & vec3u(0xffffu);
}

fn m31_mul3(a: vec3u, b: vec3u) -> vec3u {
  let a0 = a & vec3u(0xffffu);
  let a1 = shift163(a);
  let b0 = b & vec3u(0xffffu);
  let b1 = shift163(b);
  let t = a0 * b1 + a1 * b0 + shift163(a0 * b0);
  let t1 = bitcast<vec3u>(vec3f(bitcast<vec3i>(t & vec3u(0xffff8000u))) + SHIFT_15) & vec3u(0x1ffffu);
  let s = 2u * a1 * b1 + t1 + ((a * b) & vec3u(P));
  return min(s, s - vec3u(P));
}

fn shift164(a: vec4u) -> vec4u {
  return bitcast<vec4u>(vec4f(bitcast<vec4i>(a & vec4u(0xffff0000u))) + SHIFT_16) & vec4u(0xffffu);
}

fn m31_mul4(a: vec4u, b: vec4u) -> vec4u {
  let a0 = a & vec4u(0xffffu);
  let a1 = shift164(a);
  let b0 = b & vec4u(0xffffu);
  let b1 = shift164(b);
  let t = a0 * b1 + a1 * b0 + shift164(a0 * b0);
  let t1 = bitcast<vec4u>(vec4f(bitcast<vec4i>(t & vec4u(0xffff8000u))) + SHIFT_15) & vec4u(0x1ffffu);
  let s = 2u * a1 * b1 + t1 + ((a * b) & vec4u(P));
  return min(s, s - vec4u(P));
}
