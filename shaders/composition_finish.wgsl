// import lib/bits
// import lib/qm31
// Column w of the composition: out_w[i] = word w of sums[i] * inverse_vanishing[i >> log_trace].

struct Params {
  rows: u32,
  log_trace: u32,
  src_offset: u32,
  src_row: u32,
  src_word: u32,
  out_offset: u32,
  out_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> inverse_vanishing: array<u32>;
@group(0) @binding(2) var<storage, read> sums: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

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
  let s = params.src_offset + row * params.src_row + vec4u(0u, 1u, 2u, 3u) * params.src_word;
  let v = qm31_mul_base(vec4u(sums[s.x], sums[s.y], sums[s.z], sums[s.w]), inverse_vanishing[row >> params.log_trace]);
  let d = params.out_offset + row;
  out[d] = v.x;
  out[d + params.out_stride] = v.y;
  out[d + 2u * params.out_stride] = v.z;
  out[d + 3u * params.out_stride] = v.w;
}
