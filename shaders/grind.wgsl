// import lib/bits
// import lib/blake3
// Tries `count` nonces from (base_lo, base_hi) on: best becomes the least i such that the first word of
// hash(key, digest || lo || hi) of nonce base + i has its `mask` bits clear. `best` starts as 2^32 - 1.

struct Params {
  key_lo: vec4u,
  key_hi: vec4u,
  digest_lo: vec4u,
  digest_hi: vec4u,
  base_lo: u32,
  base_hi: u32,
  count: u32,
  mask: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> best: atomic<u32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_group(group, groups) * 256u + lane;
  if (i >= params.count) {
    return;
  }
  let lo = params.base_lo + i;
  let hi = params.base_hi + select(0u, 1u, lo < i);
  let block = Blake3Block(params.digest_lo, params.digest_hi, vec4u(lo, hi, 0u, 0u), vec4u(0u));
  let flags = BLAKE3_KEYED_HASH | BLAKE3_CHUNK_START | BLAKE3_CHUNK_END | BLAKE3_ROOT;
  let digest = blake3_compress(Digest(params.key_lo, params.key_hi), block, 40u, flags);
  if ((digest.lo.x & params.mask) == 0u) {
    atomicMin(&best, i);
  }
}
