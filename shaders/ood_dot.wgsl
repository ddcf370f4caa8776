// import lib/bits
// import lib/qm31
// Partial dot products of base-field coefficient columns with the QM31 basis: 4096 rows a workgroup, four columns a z.
// partials[out_offset + column * chunks + chunk], summed by ood_sum when there is more than one chunk.

struct Params { rows: u32, chunks: u32, columns: u32, offset: u32, stride: u32, out_offset: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> basis: array<vec4u>;
@group(0) @binding(2) var<storage, read> coefficients: array<u32>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec4u>;

// Column k of the four in words 256k .. 256k + 255.
var<workgroup> sums: array<vec4u, 1024>;

@compute @workgroup_size(256)
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
  var a0 = vec4u(0u);
  var a1 = vec4u(0u);
  var a2 = vec4u(0u);
  var a3 = vec4u(0u);
  let end = min(params.rows, (chunk + 1u) * 4096u);
  for (var i = chunk * 4096u + lane; i < end; i += 256u) {
    let e = basis[i];
    a0 = qm31_add(a0, qm31_mul_base(e, coefficients[base.x + i]));
    a1 = qm31_add(a1, qm31_mul_base(e, coefficients[base.y + i]));
    a2 = qm31_add(a2, qm31_mul_base(e, coefficients[base.z + i]));
    a3 = qm31_add(a3, qm31_mul_base(e, coefficients[base.w + i]));
  }
  sums[lane] = a0;
  sums[256u + lane] = a1;
  sums[512u + lane] = a2;
  sums[768u + lane] = a3;
  // 256 -> 64 -> 16 -> 4 -> 1 per column: each step sums four neighbours, columns stay apart.
  for (var count = 256u; count >= 4u; count >>= 2u) {
    workgroupBarrier();
    var sum = vec4u(0u);
    if (lane < count) {
      let s = 4u * lane;
      sum = qm31_add(qm31_add(sums[s], sums[s + 1u]), qm31_add(sums[s + 2u], sums[s + 3u]));
    }
    workgroupBarrier();
    if (lane < count) {
      sums[lane] = sum;
    }
  }
  workgroupBarrier();
  if (lane < 4u && first + lane <= last) {
    partials[params.out_offset + (first + lane) * params.chunks + chunk] = sums[lane];
  }
}
