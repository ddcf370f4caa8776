// import lib/bits
// import lib/m31
// Times the multiplication in use: two chains of four products each a step and thread, so that latencies overlap.

struct Params { threads: u32, steps: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_group(group, groups) * 256u + lane;
  if (i >= params.threads) {
    return;
  }
  var a = vec4u(i + 2u, i + 3u, i + 5u, i + 7u);
  var b = vec4u(i + 11u, i + 13u, i + 17u, i + 19u);
  for (var k = 0u; k < params.steps; k++) {
    a = m31_mul4(a, b.yzwx);
    b = m31_mul4(b, a.wxyz);
  }
  out[i] = a.x ^ b.x ^ a.y ^ b.y ^ a.z ^ b.z ^ a.w ^ b.w;
}
