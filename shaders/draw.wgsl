// import lib/channel
// Draws `words` words from the channel to out[out_offset ..]: the bits of `mask` of each word of the stream, those equal to
// `rejected` skipped, and the rest of the last eight dropped. Blocks are hashed side by side as if none were rejected,
// which is so but for one in 2^28 of them; if one is, a thread starts over in order.

struct Params { key_lo: vec4u, key_hi: vec4u, words: u32, mask: u32, rejected: u32, out_offset: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> channel: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

var<workgroup> is_rejected: atomic<u32>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  let key = Digest(params.key_lo, params.key_hi);
  let counter = channel[8];
  let blocks = (params.words + 7u) / 8u;
  if (lane == 0u) {
    atomicStore(&is_rejected, 0u);
  }
  workgroupBarrier();
  for (var b = lane; b < blocks; b += 256u) {
    var drawn = draw_block(key, counter + b);
    let count = min(8u, params.words - 8u * b);
    for (var k = 0u; k < count; k++) {
      let word = drawn[k] & params.mask;
      out[params.out_offset + 8u * b + k] = word;
      if (word == params.rejected) {
        atomicStore(&is_rejected, 1u);
      }
    }
  }
  storageBarrier();
  workgroupBarrier();
  if (lane != 0u) {
    return;
  }
  if (atomicLoad(&is_rejected) == 0u) {
    channel[8] = counter + blocks;
    return;
  }
  var next = counter;
  var have = 0u;
  while (have < params.words) {
    var drawn = draw_block(key, next);
    next++;
    for (var k = 0u; k < 8u; k++) {
      let word = drawn[k] & params.mask;
      if (word != params.rejected && have < params.words) {
        out[params.out_offset + have] = word;
        have++;
      }
    }
  }
  channel[8] = next;
}
