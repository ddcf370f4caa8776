// Evaluation: layers from high to low, (u, v) -> (u + v t, u - v t).

fn butterflies(v: Values, f: Factors) -> Values {
  var x = v;
  if (ACTIVE > 1u) {
    x = adjacent(across_unreduced(x, f.l3), f.l2ab, f.l2cd);
  } else {
    x = across(x, f.l3);
  }
  x = transpose(x);
  if (BOTTOM) {
    x = across_unreduced(x, f.l1);
    let b = times4(x.b, f.l0ab);
    let d = times4(x.d, f.l0ab);
    x = Values(sum4(x.a, b), difference4(x.a, b), difference4(x.c, d), sum4(x.c, d));
  } else if (ACTIVE > 3u) {
    x = adjacent(across_unreduced(x, f.l1), f.l0ab, f.l0cd);
  } else if (ACTIVE > 2u) {
    x = across(x, f.l1);
  }
  return transpose(x);
}

fn across(x: Values, f: Factor4) -> Values {
  let c = times4(x.c, f);
  let d = times4(x.d, f);
  return Values(sum4(x.a, c), sum4(x.b, d), difference4(x.a, c), difference4(x.b, d));
}

// b and d between -P and P: all that the next layer does with them is products.
fn across_unreduced(x: Values, f: Factor4) -> Values {
  let c = times4(x.c, f);
  let d = times4(x.d, f);
  return Values(sum4(x.a, c), x.b + d - vec4u(P), difference4(x.a, c), x.b - d);
}

fn adjacent(x: Values, ab: Factor4, cd: Factor4) -> Values {
  let b = times4(x.b, ab);
  let d = times4(x.d, cd);
  return Values(sum4(x.a, b), difference4(x.a, b), sum4(x.c, d), difference4(x.c, d));
}
