// import lib/bits
// import lib/qm31
// import lib/twiddles
// Folds 2^FOLD_LOG consecutive rows into one: FOLD_LOG times f'(h) = (f(2h) + f(2h+1)) + alpha (f(2h) - f(2h+1)) t(h), with
// inverse twiddles t and alpha, alpha^2, alpha^4 ... from elements[params.alpha] on. The first fold of the first layer is the
// circle fold (t = 1/y).
// A line of 2^m values is layer n - m of a domain of size 2^n; its twiddles start at 2^(m-1) whatever n is.

override FOLD_LOG: u32 = 1u;

struct Params { alpha: u32, log_length: u32, circle: u32, small_y: u32, src_offset: u32, dst_offset: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> elements: array<vec4u>;
@group(0) @binding(2) var<storage, read> twiddles: array<u32>;
@group(0) @binding(3) var<storage, read> src: array<vec4u>;
@group(0) @binding(4) var<storage, read_write> dst: array<vec4u>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_group(group, groups) * 256u + lane;
  if (row >= (1u << (params.log_length - FOLD_LOG))) {
    return;
  }
  var v: array<vec4u, 16>;
  for (var j = 0u; j < (1u << FOLD_LOG); j++) {
    v[j] = src[params.src_offset + (row << FOLD_LOG) + j];
  }
  for (var s = 0u; s < FOLD_LOG; s++) {
    let pairs = 1u << (FOLD_LOG - 1u - s);
    for (var j = 0u; j < pairs; j++) {
      let h = row * pairs + j;
      var t: u32;
      if (s == 0u && params.circle == 1u) {
        t = circle_twiddle(params.log_length, h, params.small_y);
      } else {
        t = twiddles[(1u << (params.log_length - s - 1u)) + h];
      }
      let difference = qm31_mul_base(qm31_sub(v[2u * j], v[2u * j + 1u]), t);
      v[j] = qm31_add(qm31_add(v[2u * j], v[2u * j + 1u]), qm31_mul(elements[params.alpha + s], difference));
    }
  }
  dst[params.dst_offset + row] = v[0];
}
