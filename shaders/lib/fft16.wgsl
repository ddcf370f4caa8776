// import lib/m31_factor
// import lib/bits
// One pass of a circle FFT for software adapters: up to four consecutive layers, 16 values a thread, no workgroup memory.
// Threads go over the blocks of 16 and keep the factors for `per_thread` columns. The entry file declares `twiddles`
// (layout: lib/twiddles) and `dst` and defines `fetch(start, position)`; lib/fft16_interpolate or lib/fft16_evaluate defines
// `butterflies`. SwiftShader executes both sides of every `if`, so what varies by pass is an override constant.
//
// Value j of a thread is at position base + 2^g j. Active layers are g + 4 - ACTIVE .. g + 3; BOTTOM says that g = 0, where
// layer 0 has its own twiddles.

override ACTIVE: u32 = 4u;
override BOTTOM: bool = false;

struct Params {
  log_n: u32,
  g: u32,
  columns: u32,
  per_thread: u32,
  src_offset: u32,
  src_stride: u32,
  src_mask: u32, // position & src_mask is read: replicates coefficients of a shorter polynomial
  dst_offset: u32,
  dst_stride: u32,
  scale: u32, // of the bottom pass: 1/N, or 1 in an evaluation
}

// Values 0 .. 3, 4 .. 7, 8 .. 11, 12 .. 15; transposed: 0 4 8 12, 1 5 9 13, ...
struct Values { a: vec4u, b: vec4u, c: vec4u, d: vec4u }

// The factors of one thread. Layers 2 and 3 take values of one register by one factor, layers 0 and 1 transposed values.
struct Factors { l0ab: Factor4, l0cd: Factor4, l1: Factor4, l2ab: Factor4, l2cd: Factor4, l3: Factor4, scale: Factor4 }

fn transpose(v: Values) -> Values {
  return Values(
    vec4u(v.a.x, v.b.x, v.c.x, v.d.x),
    vec4u(v.a.y, v.b.y, v.c.y, v.d.y),
    vec4u(v.a.z, v.b.z, v.c.z, v.d.z),
    vec4u(v.a.w, v.b.w, v.c.w, v.d.w),
  );
}

fn twiddles4(at: u32, step: u32) -> Factor4 {
  return factor4(vec4u(twiddles[at], twiddles[at + step], twiddles[at + 2u * step], twiddles[at + 3u * step]));
}

fn twiddle1(at: u32) -> Factor4 {
  return splat_factor(factor4(vec4u(twiddles[at], 0u, 0u, 0u)));
}

// `high` numbers the blocks of 2^(g + 4) positions.
fn load_factors(high: u32) -> Factors {
  // Layer g + bit has its twiddles from 2^(log_n - g - bit - 1) on; a block has 2^(3 - bit) of them.
  let first = 1u << (params.log_n - params.g - 4u);
  var f: Factors;
  f.l3 = twiddle1(first + high);
  if (ACTIVE > 1u) {
    let at = 2u * (first + high);
    f.l2ab = twiddle1(at);
    f.l2cd = twiddle1(at + 1u);
  }
  if (ACTIVE > 2u) {
    f.l1 = twiddles4(4u * (first + high), 1u);
  }
  if (BOTTOM) {
    // Pairs 4k .. 4k + 3 of layer 0 take y, -y, -x, x for entries x, y of layer 1 (lib/twiddles: circle_twiddle). Pairs
    // 0, 2, 4, 6 are l0ab; the odd pairs are minus that, which `butterflies` sees to.
    let e = f.l1.w;
    f.scale = splat_factor(factor4(vec4u(params.scale, 0u, 0u, 0u)));
    f.l0ab = factor4(times4(vec4u(e.y, P - e.x, e.w, P - e.z), f.scale));
  } else if (ACTIVE > 3u) {
    let at = 8u * (first + high);
    f.l0ab = twiddles4(at, 2u);
    f.l0cd = twiddles4(at + 1u, 2u);
  }
  return f;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let thread = linear_group(group, groups) * 64u + lane;
  if (thread >= (1u << (params.log_n - 4u))) {
    return;
  }
  let s1 = 1u << params.g;
  let high = thread >> params.g;
  let base = (thread & (s1 - 1u)) + 16u * high * s1;
  let ia = vec4u(base, base + s1, base + 2u * s1, base + 3u * s1);
  let ib = ia + vec4u(4u * s1);
  let ic = ia + vec4u(8u * s1);
  let id = ia + vec4u(12u * s1);
  let f = load_factors(high);
  let begin = group.z * params.per_thread;
  let end = min(begin + params.per_thread, params.columns);
  var start = params.src_offset + begin * params.src_stride;
  var to = params.dst_offset + begin * params.dst_stride;
  for (var column = begin; column < end; column++) {
    let v = butterflies(Values(fetch4(start, ia), fetch4(start, ib), fetch4(start, ic), fetch4(start, id)), f);
    store4(to, ia, v.a);
    store4(to, ib, v.b);
    store4(to, ic, v.c);
    store4(to, id, v.d);
    start += params.src_stride;
    to += params.dst_stride;
  }
}

fn fetch4(start: u32, i: vec4u) -> vec4u {
  return vec4u(fetch(start, i.x), fetch(start, i.y), fetch(start, i.z), fetch(start, i.w));
}

fn store4(to: u32, i: vec4u, v: vec4u) {
  dst[to + i.x] = v.x;
  dst[to + i.y] = v.y;
  dst[to + i.z] = v.z;
  dst[to + i.w] = v.w;
}
