// import lib/bits
// import lib/word_vm
// Counts a chip's uses of table rows by bytecode. Counter k has counters[k].y rows from word
// counters[k].x of `counts` on; a use outside of them leaves its error code in counts[0] instead.

struct Params {
  rows: u32,
  trace_offset: u32,
  trace_stride: u32,
  fixed_offset: u32,
  fixed_stride: u32,
  error: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> code: array<u32>;
@group(0) @binding(2) var<storage, read> counters: array<vec2u>;
@group(0) @binding(3) var<storage, read> trace: array<u32>;
@group(0) @binding(4) var<storage, read> preprocessed: array<u32>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_group(group, groups) * 64u + lane;
  if (row >= params.rows) {
    return;
  }
  var at = 1u;
  for (var segment = 0u; segment < code[0]; segment++) {
    let constants = at + 6u;
    let loads = constants + 2u * code[at];
    let light = loads + code[at + 1u] + code[at + 2u];
    let uses = light + code[at + 3u]; // no heavy operations here
    let end = uses + code[at + 5u];
    run_constants(constants, loads);
    for (var i = loads; i < light; i++) {
      let w = code[i];
      let is_fixed = extractBits(w, 8u, 8u) == 1u;
      // The index into the buffer that is not meant stays in bounds: its first word.
      let t = select(params.trace_offset + (w >> 16u) * params.trace_stride + row, 0u, is_fixed);
      let f = select(0u, params.fixed_offset + (w >> 16u) * params.fixed_stride + row, is_fixed);
      registers[w & 0xffu] = select(trace[t], preprocessed[f], is_fixed);
    }
    run_light(light, uses);
    for (var i = uses; i < end; i++) {
      let w = code[i];
      let when = extractBits(w, 8u, 8u);
      let condition = select(registers[min(when, 95u)], 1u, when == NO_REGISTER);
      if (registers[w & 0xffu] != 0u && condition != 0u) {
        let wanted = registers[extractBits(w, 16u, 8u)];
        let counter = counters[w >> 24u];
        if (wanted < counter.y) {
          atomicAdd(&counts[counter.x + wanted], 1u);
        } else {
          atomicMax(&counts[0], params.error);
        }
      }
    }
    at = end;
  }
}
