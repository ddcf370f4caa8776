// import lib/qm31
// The batched lines of the DEEP quotient (src/core/deep.ts, batchLines), a workgroup for each of the two points: with
// samples v_k and coefficients gamma_k, A = sum gamma_k (conj v_k - v_k) / (conj y - y), B = sum gamma_k v_k - A y.
// Writes the point and its line as deep_finish takes them: x, y, A, B.

struct Params { columns: u32, samples: u32, gamma_offset: u32, stride: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> samples: array<vec4u>;
@group(0) @binding(2) var<storage, read> elements: array<vec4u>;
@group(0) @binding(3) var<storage, read> points: array<vec4u>;
@group(0) @binding(4) var<storage, read_write> lines: array<vec4u>;

var<workgroup> slopes: array<vec4u, 256>;
var<workgroup> sums: array<vec4u, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // The first columns' samples are at the first point, the rest at the second.
  let is_first = group.x == 0u;
  let begin = select(params.columns, 0u, is_first);
  let end = select(params.samples, params.columns, is_first);
  var slope = vec4u(0u);
  var sum = vec4u(0u);
  for (var k = begin + lane; k < end; k += 256u) {
    let v = samples[k];
    let gamma = elements[params.gamma_offset + k];
    slope = qm31_add(slope, qm31_mul(gamma, qm31_sub(qm31_conj(v), v)));
    sum = qm31_add(sum, qm31_mul(gamma, v));
  }
  slopes[lane] = slope;
  sums[lane] = sum;
  for (var count = 128u; count >= 1u; count >>= 1u) {
    workgroupBarrier();
    if (lane < count) {
      slopes[lane] = qm31_add(slopes[lane], slopes[lane + count]);
      sums[lane] = qm31_add(sums[lane], sums[lane + count]);
    }
  }
  if (lane == 0u && group.x < 2u) {
    let x = points[2u * group.x * params.stride];
    let y = points[(2u * group.x + 1u) * params.stride];
    let a = qm31_mul(slopes[0], qm31_inverse(qm31_sub(qm31_conj(y), y)));
    let at = 4u * group.x;
    lines[at] = x;
    lines[at + 1u] = y;
    lines[at + 2u] = a;
    lines[at + 3u] = qm31_sub(sums[0], qm31_mul(a, y));
  }
}
