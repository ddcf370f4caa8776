// import lib/blake3
// The Fiat-Shamir channel (src/core/channel.ts) as words of the storage array `channel`, which the entry file declares:
// eight of state, then the counter of draws.

// Hash of the state and `tail`, of which the first words count: `bytes` in all.
fn hash_state(key: Digest, tail: vec4u, bytes: u32) -> Digest {
  let lo = vec4u(channel[0], channel[1], channel[2], channel[3]);
  let hi = vec4u(channel[4], channel[5], channel[6], channel[7]);
  let flags = BLAKE3_KEYED_HASH | BLAKE3_CHUNK_START | BLAKE3_CHUNK_END | BLAKE3_ROOT;
  return blake3_compress(key, Blake3Block(lo, hi, tail, vec4u(0u)), bytes, flags);
}

// Words number 8 * counter .. of the stream that draws take.
fn draw_block(key: Digest, counter: u32) -> array<u32, 8> {
  let d = hash_state(key, vec4u(counter, 0u, 0u, 0u), 36u);
  return array<u32, 8>(d.lo.x, d.lo.y, d.lo.z, d.lo.w, d.hi.x, d.hi.y, d.hi.z, d.hi.w);
}
