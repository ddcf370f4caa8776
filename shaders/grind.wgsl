// import lib/bits
// import lib/channel
// Proof of work on the channel's state: nonces[slot] becomes the least of itself and the nonces in base .. base + count - 1
// for which the first word of hash(key, state || nonce || 0) has its `mask` bits clear. It starts as 2^32 - 1, none. What
// lies above a nonce that was found need not be tried.

struct Params { key_lo: vec4u, key_hi: vec4u, base: u32, count: u32, mask: u32, slot: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> channel: array<u32>;
@group(0) @binding(2) var<storage, read_write> nonces: array<atomic<u32>>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // Where there are fewer threads than nonces, each takes several.
  let threads = groups.x * groups.y * groups.z * 256u;
  for (var i = linear_group(group, groups) * 256u + lane; i < params.count; i += threads) {
    let nonce = params.base + i;
    if (atomicLoad(&nonces[params.slot]) < nonce) {
      return;
    }
    let digest = hash_state(Digest(params.key_lo, params.key_hi), vec4u(nonce, 0u, 0u, 0u), 40u);
    if ((digest.lo.x & params.mask) == 0u) {
      atomicMin(&nonces[params.slot], nonce);
    }
  }
}
