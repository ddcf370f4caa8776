// import lib/scan
// blocks[b] becomes the sum of all blocks before b; blocks[params.blocks] becomes total / N, and totals[total_offset] the
// total. One workgroup, each thread a run of blocks.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> blocks: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> totals: array<vec4u>;

var<workgroup> sums: array<vec4u, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  let run = (params.blocks + 255u) / 256u;
  let begin = min(params.blocks, lane * run);
  let end = min(params.blocks, begin + run);
  var sum = vec4u(0u);
  for (var b = begin; b < end; b++) {
    sum = qm31_add(sum, blocks[b]);
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    var before = vec4u(0u);
    for (var i = 0u; i < 256u; i++) {
      let s = sums[i];
      sums[i] = before;
      before = qm31_add(before, s);
    }
    blocks[params.blocks] = qm31_mul_base(before, params.inverse_n);
    totals[params.total_offset] = before;
  }
  workgroupBarrier();
  var before = sums[lane];
  for (var b = begin; b < end; b++) {
    let s = blocks[b];
    blocks[b] = before;
    before = qm31_add(before, s);
  }
}
