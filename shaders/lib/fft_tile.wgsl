// import lib/m31
// import lib/twiddles
// import lib/bits
// One pass of a circle FFT: a run of consecutive layers over tiles of 4096 words held in workgroup memory, 256 threads
// of 16 values, four layers a round. The entry file declares `twiddles` and defines `fetch(column, position)` and
// `put(column, position, value)`; lib/fft_evaluate or lib/fft_interpolate defines `butterfly_round`.
//
// Local index l (12 bits): the low `contiguous` bits are position bits 0.., the next bits are position bits
// `first_layer`.., up to `tile_log` bits in all; bits above `tile_log` number columns (small sizes share a tile).
// Active layers are local bits contiguous .. contiguous + layers - 1.

struct Params {
  log_n: u32,
  first_layer: u32,
  layers: u32,
  contiguous: u32,
  tile_log: u32,
  columns: u32,
  src_offset: u32,
  src_stride: u32,
  src_mask: u32, // position & src_mask is read: replicates coefficients of a shorter polynomial
  dst_offset: u32,
  dst_stride: u32,
  scale: u32, // 1, or 1/N in the last pass of an interpolation
  small_y: u32,
  direct_load: u32, // the first round's accesses are coalesced: skip the workgroup memory
  direct_store: u32,
}

struct Values { a: vec4u, b: vec4u, c: vec4u, d: vec4u }

// What a round needs to find its twiddles. Active layers: bit_begin <= g + bit < bit_end for group bits 0 .. 3.
struct Round { l: u32, g: u32, bit_begin: u32, bit_end: u32, tile: u32 }

var<workgroup> tile_words: array<u32, 4096>;

// Spreads the accesses of every round over the 32 banks.
fn swizzle(l: u32) -> u32 {
  return l ^ ((l >> 4u) & 31u);
}

fn swizzle4(l: vec4u) -> vec4u {
  return l ^ ((l >> vec4u(4u)) & vec4u(31u));
}

fn position(l: u32, tile: u32) -> u32 {
  let c = params.contiguous;
  let gap = params.first_layer - c;
  let local = l & ((1u << params.tile_log) - 1u);
  let low = (local & ((1u << c) - 1u)) | ((tile & ((1u << gap) - 1u)) << c);
  return low | ((local >> c) << params.first_layer) | ((tile >> gap) << (params.first_layer + params.tile_log - c));
}

fn load_word(l: u32, tile: u32, column: u32) -> u32 {
  let k = column + (l >> params.tile_log);
  if (k >= params.columns) {
    return 0u;
  }
  return fetch(k, position(l, tile));
}

fn store_word(l: u32, tile: u32, column: u32, value: u32) {
  let k = column + (l >> params.tile_log);
  if (k < params.columns) {
    put(k, position(l, tile), value);
  }
}

fn transpose(v: Values) -> Values {
  return Values(
    vec4u(v.a.x, v.b.x, v.c.x, v.d.x),
    vec4u(v.a.y, v.b.y, v.c.y, v.d.y),
    vec4u(v.a.z, v.b.z, v.c.z, v.d.z),
    vec4u(v.a.w, v.b.w, v.c.w, v.d.w),
  );
}

fn is_active(r: Round, bit: u32) -> bool {
  return r.bit_begin <= r.g + bit && r.g + bit < r.bit_end;
}

// Twiddle of the pair at group index j whose partner differs in group bit `bit`.
fn pair_twiddle(r: Round, bit: u32, j: u32) -> u32 {
  let layer = r.g + bit - params.contiguous + params.first_layer;
  let h = position(r.l | (j << r.g), r.tile) >> (layer + 1u);
  if (layer == 0u) {
    return circle_twiddle(params.log_n, h, params.small_y);
  }
  return line_twiddle(params.log_n, layer, h);
}

// Of the four pairs j, j + 4, j + 8, j + 12.
fn pair_twiddles(r: Round, bit: u32, j: u32) -> vec4u {
  return vec4u(
    pair_twiddle(r, bit, j),
    pair_twiddle(r, bit, j + 4u),
    pair_twiddle(r, bit, j + 8u),
    pair_twiddle(r, bit, j + 12u),
  );
}

fn load4(l: vec4u, tile: u32, column: u32) -> vec4u {
  return vec4u(
    load_word(l.x, tile, column),
    load_word(l.y, tile, column),
    load_word(l.z, tile, column),
    load_word(l.w, tile, column),
  );
}

fn store4(l: vec4u, tile: u32, column: u32, v: vec4u) {
  store_word(l.x, tile, column, v.x);
  store_word(l.y, tile, column, v.y);
  store_word(l.z, tile, column, v.z);
  store_word(l.w, tile, column, v.w);
}

fn tile_load4(l: vec4u) -> vec4u {
  let s = swizzle4(l);
  return vec4u(tile_words[s.x], tile_words[s.y], tile_words[s.z], tile_words[s.w]);
}

fn tile_store4(l: vec4u, v: vec4u) {
  let s = swizzle4(l);
  tile_words[s.x] = v.x;
  tile_words[s.y] = v.y;
  tile_words[s.z] = v.z;
  tile_words[s.w] = v.w;
}

fn run_tile(tile: u32, column: u32, lane: u32) {
  let rounds = (params.layers + 3u) >> 2u;
  if (params.direct_load == 0u) {
    for (var k = 0u; k < 16u; k++) {
      let l = lane + 256u * k;
      tile_words[swizzle(l)] = load_word(l, tile, column);
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < rounds; i++) {
    let begin = params.contiguous + 4u * round_number(i, rounds);
    let g = min(begin, 8u);
    let l = (lane & ((1u << g) - 1u)) | ((lane >> g) << (g + 4u));
    let end = min(begin + 4u, params.contiguous + params.layers);
    let la = vec4u(l) | (vec4u(0u, 1u, 2u, 3u) << vec4u(g));
    let lb = la | vec4u(4u << g);
    let lc = la | vec4u(8u << g);
    let ld = la | vec4u(12u << g);
    var v: Values;
    if (i == 0u && params.direct_load == 1u) {
      v = Values(
        load4(la, tile, column), load4(lb, tile, column), load4(lc, tile, column), load4(ld, tile, column),
      );
    } else {
      v = Values(tile_load4(la), tile_load4(lb), tile_load4(lc), tile_load4(ld));
    }
    v = butterfly_round(v, Round(l, g, begin, end, tile));
    if (i + 1u == rounds && params.direct_store == 1u) {
      store4(la, tile, column, v.a);
      store4(lb, tile, column, v.b);
      store4(lc, tile, column, v.c);
      store4(ld, tile, column, v.d);
    } else {
      // A round rewrites exactly the words its thread read, so one barrier, before the next round's reads, is enough.
      tile_store4(la, v.a);
      tile_store4(lb, v.b);
      tile_store4(lc, v.c);
      tile_store4(ld, v.d);
      workgroupBarrier();
    }
  }
  if (params.direct_store == 0u) {
    for (var k = 0u; k < 16u; k++) {
      let l = lane + 256u * k;
      store_word(l, tile, column, tile_words[swizzle(l)]);
    }
  }
}
