// import lib/blake3
// Mixes a message of two parts into the channel (lib/channel): state = hash(key, state || label || length || message). The
// blocks follow one another, so one thread hashes; the others fetch 64 blocks at a time for it.

struct Params {
  key_lo: vec4u,
  key_hi: vec4u,
  label: u32,
  first_offset: u32,
  first_words: u32,
  second_offset: u32,
  second_words: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> first: array<u32>;
@group(0) @binding(2) var<storage, read> second: array<u32>;
@group(0) @binding(3) var<storage, read_write> channel: array<u32>;

var<workgroup> tile: array<u32, 1024>;

// Word i of what is hashed, 0 past its end.
fn input_word(i: u32) -> u32 {
  if (i < 8u) {
    return channel[i];
  }
  if (i < 10u) {
    return select(params.first_words + params.second_words, params.label, i == 8u);
  }
  let k = i - 10u;
  if (k < params.first_words) {
    return first[params.first_offset + k];
  }
  if (k < params.first_words + params.second_words) {
    return second[params.second_offset + k - params.first_words];
  }
  return 0u;
}

fn tile_vector(at: u32) -> vec4u {
  return vec4u(tile[at], tile[at + 1u], tile[at + 2u], tile[at + 3u]);
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  let words = 10u + params.first_words + params.second_words;
  let blocks = (words + 15u) / 16u;
  var state = Digest(params.key_lo, params.key_hi);
  for (var begin = 0u; begin < blocks; begin += 64u) {
    for (var k = lane; k < 1024u; k += 256u) {
      tile[k] = input_word(16u * begin + k);
    }
    workgroupBarrier();
    if (lane == 0u) {
      let end = min(blocks, begin + 64u);
      for (var b = begin; b < end; b++) {
        let at = 16u * (b - begin);
        let block = Blake3Block(tile_vector(at), tile_vector(at + 4u), tile_vector(at + 8u), tile_vector(at + 12u));
        var flags = BLAKE3_KEYED_HASH;
        if (b == 0u) {
          flags |= BLAKE3_CHUNK_START;
        }
        if (b == blocks - 1u) {
          flags |= BLAKE3_CHUNK_END | BLAKE3_ROOT;
        }
        state = blake3_compress(state, block, min(64u, 4u * (words - 16u * b)), flags);
      }
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    channel[0] = state.lo.x;
    channel[1] = state.lo.y;
    channel[2] = state.lo.z;
    channel[3] = state.lo.w;
    channel[4] = state.hi.x;
    channel[5] = state.hi.y;
    channel[6] = state.hi.z;
    channel[7] = state.hi.w;
    channel[8] = 0u;
  }
}
