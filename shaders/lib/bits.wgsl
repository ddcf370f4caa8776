// Index arithmetic of the circle domains. "Storage" order is the bit-reversed natural order.

// The low n bits of x reversed; n may be 0.
fn bit_reverse(x: u32, n: u32) -> u32 {
  return select(reverseBits(x) >> ((32u - n) & 31u), 0u, n == 0u);
}

// Storage index of element c in coset order, domain size 2^n.
fn coset_to_storage(c: u32, n: u32) -> u32 {
  let half = (1u << n) >> 1u;
  let natural = select(c >> 1u, (half << 1u) - 1u - (c >> 1u), (c & 1u) == 1u);
  return bit_reverse(natural, n);
}

// Storage index of the point doubled `times` times: bit 0 (the conjugate) stays, the bits above it are dropped.
fn lift_index(s: u32, times: u32) -> u32 {
  return ((s >> (times + 1u)) << 1u) | (s & 1u);
}

// A dispatch of many workgroups is spread over x and y.
fn linear_group(group: vec3u, groups: vec3u) -> u32 {
  return group.x + group.y * groups.x;
}
