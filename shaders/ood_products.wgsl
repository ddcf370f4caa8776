// import lib/bits
// import lib/qm31
// Tables of 16 products for ood_basis: entry j of table i is the product, over the set bits b of j, of the point's
// coordinate number factors[4 i + b]; numbers past the last stand for 1.

struct Params { tables: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> factors: array<u32>;
@group(0) @binding(2) var<storage, read> points: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> products: array<vec4u>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = linear_group(group, groups) * 64u + lane;
  if (t >= 16u * params.tables) {
    return;
  }
  var product = vec4u(1u, 0u, 0u, 0u);
  for (var bit = 0u; bit < 4u; bit++) {
    let factor = factors[4u * (t >> 4u) + bit];
    if (((t >> bit) & 1u) == 1u && factor != 0xffffffffu) {
      product = qm31_mul(product, points[factor]);
    }
  }
  products[t] = product;
}
