// import lib/m31_mul
// The field M31 = Z/(2^31 - 1). Every argument and result is canonical (< P). A sum s <= 2P - 1 is reduced by
// min(s, s - P): for s < P the difference wraps to a large word. `lib/m31_mul` is chosen per adapter (variants a, s).

const P: u32 = 0x7fffffffu;

fn m31_add(a: u32, b: u32) -> u32 {
  let s = a + b;
  return min(s, s - P);
}

fn m31_sub(a: u32, b: u32) -> u32 {
  let s = a - b;
  return min(s, s + P);
}

fn m31_neg(a: u32) -> u32 {
  return m31_sub(0u, a);
}

fn m31_add3(a: vec3u, b: vec3u) -> vec3u {
  let s = a + b;
  return min(s, s - vec3u(P));
}

fn m31_sub3(a: vec3u, b: vec3u) -> vec3u {
  let s = a - b;
  return min(s, s + vec3u(P));
}

fn m31_add4(a: vec4u, b: vec4u) -> vec4u {
  let s = a + b;
  return min(s, s - vec4u(P));
}

fn m31_sub4(a: vec4u, b: vec4u) -> vec4u {
  let s = a - b;
  return min(s, s + vec4u(P));
}

// Any u32 to its canonical residue: 2^31 = 1, so the top bit counts once more.
fn m31_reduce(a: u32) -> u32 {
  let s = (a & P) + (a >> 31u);
  return min(s, s - P);
}

fn m31_square_times(a: u32, n: u32) -> u32 {
  var r = a;
  for (var i = 0u; i < n; i++) {
    r = m31_mul(r, r);
  }
  return r;
}

// a^(P-2), 0 for 0. P - 2 = 2^31 - 3 = binary 1...101 (29 ones, 0, 1). An addition chain of 30 squarings and 8 products.
fn m31_inverse(a: u32) -> u32 {
  let e2 = m31_mul(m31_mul(a, a), a); // 2^2 - 1
  let e4 = m31_mul(m31_square_times(e2, 2u), e2); // 2^4 - 1
  let e8 = m31_mul(m31_square_times(e4, 4u), e4); // 2^8 - 1
  let e16 = m31_mul(m31_square_times(e8, 8u), e8); // 2^16 - 1
  let e24 = m31_mul(m31_square_times(e16, 8u), e8); // 2^24 - 1
  let e28 = m31_mul(m31_square_times(e24, 4u), e4); // 2^28 - 1
  let e29 = m31_mul(m31_mul(e28, e28), a); // 2^29 - 1
  return m31_mul(m31_square_times(e29, 2u), a); // 2^31 - 3
}
