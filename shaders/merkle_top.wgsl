// import lib/merkle
// The layers from `layer` nodes (<= 256) up to `last` in one workgroup, none with injected columns. Digests pass from
// layer to layer through workgroup memory.

struct Params { key_lo: vec4u, key_hi: vec4u, layer: u32, last: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> nodes: array<vec4u>;

var<workgroup> below: array<vec4u, 512>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  var block: Blake3Block;
  for (var layer = params.layer; layer >= params.last; layer >>= 1u) {
    if (lane < layer) {
      if (layer == params.layer) {
        let k = 4u * (layer + lane);
        block = Blake3Block(nodes[k], nodes[k + 1u], nodes[k + 2u], nodes[k + 3u]);
      } else {
        let k = 4u * lane;
        block = Blake3Block(below[k], below[k + 1u], below[k + 2u], below[k + 3u]);
      }
    }
    workgroupBarrier();
    if (lane < layer) {
      let left = Digest(block.a, block.b);
      let digest = hash_children(Digest(params.key_lo, params.key_hi), left, Digest(block.c, block.d));
      let k = 2u * (layer + lane);
      nodes[k] = digest.lo;
      nodes[k + 1u] = digest.hi;
      below[2u * lane] = digest.lo;
      below[2u * lane + 1u] = digest.hi;
    }
    workgroupBarrier();
  }
}
