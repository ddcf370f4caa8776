// import lib/bits
// import lib/qm31
// What the challenges are to the circuits: value i is a sum of elements times base factors. The list of its terms, element
// and factor in turn, is words terms[i] .. terms[i + 1] of `terms`.

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> terms: array<u32>;
@group(0) @binding(2) var<storage, read> elements: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4u>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_group(group, groups) * 64u + lane;
  if (i >= params.count) {
    return;
  }
  var sum = vec4u(0u);
  for (var at = terms[i]; at < terms[i + 1u]; at += 2u) {
    sum = qm31_add(sum, qm31_mul_base(elements[terms[at]], terms[at + 1u]));
  }
  out[i] = sum;
}
