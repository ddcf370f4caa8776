// import lib/m31
// The twiddle heap, one for all sizes, in the storage array `twiddles` that the entry file declares.
// Level m (m >= 2) starts at 2^(m-2) and holds, for block h, the x coordinate of the size-2^m half coset's point at
// storage pair 2h: the layer-1 twiddles of size 2^m, and layer i of size 2^n is level n - i + 1. Entry 0 is 0, the x of the
// only half-coset point of size 2. The inverse heap holds the inverses in the same places.

// Twiddle of layer i >= 1 in a domain of size 2^n, block h.
fn line_twiddle(n: u32, i: u32, h: u32) -> u32 {
  return twiddles[(1u << (n - i - 1u)) + h];
}

// y of the half-coset point of storage pair h (layer 0), or its inverse from the inverse heap. Four neighbours are
// (x, y), (-x, -y), (y, -x), (-y, x), gen(2) being (0, -1): all follow from two layer-1 entries, x and y. Sizes 2
// and 4 have no quarter turns; `small_y` is y of their first point (resp. its inverse).
fn circle_twiddle(n: u32, h: u32, small_y: u32) -> u32 {
  if (n < 3u) {
    return select(small_y, m31_neg(small_y), (h & 1u) == 1u);
  }
  // Pairs 0, 1 take the second entry, y, pairs 2, 3 the first, x: y, -y, -x, x.
  let e = twiddles[(1u << (n - 2u)) + ((h >> 1u) ^ 1u)];
  return select(e, m31_neg(e), (h & 3u) == 1u || (h & 3u) == 2u);
}

// Point of storage index s in the domain of size 2^n, n >= 1: (x, y).
fn domain_point(n: u32, s: u32, small_y: u32) -> vec2u {
  let h = s >> 1u;
  let e = twiddles[((1u << n) >> 2u) + (h >> 1u)];
  let x = select(e, m31_neg(e), (h & 1u) == 1u);
  let y = circle_twiddle(n, h, small_y);
  return vec2u(x, select(y, m31_neg(y), (s & 1u) == 1u));
}
