// Interpolation: layers from low to high, (u, v) -> (u + v, (u - v) t) with inverse twiddles. A product takes the difference
// unreduced.

fn butterflies(v: Values, f: Factors) -> Values {
  var x = transpose(v);
  if (BOTTOM) {
    // Scaled by 1/N, as l0ab is; a sum less P is in a product's range.
    let b = times4(x.a - x.b, f.l0ab);
    let d = times4(x.d - x.c, f.l0ab);
    x = Values(times4(x.a + x.b - vec4u(P), f.scale), b, times4(x.c + x.d - vec4u(P), f.scale), d);
  } else if (ACTIVE > 3u) {
    let b = times4(x.a - x.b, f.l0ab);
    let d = times4(x.c - x.d, f.l0cd);
    x = Values(sum4(x.a, x.b), b, sum4(x.c, x.d), d);
  }
  if (ACTIVE > 2u) {
    let c = times4(x.a - x.c, f.l1);
    let d = times4(x.b - x.d, f.l1);
    x = Values(sum4(x.a, x.c), sum4(x.b, x.d), c, d);
  }
  x = transpose(x);
  if (ACTIVE > 1u) {
    let b = times4(x.a - x.b, f.l2ab);
    let d = times4(x.c - x.d, f.l2cd);
    x = Values(sum4(x.a, x.b), b, sum4(x.c, x.d), d);
  }
  let c = times4(x.a - x.c, f.l3);
  let d = times4(x.b - x.d, f.l3);
  return Values(sum4(x.a, x.c), sum4(x.b, x.d), c, d);
}
