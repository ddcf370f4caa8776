// import lib/bits
// import lib/m31
// Builds the forward and inverse twiddle heaps (layout: lib/twiddles). Entry e of level m = 2 + floor(log2 e) is the x of
// the half-coset point (4k + 1) * gen(m + 1) with k = bit_reverse(2h, m - 1), found by double-and-add.

struct Params { entries: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> generators: array<vec2u>; // gen(k), k = 0 ... 31
@group(0) @binding(2) var<storage, read_write> forward: array<u32>;
@group(0) @binding(3) var<storage, read_write> inverse: array<u32>;

fn point_add(a: vec2u, b: vec2u) -> vec2u {
  let p = m31_mul4(a.xyxy, b.xyyx);
  return vec2u(m31_sub(p.x, p.y), m31_add(p.z, p.w));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let e = linear_group(group, groups) * 256u + lane;
  if (e >= params.entries) {
    return;
  }
  if (e == 0u) {
    forward[0] = 0u;
    inverse[0] = 0u;
    return;
  }
  let m = 2u + firstLeadingBit(e);
  let h = e - (1u << (m - 2u));
  var k = 4u * bit_reverse(2u * h, m - 1u) + 1u;
  var base = generators[m + 1u];
  var p = vec2u(1u, 0u);
  while (k != 0u) {
    if ((k & 1u) == 1u) {
      p = point_add(p, base);
    }
    base = point_add(base, base);
    k >>= 1u;
  }
  forward[e] = p.x;
  inverse[e] = m31_inverse(p.x);
}
