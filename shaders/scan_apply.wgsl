// import lib/scan_value
// Inclusive prefix sums in coset order, less (c + 1) * total / N so that the column is cyclic, to four columns in storage
// order. The sum before the block comes from scan_total.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read> blocks: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

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
  let first = 1024u * block + 4u * lane;
  var v: array<vec4u, 4>;
  var sum = vec4u(0u);
  for (var j = 0u; j < 4u; j++) {
    sum = qm31_add(sum, scan_value(first + j));
    v[j] = sum;
  }
  sums[lane] = sum;
  workgroupBarrier();
  for (var step = 1u; step < 256u; step <<= 1u) {
    var left = vec4u(0u);
    if (lane >= step) {
      left = sums[lane - step];
    }
    workgroupBarrier();
    sum = qm31_add(sum, left);
    sums[lane] = sum;
    workgroupBarrier();
  }
  // sum is inclusive of this thread's four; take them off again.
  let before = qm31_add(blocks[block], qm31_sub(sum, v[3]));
  let share = blocks[params.blocks];
  for (var j = 0u; j < 4u; j++) {
    let c = first + j;
    if (c < (1u << params.log_n)) {
      let value = qm31_sub(qm31_add(before, v[j]), qm31_mul_base(share, c + 1u));
      let at = params.out_offset + coset_to_storage(c, params.log_n);
      out[at] = value.x;
      out[at + params.out_stride] = value.y;
      out[at + 2u * params.out_stride] = value.z;
      out[at + 3u * params.out_stride] = value.w;
    }
  }
}
