// Rotations to the right without shifts, for software adapters (why and how: lib/m31_mul_s). All sums are exact.

fn rotate16(x: vec4u) -> vec4u {
  return x * 65536u + upper16(x);
}

fn upper16(x: vec4u) -> vec4u {
  return bitcast<vec4u>(vec4f(bitcast<vec4i>(x & vec4u(0xffff0000u))) + 824633720832.0) & vec4u(0xffffu); // 1.5 * 2^39
}

fn rotate12(x: vec4u) -> vec4u {
  let upper = bitcast<vec4u>(vec4f(bitcast<vec4i>(x & vec4u(0xfffff000u))) + 51539607552.0); // 1.5 * 2^35
  return x * 1048576u + (upper & vec4u(0xfffffu));
}

// Bits 8 .. 30 by adding 2^31; bit 31 is bit 23 of -2^30, half its value as an integer, and of no bit of 0.
fn rotate8(x: vec4u) -> vec4u {
  let middle = bitcast<vec4u>(vec4f(bitcast<vec4i>(x & vec4u(0x7fffff00u))) + 2147483648.0) & vec4u(0x7fffffu);
  let top = bitcast<vec4u>(vec4f(bitcast<vec4i>(x & vec4u(0x80000000u))) * 0.5) & vec4u(0x800000u);
  return x * 16777216u + middle + top;
}

// Bits 7 .. 15 by adding 2^30, and bits 16 .. 31.
fn rotate7(x: vec4u) -> vec4u {
  let lower = bitcast<vec4u>(vec4f(bitcast<vec4i>(x & vec4u(0xff80u))) + 1073741824.0) & vec4u(0x1ffu);
  return x * 33554432u + upper16(x) * 512u + lower;
}
