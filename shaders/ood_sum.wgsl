// import lib/qm31
// out[out_offset + column] = sum of the column's partials (ood_dot); a workgroup a column, columns over x and y.

struct Params { chunks: u32, columns: u32, out_offset: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4u>;

var<workgroup> sums: array<vec4u, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = group.x + group.y * groups.x;
  if (column >= params.columns) {
    return;
  }
  var sum = vec4u(0u);
  for (var i = lane; i < params.chunks; i += 64u) {
    sum = qm31_add(sum, partials[column * params.chunks + i]);
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    for (var i = 1u; i < 64u; i++) {
      sum = qm31_add(sum, sums[i]);
    }
    out[params.out_offset + column] = sum;
  }
}
