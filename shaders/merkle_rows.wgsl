// import lib/bits
// import lib/blake3
// One tree layer whose nodes absorb row words: leaves (message = row words) or nodes with injected columns (message =
// two child digests, then row words). A node per thread; blocks block_begin .. block_end - 1 of the message, so that a
// layer over many buffers takes several dispatches, with the chaining value left in the node's own place between them.
// `table` says where each row word is: (source 0 .. 3, word offset); entries past the message have source 4 and read 0.
// Nodes are a heap: root 1, layer of 2^l nodes at 2^l, children of k at 2k and 2k + 1; two vec4u a node.

struct Params {
  key_lo: vec4u,
  key_hi: vec4u,
  layer: u32, // nodes in this layer = heap index of its first node
  has_children: u32,
  row_words: u32,
  row_stride: u32, // words from a row's word to the same word of the next row (or group of rows)
  block_begin: u32,
  block_end: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> nodes: array<vec4u>;
@group(0) @binding(3) var<storage, read> source0: array<u32>;
@group(0) @binding(4) var<storage, read> source1: array<u32>;
@group(0) @binding(5) var<storage, read> source2: array<u32>;
@group(0) @binding(6) var<storage, read> source3: array<u32>;

fn row_word(k: u32, row: u32) -> u32 {
  let entry = table[k];
  let at = entry.y + row * params.row_stride;
  switch entry.x {
    case 0u: { return source0[at]; }
    case 1u: { return source1[at]; }
    case 2u: { return source2[at]; }
    case 3u: { return source3[at]; }
    default: { return 0u; }
  }
}

fn row_words4(k: u32, row: u32) -> vec4u {
  return vec4u(row_word(k, row), row_word(k + 1u, row), row_word(k + 2u, row), row_word(k + 3u, row));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_group(group, groups) * 256u + lane;
  if (row >= params.layer) {
    return;
  }
  let node = params.layer + row;
  let words = params.row_words + 16u * params.has_children;
  let blocks = max(1u, (words + 15u) >> 4u);
  var cv = Digest(params.key_lo, params.key_hi);
  if (params.block_begin != 0u) {
    cv = Digest(nodes[2u * node], nodes[2u * node + 1u]);
  }
  for (var b = params.block_begin; b < params.block_end; b++) {
    var m: Blake3Block;
    if (b == 0u && params.has_children == 1u) {
      m = Blake3Block(nodes[4u * node], nodes[4u * node + 1u], nodes[4u * node + 2u], nodes[4u * node + 3u]);
    } else {
      let k = 16u * (b - params.has_children);
      m = Blake3Block(row_words4(k, row), row_words4(k + 4u, row), row_words4(k + 8u, row), row_words4(k + 12u, row));
    }
    var flags = BLAKE3_KEYED_HASH;
    if (b == 0u) {
      flags |= BLAKE3_CHUNK_START;
    }
    if (b + 1u == blocks) {
      flags |= BLAKE3_CHUNK_END | BLAKE3_ROOT;
    }
    cv = blake3_compress(cv, m, min(64u, 4u * (words - 16u * b)), flags);
  }
  nodes[2u * node] = cv.lo;
  nodes[2u * node + 1u] = cv.hi;
}
