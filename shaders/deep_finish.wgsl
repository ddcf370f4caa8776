// import lib/bits
// import lib/qm31
// import lib/twiddles
// The DEEP quotient on the tallest domain: out(p) = sum over sample points z of (S_z(p) - (A p.y + B)) / L_z(p), where
// L_z(p) = (p.x - Re z.x) Im z.y - (p.y - Re z.y) Im z.x in CM31 for z.x = Re + Im u. One or two sample points; both
// divisions share one inversion.

struct Sample { x: vec4u, y: vec4u, a: vec4u, b: vec4u }
struct Params { log_n: u32, small_y: u32, samples: u32, out_offset: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> lines: array<Sample, 2>;
@group(0) @binding(2) var<storage, read> twiddles: array<u32>;
@group(0) @binding(3) var<storage, read> sums0: array<vec4u>;
@group(0) @binding(4) var<storage, read> sums1: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4u>;

fn denominator(s: Sample, p: vec2u) -> vec2u {
  let dx = vec2u(m31_sub(p.x, s.x.x), m31_neg(s.x.y));
  let dy = vec2u(m31_sub(p.y, s.y.x), m31_neg(s.y.y));
  let l = cm31_mul(dx, s.y.zw);
  let r = cm31_mul(dy, s.x.zw);
  return vec2u(m31_sub(l.x, r.x), m31_sub(l.y, r.y));
}

fn numerator(s: Sample, sum: vec4u, y: u32) -> vec4u {
  return qm31_sub(sum, qm31_add(qm31_mul_base(s.a, y), s.b));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_group(group, groups) * 256u + lane;
  if (row >= (1u << params.log_n)) {
    return;
  }
  let p = domain_point(params.log_n, row, params.small_y);
  let d0 = denominator(lines[0], p);
  var d1 = vec2u(1u, 0u);
  if (params.samples == 2u) {
    d1 = denominator(lines[1], p);
  }
  let inverse = cm31_inverse(cm31_mul(d0, d1));
  var q = qm31_mul_cm31(numerator(lines[0], sums0[row], p.y), cm31_mul(inverse, d1));
  if (params.samples == 2u) {
    q = qm31_add(q, qm31_mul_cm31(numerator(lines[1], sums1[row], p.y), cm31_mul(inverse, d0)));
  }
  out[params.out_offset + row] = q;
}
