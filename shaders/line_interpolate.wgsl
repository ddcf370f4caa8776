// import lib/qm31
// Interpolates FRI's last word, 2^log_n values on a line, in place, and scales its first `keep` coefficients
// (src/core/fri.ts, interpolateLine). One workgroup: the word is short. `twiddles` is the inverse heap; those of layer i of
// a line of 2^m values start at 2^(m-i-1) (fri_fold).

struct Params { log_n: u32, offset: u32, keep: u32, scale: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> twiddles: array<u32>;
@group(0) @binding(2) var<storage, read_write> word: array<vec4u>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  let pairs = (1u << params.log_n) >> 1u;
  for (var layer = 0u; layer < params.log_n; layer++) {
    for (var p = lane; p < pairs; p += 256u) {
      let h = p >> layer;
      let i = params.offset + ((h << (layer + 1u)) | (p & ((1u << layer) - 1u)));
      let j = i + (1u << layer);
      let u = word[i];
      let v = word[j];
      word[i] = qm31_add(u, v);
      word[j] = qm31_mul_base(qm31_sub(u, v), twiddles[(1u << (params.log_n - layer - 1u)) + h]);
    }
    storageBarrier();
  }
  for (var i = lane; i < params.keep; i += 256u) {
    word[params.offset + i] = qm31_mul_base(word[params.offset + i], params.scale);
  }
}
