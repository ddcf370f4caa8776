// import lib/bits
// import lib/qm31
// sums[row] (+)= sum over columns k of gammas[gamma_offset + k] * column_k[row]; a row a thread.

struct Params { rows: u32, columns: u32, offset: u32, stride: u32, gamma_offset: u32, sum_offset: u32, overwrite: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gammas: array<vec4u>;
@group(0) @binding(2) var<storage, read> columns: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4u>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_group(group, groups) * 256u + lane;
  if (row >= params.rows) {
    return;
  }
  var sum = vec4u(0u);
  if (params.overwrite == 0u) {
    sum = sums[params.sum_offset + row];
  }
  var at = params.offset + row;
  for (var k = 0u; k < params.columns; k++) {
    sum = qm31_add(sum, qm31_mul_base(gammas[params.gamma_offset + k], columns[at]));
    at += params.stride;
  }
  sums[params.sum_offset + row] = sum;
}
