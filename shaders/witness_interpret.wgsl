// import lib/bits
// import lib/word_vm
// Fills a chip's trace columns from its records by bytecode. Padding rows become zero. A record that
// looks up a row outside of its table, or makes a column that is no field element, leaves its error code in status[0].

struct Params {
  rows: u32,
  n_rows: u32, // rows in use
  records_offset: u32, // field j of row r: records_offset + r * fields + j
  fields: u32,
  out_offset: u32, // column k at row r: out_offset + k * out_stride + r
  out_stride: u32,
  lookup_offset: u32,
  lookup_stride: u32,
  lookup_rows: u32,
  lookup_error: u32,
  value_error: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> code: array<u32>;
@group(0) @binding(2) var<storage, read> records: array<u32>;
@group(0) @binding(3) var<storage, read> lookups: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<u32>;
@group(0) @binding(5) var<storage, read_write> status: array<atomic<u32>>;

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
  let is_used = row < params.n_rows;
  let record = params.records_offset + min(row, max(params.n_rows, 1u) - 1u) * params.fields;
  var outside = 0u;
  var worst = 0u;

  var at = 1u;
  for (var segment = 0u; segment < code[0]; segment++) {
    let constants = at + 6u;
    let loads = constants + 2u * code[at];
    let gathers = loads + code[at + 1u];
    let light = gathers + code[at + 2u];
    let heavy = light + code[at + 3u];
    let stores = heavy + code[at + 4u];
    let end = stores + code[at + 5u];
    run_constants(constants, loads);
    for (var i = loads; i < gathers; i++) {
      let w = code[i];
      registers[w & 0xffu] = select(records[record + (w >> 16u)], row, extractBits(w, 8u, 8u) == 2u);
    }
    for (var i = gathers; i < light; i++) {
      let w = code[i];
      let wanted = registers[extractBits(w, 8u, 8u)];
      let found = min(wanted, max(params.lookup_rows, 1u) - 1u);
      outside |= found ^ wanted;
      registers[w & 0xffu] = lookups[params.lookup_offset + (w >> 16u) * params.lookup_stride + found];
    }
    run_light(light, heavy);
    run_heavy(heavy, stores);
    for (var i = stores; i < end; i++) {
      let w = code[i];
      let v = select(0u, registers[w & 0xffu], is_used);
      worst = max(worst, v);
      out[params.out_offset + (w >> 8u) * params.out_stride + row] = v;
    }
    at = end;
  }
  if (outside != 0u && is_used) {
    atomicMax(&status[0], params.lookup_error);
  }
  if (worst >= P) {
    atomicMax(&status[0], params.value_error);
  }
}
