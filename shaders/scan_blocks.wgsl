// import lib/scan_value
// blocks[b] = sum of block b of the values in coset order.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read_write> blocks: array<vec4u>;

var<workgroup> sums: array<vec4u, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = linear_group(group, groups);
  if (block >= params.blocks) {
    return;
  }
  var sum = vec4u(0u);
  for (var j = 0u; j < 4u; j++) {
    sum = qm31_add(sum, scan_value(1024u * block + 256u * j + lane));
  }
  sums[lane] = sum;
  for (var count = 64u; count >= 1u; count >>= 2u) {
    workgroupBarrier();
    if (lane < count) {
      let s = qm31_add(sums[lane], sums[lane + count]);
      sums[lane] = qm31_add(s, qm31_add(sums[lane + 2u * count], sums[lane + 3u * count]));
    }
  }
  if (lane == 0u) {
    blocks[block] = sums[0];
  }
}
