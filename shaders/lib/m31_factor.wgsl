// Products in M31 by factors used many times, for software adapters: no shifts, which SwiftShader takes lane by lane (8 ns
// against 1 ns for any other operation on four lanes). 17 operations a product, where variant S has 35.
//
// a w = n x + low w for a = 2^16 n + low and x = 2^16 w mod P, so that the quotient by P is below 2^17 and f32 finds it:
// each term is off by at most 2^-22 of itself, the sum by 2^-5, and rounding leaves a remainder within
// (1/2 + 2^-5) P of zero, for which 32 bits are enough. Assumes round to nearest, as every CPU has it.

const P: u32 = 0x7fffffffu;
const P_INVERSE: f32 = 4.656612875245797e-10;

// Adding these rounds to multiples of 1, 2^15 and 2^16 and leaves the multiple in the low bits of the sum's word.
const ROUND_1: f32 = 12582912.0; // 1.5 * 2^23, word 0x4b400000
const ROUND_15: f32 = 412316860416.0; // 1.5 * 2^38, word 0x52c00000
const ROUND_16: f32 = 824633720832.0; // 1.5 * 2^39, word 0x53400000

// Four factors; k makes up for the words of ROUND_1 and ROUND_16.
struct Factor4 { w: vec4u, x: vec4u, fw: vec4f, fx: vec4f, k: vec4u }

fn signed_float(a: vec4u) -> vec4f {
  return vec4f(bitcast<vec4i>(a));
}

fn factor4(w: vec4u) -> Factor4 {
  let high = bitcast<vec4u>(signed_float(w & vec4u(0x7fff8000u)) + ROUND_15) & vec4u(0xffffu);
  let x = (w & vec4u(0x7fffu)) * 65536u + high; // 2^16 w is a rotation of w's 31 bits
  let k = vec4u(0x4b400000u * P) - 0x53400000u * x;
  return Factor4(w, x, signed_float(w) * P_INVERSE, signed_float(x) * (P_INVERSE / 65536.0), k);
}

// One factor, four times.
fn splat_factor(f: Factor4) -> Factor4 {
  return Factor4(f.w.xxxx, f.x.xxxx, f.fw.xxxx, f.fx.xxxx, f.k.xxxx);
}

// a w canonical, for any words a taken as signed, -2^31 <= a < 2^31.
fn times4(a: vec4u, f: Factor4) -> vec4u {
  let low = a & vec4u(0xffffu);
  let high = signed_float(a & vec4u(0xffff0000u));
  let n = bitcast<vec4u>(high + ROUND_16);
  let q = bitcast<vec4u>(high * f.fx + signed_float(low) * f.fw + ROUND_1);
  let r = n * f.x + low * f.w - q * P + f.k;
  return min(r, r + vec4u(P));
}

// a times each of the four.
fn times_word(a: u32, f: Factor4) -> vec4u {
  let low = a & 0xffffu;
  let high = f32(bitcast<i32>(a & 0xffff0000u));
  let n = bitcast<u32>(high + ROUND_16);
  let q = bitcast<vec4u>(high * f.fx + f32(bitcast<i32>(low)) * f.fw + ROUND_1);
  let r = n * f.x + low * f.w - q * P + f.k;
  return min(r, r + vec4u(P));
}

fn sum4(a: vec4u, b: vec4u) -> vec4u {
  let s = a + b;
  return min(s, s - vec4u(P));
}

fn difference4(a: vec4u, b: vec4u) -> vec4u {
  let s = a - b;
  return min(s, s + vec4u(P));
}
