// import lib/m31
// CM31 = M31[i]/(i^2 + 1) as vec2u, QM31 = CM31[u]/(u^2 - 2 - i) as vec4u: (x + y i) + (z + w i) u. Canonical words.

fn qm31_add(a: vec4u, b: vec4u) -> vec4u {
  return m31_add4(a, b);
}

fn qm31_sub(a: vec4u, b: vec4u) -> vec4u {
  return m31_sub4(a, b);
}

fn qm31_mul_base(a: vec4u, b: u32) -> vec4u {
  return m31_mul4(a, vec4u(b));
}

// Conjugate over CM31: u -> -u.
fn qm31_conj(a: vec4u) -> vec4u {
  return vec4u(a.xy, m31_neg(a.z), m31_neg(a.w));
}

fn cm31_mul(a: vec2u, b: vec2u) -> vec2u {
  let p = m31_mul4(a.xyxy, b.xyyx); // ac, bd, ad, bc
  return vec2u(m31_sub(p.x, p.y), m31_add(p.z, p.w));
}

fn cm31_inverse(a: vec2u) -> vec2u {
  let n = m31_inverse(cm31_norm(a));
  return vec2u(m31_mul(a.x, n), m31_mul(m31_neg(a.y), n));
}

// Karatsuba over both extensions, nine base products as three vec3u products. Lanes: A C, B D, (A + B)(C + D).
fn qm31_mul(a: vec4u, b: vec4u) -> vec4u {
  let sa = m31_add4(a, a.zwxy);
  let sb = m31_add4(b, b.zwxy);
  let are = vec3u(a.x, a.z, sa.x);
  let aim = vec3u(a.y, a.w, sa.y);
  let bre = vec3u(b.x, b.z, sb.x);
  let bim = vec3u(b.y, b.w, sb.y);
  let p = m31_mul3(are, bre);
  let q = m31_mul3(aim, bim);
  let r = m31_mul3(m31_add3(are, aim), m31_add3(bre, bim));
  let re = m31_sub3(p, q);
  let im = m31_sub3(r, m31_add3(p, q));
  // A C + (2 + i) B D, and the middle term.
  let bd2 = m31_add4(vec4u(re.y, im.y, re.x, im.x), vec4u(re.y, im.y, re.y, im.y)); // 2BD | AC + BD
  return vec4u(
    m31_add(re.x, m31_sub(bd2.x, im.y)),
    m31_add(im.x, m31_add(bd2.y, re.y)),
    m31_sub(re.z, bd2.z),
    m31_sub(im.z, bd2.w),
  );
}

// QM31 times CM31.
fn qm31_mul_cm31(a: vec4u, b: vec2u) -> vec4u {
  return vec4u(cm31_mul(a.xy, b), cm31_mul(a.zw, b));
}

// Norm over CM31 of A + B u: A^2 - (2 + i) B^2.
fn qm31_norm(a: vec4u) -> vec2u {
  let a2 = cm31_mul(a.xy, a.xy);
  let b2 = cm31_mul(a.zw, a.zw);
  return vec2u(
    m31_sub(a2.x, m31_sub(m31_add(b2.x, b2.x), b2.y)),
    m31_sub(a2.y, m31_add(m31_add(b2.y, b2.y), b2.x)),
  );
}

// Norm over M31 of x + y i: x^2 + y^2.
fn cm31_norm(a: vec2u) -> u32 {
  return m31_add(m31_mul(a.x, a.x), m31_mul(a.y, a.y));
}

// conj(a) / norm(a); 0 for 0.
fn qm31_inverse(a: vec4u) -> vec4u {
  return qm31_mul_cm31(qm31_conj(a), cm31_inverse(qm31_norm(a)));
}
