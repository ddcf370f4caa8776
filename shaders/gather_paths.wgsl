// import lib/bits
// Collects Merkle paths: digest l of path i is the sibling in the layer of 2^(layers - l) nodes on the way up from position
// i, which is a storage index of 2^log_domain, `shift` bits longer than the tree's bottom layer. Trees of columns are in
// commit order.

struct Params { paths: u32, layers: u32, shift: u32, log_domain: u32, is_commit_order: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> positions: array<u32>;
@group(0) @binding(2) var<storage, read> nodes: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4u>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = linear_group(group, groups) * 64u + lane;
  let i = t / params.layers;
  if (i >= params.paths) {
    return;
  }
  let l = t % params.layers;
  let q = positions[i];
  let commit = ((q & 1u) << (params.log_domain - 1u)) | (q >> 1u);
  let at = select(q, commit, params.is_commit_order == 1u) >> (params.shift + l);
  let node = (1u << (params.layers - l)) + (at ^ 1u);
  out[2u * t] = nodes[2u * node];
  out[2u * t + 1u] = nodes[2u * node + 1u];
}
