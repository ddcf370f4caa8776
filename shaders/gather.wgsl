// import lib/bits
// Collects query answers: word k of row i of the answer is src[offset + index * row_step + k * column_step], at
// out_offset + i * out_stride + k. Columns of a row, values of a FRI leaf, samples in another order. The index is position i
// shifted right, or, of columns, the lift of position i by `shift` doublings.

struct Params {
  rows: u32,
  width: u32,
  offset: u32,
  row_step: u32,
  column_step: u32,
  out_offset: u32,
  out_stride: u32,
  shift: u32,
  is_lift: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> positions: array<u32>;
@group(0) @binding(2) var<storage, read> src: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = linear_group(group, groups) * 256u + lane;
  let i = t / params.width;
  if (i < params.rows) {
    let k = t % params.width;
    let q = positions[i];
    let index = select(q >> params.shift, lift_index(q, params.shift), params.is_lift == 1u);
    let at = params.offset + index * params.row_step + k * params.column_step;
    out[params.out_offset + i * params.out_stride + k] = src[at];
  }
}
