// Evaluation: layers from high to low, (u, v) -> (u + v t, u - v t).

fn round_number(i: u32, rounds: u32) -> u32 {
  return rounds - 1u - i;
}

fn butterfly_round(v: Values, r: Round) -> Values {
  var x = v;
  if (is_active(r, 3u)) {
    let t = vec4u(pair_twiddle(r, 3u, 0u));
    let c = m31_mul4(x.c, t);
    let d = m31_mul4(x.d, t);
    x = Values(m31_add4(x.a, c), m31_add4(x.b, d), m31_sub4(x.a, c), m31_sub4(x.b, d));
  }
  if (is_active(r, 2u)) {
    let b = m31_mul4(x.b, vec4u(pair_twiddle(r, 2u, 0u)));
    let d = m31_mul4(x.d, vec4u(pair_twiddle(r, 2u, 8u)));
    x = Values(m31_add4(x.a, b), m31_sub4(x.a, b), m31_add4(x.c, d), m31_sub4(x.c, d));
  }
  x = transpose(x);
  if (is_active(r, 1u)) {
    let t = pair_twiddles(r, 1u, 0u);
    let c = m31_mul4(x.c, t);
    let d = m31_mul4(x.d, t);
    x = Values(m31_add4(x.a, c), m31_add4(x.b, d), m31_sub4(x.a, c), m31_sub4(x.b, d));
  }
  if (is_active(r, 0u)) {
    let b = m31_mul4(x.b, pair_twiddles(r, 0u, 0u));
    let d = m31_mul4(x.d, pair_twiddles(r, 0u, 2u));
    x = Values(m31_add4(x.a, b), m31_sub4(x.a, b), m31_add4(x.c, d), m31_sub4(x.c, d));
  }
  return transpose(x);
}
