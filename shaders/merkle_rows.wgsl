// import lib/bits
// import lib/blake3
// One tree layer whose nodes absorb row words: leaves (message = row words) or nodes with injected columns (message =
// two child digests, then row words). A storage row per thread, so that loads are coalesced; with `commit_order` its node
// is the row rotated right by one bit. Blocks block_begin .. block_end - 1 of the message, so that a layer over several
// buffers takes several dispatches, with the chaining value left in the node's own place between them. `offsets` says
// where each word of row 0 is, from the dispatch's first block on.
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
  commit_order: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read_write> nodes: array<vec4u>;
@group(0) @binding(3) var<storage, read> columns: array<u32>;

fn row_words4(at: u32, row: u32) -> vec4u {
  let i = vec4u(offsets[at], offsets[at + 1u], offsets[at + 2u], offsets[at + 3u]) + vec4u(row * params.row_stride);
  return vec4u(columns[i.x], columns[i.y], columns[i.z], columns[i.w]);
}

// Words past the message's end are zero.
fn cut(words: vec4u, first: u32, count: u32) -> vec4u {
  return select(words, vec4u(0u), vec4u(first, first + 1u, first + 2u, first + 3u) >= vec4u(count));
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
  let rotated = (row >> 1u) + (row & 1u) * (params.layer >> 1u);
  let node = params.layer + select(row, rotated, params.commit_order == 1u);
  let words = params.row_words + 16u * params.has_children;
  let blocks = max(1u, (words + 15u) >> 4u);
  var cv = Digest(params.key_lo, params.key_hi);
  if (params.block_begin != 0u) {
    cv = Digest(nodes[2u * node], nodes[2u * node + 1u]);
  }
  var at = 0u;
  for (var b = params.block_begin; b < params.block_end; b++) {
    var m: Blake3Block;
    if (b == 0u && params.has_children == 1u) {
      m = Blake3Block(nodes[4u * node], nodes[4u * node + 1u], nodes[4u * node + 2u], nodes[4u * node + 3u]);
    } else {
      let count = words - 16u * b;
      m = Blake3Block(
        cut(row_words4(at, row), 0u, count),
        cut(row_words4(at + 4u, row), 4u, count),
        cut(row_words4(at + 8u, row), 8u, count),
        cut(row_words4(at + 12u, row), 12u, count),
      );
      at += 16u;
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
