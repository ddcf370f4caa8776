// import lib/bits
// import lib/merkle
// One tree layer without injected columns: each node hashes its two children (heap layout: merkle_rows).

struct Params { key_lo: vec4u, key_hi: vec4u, layer: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> nodes: array<vec4u>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_group(group, groups) * 256u + lane;
  if (i >= params.layer) {
    return;
  }
  let k = params.layer + i;
  let left = Digest(nodes[4u * k], nodes[4u * k + 1u]);
  let right = Digest(nodes[4u * k + 2u], nodes[4u * k + 3u]);
  let digest = hash_children(Digest(params.key_lo, params.key_hi), left, right);
  nodes[2u * k] = digest.lo;
  nodes[2u * k + 1u] = digest.hi;
}
