// import lib/bits
// import lib/qm31
// dst[i] += src[lift_index(i, shift)] for QM31 values; word w of row i is at offset + i * row + w * word in either buffer.

struct Params {
  rows: u32,
  shift: u32,
  src_offset: u32,
  src_row: u32,
  src_word: u32,
  dst_offset: u32,
  dst_row: u32,
  dst_word: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;

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
  let words = vec4u(0u, 1u, 2u, 3u);
  let s = params.src_offset + lift_index(row, params.shift) * params.src_row + words * params.src_word;
  let d = params.dst_offset + row * params.dst_row + words * params.dst_word;
  let sum = qm31_add(vec4u(dst[d.x], dst[d.y], dst[d.z], dst[d.w]), vec4u(src[s.x], src[s.y], src[s.z], src[s.w]));
  dst[d.x] = sum.x;
  dst[d.y] = sum.y;
  dst[d.z] = sum.z;
  dst[d.w] = sum.w;
}
