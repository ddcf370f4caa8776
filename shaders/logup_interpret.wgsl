// import lib/bits
// import lib/circuit_vm
// A chip's LogUp columns by bytecode: column k is the sum, in its row, of the pairs up to k. The last sum goes to `totals`
// instead, for the running sum over the rows.

struct Params {
  rows: u32,
  pairs: u32,
  out_offset: u32, // coordinate w of column k at row r: out_offset + (4 * k + w) * out_stride + r
  out_stride: u32,
  totals_offset: u32, // coordinate w at row r: totals_offset + w * totals_stride + r
  totals_stride: u32,
  unused0: u32,
  unused1: u32,
  places: ColumnPlaces,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> code: array<u32>;
@group(0) @binding(2) var<storage, read> slots: array<vec4u>;
@group(0) @binding(3) var<storage, read> trace: array<u32>;
@group(0) @binding(4) var<storage, read> preprocessed: array<u32>;
@group(0) @binding(5) var<storage, read_write> out: array<u32>;
@group(0) @binding(6) var<storage, read_write> totals: array<u32>;

// The pairs of a segment, at most four: their denominators' norms over CM31, and products of the norms' norms.
var<private> norms: array<vec2u, 4>;
var<private> products: array<u32, 4>;

// Turns each pair's denominator into the pair's value. One inversion for all (Montgomery's trick, on base values).
fn run_pairs(first: u32, count: u32) {
  var product = 1u;
  for (var j = 0u; j < count; j++) {
    let n = qm31_norm(elements[extractBits(code[first + j], 8u, 8u)]);
    norms[j] = n;
    products[j] = product;
    product = m31_mul(product, cm31_norm(n));
  }
  var inverse = m31_inverse(product);
  for (var i = count; i > 0u; i--) {
    let j = i - 1u;
    let w = code[first + j];
    let n = norms[j];
    let scale = m31_mul(inverse, products[j]);
    inverse = m31_mul(inverse, cm31_norm(n));
    let denominator = extractBits(w, 8u, 8u);
    let value = qm31_mul(elements[w & 0x7fu], qm31_conj(elements[denominator]));
    elements[denominator] = qm31_mul_cm31(value, vec2u(m31_mul(n.x, scale), m31_mul(m31_neg(n.y), scale)));
  }
}

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
  var sum = vec4u(0u);
  var column = 0u;
  var at = 2u;
  for (var segment = 0u; segment < code[0]; segment++) {
    let loads = at + 10u;
    let constants = loads + code[at];
    let base = constants + 2u * code[at + 1u];
    let scalars = base + code[at + 2u];
    let dots = scalars + code[at + 3u];
    run_loads(loads, constants, params.places, row);
    run_constants(constants, base);
    run_base(base, scalars);
    run_params(scalars, dots);
    let adds = run_dots(dots, code[at + 5u]);
    let macbs = adds + code[at + 6u];
    let macs = macbs + code[at + 7u];
    let pairs = macs + code[at + 8u];
    let end = pairs + code[at + 9u];
    run_adds(adds, macbs);
    run_macbs(macbs, macs);
    run_macs(macs, pairs);
    run_pairs(pairs, code[at + 9u]);
    for (var i = pairs; i < end; i++) {
      let w = code[i];
      let value = elements[extractBits(w, 8u, 8u)];
      sum = select(qm31_add(sum, value), qm31_sub(sum, value), vec4<bool>((w & 0x80u) != 0u));
      let d = vec4u(params.out_offset + row) + (vec4u(4u * column) + vec4u(0u, 1u, 2u, 3u)) * params.out_stride;
      column++;
      if (column < params.pairs) {
        out[d.x] = sum.x;
        out[d.y] = sum.y;
        out[d.z] = sum.z;
        out[d.w] = sum.w;
      }
    }
    at = end;
  }
  let d = vec4u(params.totals_offset + row) + vec4u(0u, 1u, 2u, 3u) * params.totals_stride;
  totals[d.x] = sum.x;
  totals[d.y] = sum.y;
  totals[d.z] = sum.z;
  totals[d.w] = sum.w;
}
