// import lib/bits
// import lib/m31_factor
// ood_dot for software adapters: basis elements are prepared once for four columns, and few threads share a reduction.

struct Params { rows: u32, chunks: u32, columns: u32, offset: u32, stride: u32, out_offset: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> basis: array<vec4u>;
@group(0) @binding(2) var<storage, read> coefficients: array<u32>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec4u>;

// Column k of the four in words 16k .. 16k + 15.
var<workgroup> sums: array<vec4u, 64>;

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = linear_group(group, groups);
  if (chunk >= params.chunks) {
    return;
  }
  // Columns past the last repeat it and are not written.
  let last = params.columns - 1u;
  let first = group.z * 4u;
  let columns = min(vec4u(first, first + 1u, first + 2u, first + 3u), vec4u(last));
  let base = vec4u(params.offset) + columns * params.stride;
  var a = vec4u(0u);
  var b = vec4u(0u);
  var c = vec4u(0u);
  var d = vec4u(0u);
  let end = min(params.rows, (chunk + 1u) * 4096u);
  for (var i = chunk * 4096u + lane; i < end; i += 16u) {
    let e = factor4(basis[i]);
    a = sum4(a, times_word(coefficients[base.x + i], e));
    b = sum4(b, times_word(coefficients[base.y + i], e));
    c = sum4(c, times_word(coefficients[base.z + i], e));
    d = sum4(d, times_word(coefficients[base.w + i], e));
  }
  sums[lane] = a;
  sums[16u + lane] = b;
  sums[32u + lane] = c;
  sums[48u + lane] = d;
  workgroupBarrier();
  if (lane < 4u && first + lane <= last) {
    var sum = vec4u(0u);
    for (var k = 16u * lane; k < 16u * lane + 16u; k++) {
      sum = sum4(sum, sums[k]);
    }
    partials[params.out_offset + (first + lane) * params.chunks + chunk] = sum;
  }
}
