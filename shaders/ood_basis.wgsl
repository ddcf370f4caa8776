// import lib/bits
// import lib/qm31
// Extends the basis of the out-of-domain evaluation, basis[i] = product of factor_j over the set bits j of i, by up to four
// bits: for begin <= i < end, basis[i] = basis[i mod begin] * products[i / begin], of the 16 products of a table
// (ood_products). The first step (begin = 1) writes the products themselves.

struct Params { table: u32, log_begin: u32, end: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> products: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> basis: array<vec4u>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = linear_group(group, groups) * 256u + lane;
  let first = 16u * params.table;
  if (params.log_begin == 0u) {
    if (t < params.end) {
      basis[t] = products[first + (t & 15u)];
    }
    return;
  }
  let begin = 1u << params.log_begin;
  let i = begin + t;
  if (i < params.end) {
    basis[i] = qm31_mul(basis[i & (begin - 1u)], products[first + ((i >> params.log_begin) & 15u)]);
  }
}
