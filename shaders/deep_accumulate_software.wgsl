// import lib/bits
// import lib/m31_factor
// deep_accumulate for software adapters: four rows a thread, so that a coefficient is loaded and prepared once for four.

struct Params { rows: u32, columns: u32, offset: u32, stride: u32, gamma_offset: u32, sum_offset: u32, overwrite: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gammas: array<vec4u>;
@group(0) @binding(2) var<storage, read> columns: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4u>;

fn start(at: u32) -> vec4u {
  return select(vec4u(0u), sums[at], params.overwrite == 0u);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // Rows past the last repeat it and are not written.
  let row = linear_group(group, groups) * 256u + lane;
  let rows = min(vec4u(row, row + 64u, row + 128u, row + 192u), vec4u(params.rows - 1u));
  let to = rows + vec4u(params.sum_offset);
  var a = start(to.x);
  var b = start(to.y);
  var c = start(to.z);
  var d = start(to.w);
  var at = rows + vec4u(params.offset);
  for (var k = 0u; k < params.columns; k++) {
    let gamma = factor4(gammas[params.gamma_offset + k]);
    a = sum4(a, times_word(columns[at.x], gamma));
    b = sum4(b, times_word(columns[at.y], gamma));
    c = sum4(c, times_word(columns[at.z], gamma));
    d = sum4(d, times_word(columns[at.w], gamma));
    at += vec4u(params.stride);
  }
  if (row < params.rows) {
    sums[to.x] = a;
  }
  if (row + 64u < params.rows) {
    sums[to.y] = b;
  }
  if (row + 128u < params.rows) {
    sums[to.z] = c;
  }
  if (row + 192u < params.rows) {
    sums[to.w] = d;
  }
}
