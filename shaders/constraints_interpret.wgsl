// import lib/coset
// import lib/circuit_vm
// Adds a chip's constraints, each times its coefficient, to the sums of its height, by bytecode.

struct Params {
  log_size: u32, // of the evaluation domain
  log_blowup: u32,
  secure_offset: u32, // coordinate w of secure column k at row r: secure_offset + (4 * k + w) * secure_stride + r
  secure_stride: u32,
  sums_offset: u32, // coordinate w at row r: sums_offset + w * sums_stride + r
  sums_stride: u32,
  overwrite: u32, // 1: the sums' old values do not count
  unused: u32,
  places: ColumnPlaces,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> code: array<u32>;
@group(0) @binding(2) var<storage, read> slots: array<vec4u>;
@group(0) @binding(3) var<storage, read> trace: array<u32>;
@group(0) @binding(4) var<storage, read> preprocessed: array<u32>;
@group(0) @binding(5) var<storage, read> secure: array<u32>;
@group(0) @binding(6) var<storage, read_write> sums: array<u32>;

fn run_secure(first: u32, end: u32, row: u32, previous: u32) {
  for (var i = first; i < end; i++) {
    let w = code[i];
    let r = params.secure_offset + select(row, previous, extractBits(w, 8u, 8u) == 1u);
    let f = vec4u(r) + (vec4u(4u * (w >> 16u)) + vec4u(0u, 1u, 2u, 3u)) * params.secure_stride;
    elements[w & 0xffu] = vec4u(secure[f.x], secure[f.y], secure[f.z], secure[f.w]);
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_group(group, groups) * 64u + lane;
  if (row >= (1u << params.log_size)) {
    return;
  }
  let previous = previous_row(row, params.log_size, params.log_blowup);
  var at = 2u;
  for (var segment = 0u; segment < code[0]; segment++) {
    let loads = at + 10u;
    let constants = loads + code[at];
    let base = constants + 2u * code[at + 1u];
    let scalars = base + code[at + 2u];
    let columns = scalars + code[at + 3u];
    let dots = columns + code[at + 4u];
    run_loads(loads, constants, params.places, row);
    run_constants(constants, base);
    run_base(base, scalars);
    run_params(scalars, columns);
    run_secure(columns, dots, row, previous);
    let adds = run_dots(dots, code[at + 5u]);
    let macbs = adds + code[at + 6u];
    let macs = macbs + code[at + 7u];
    let end = macs + code[at + 8u];
    run_adds(adds, macbs);
    run_macbs(macbs, macs);
    run_macs(macs, end);
    at = end;
  }
  let d = vec4u(params.sums_offset + row) + vec4u(0u, 1u, 2u, 3u) * params.sums_stride;
  let old = vec4u(sums[d.x], sums[d.y], sums[d.z], sums[d.w]);
  let sum = qm31_add(elements[code[1]], select(old, vec4u(0u), vec4<bool>(params.overwrite == 1u)));
  sums[d.x] = sum.x;
  sums[d.y] = sum.y;
  sums[d.z] = sum.z;
  sums[d.w] = sum.w;
}
