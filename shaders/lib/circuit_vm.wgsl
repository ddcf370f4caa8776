// import lib/bits
// import lib/qm31
// Interpreter of circuits (prover/gpu/air/circuit_bytecode.ts), a row a thread. The entry file declares `code`, `slots`
// (the parameters' values), `trace` and `preprocessed`.

struct ColumnPlaces {
  trace_offset: u32,
  trace_stride: u32,
  fixed_offset: u32,
  fixed_stride: u32,
}

const NONE = 255u;

// Base and extension registers.
var<private> words: array<u32, 96>;
var<private> elements: array<vec4u, 32>;

fn run_loads(first: u32, end: u32, places: ColumnPlaces, row: u32) {
  for (var i = first; i < end; i++) {
    let w = code[i];
    let is_fixed = extractBits(w, 8u, 8u) == 1u;
    // The index into the buffer that is not meant stays in bounds: its first word.
    let t = select(places.trace_offset + (w >> 16u) * places.trace_stride + row, 0u, is_fixed);
    let f = select(0u, places.fixed_offset + (w >> 16u) * places.fixed_stride + row, is_fixed);
    words[w & 0xffu] = select(trace[t], preprocessed[f], is_fixed);
  }
}

fn run_constants(first: u32, end: u32) {
  for (var i = first; i < end; i += 2u) {
    words[code[i]] = code[i + 1u];
  }
}

fn run_base(first: u32, end: u32) {
  for (var i = first; i < end; i++) {
    let w = code[i];
    let a = words[extractBits(w, 16u, 8u)];
    let b = words[w >> 24u];
    let v = select(m31_mul(a, b), m31_add(a, b), (w & 0xffu) == 0u);
    words[extractBits(w, 8u, 8u)] = select(v, m31_sub(a, b), (w & 0xffu) == 1u);
  }
}

fn run_params(first: u32, end: u32) {
  for (var i = first; i < end; i++) {
    let w = code[i];
    elements[w & 0xffu] = slots[w >> 8u];
  }
}

// The entries of this list are of different lengths: `count` of them. Returns where the list ends.
fn run_dots(first: u32, count: u32) -> u32 {
  var at = first;
  for (var i = 0u; i < count; i++) {
    let w = code[at];
    let init = extractBits(w, 8u, 8u);
    var sum = select(elements[min(init, 31u)], slots[code[at + 1u]], vec4<bool>(init == NONE));
    at += 2u;
    let end = at + (w >> 16u);
    for (; at < end; at++) {
      let term = code[at];
      sum = qm31_add(sum, qm31_mul_base(slots[term >> 16u], words[term & 0xffu]));
    }
    elements[w & 0xffu] = sum;
  }
  return at;
}

fn run_adds(first: u32, end: u32) {
  for (var i = first; i < end; i++) {
    let w = code[i];
    let x = elements[extractBits(w, 16u, 8u)];
    let y = elements[w >> 24u];
    elements[extractBits(w, 8u, 8u)] = select(qm31_add(x, y), qm31_sub(x, y), vec4<bool>((w & 0xffu) == 1u));
  }
}

// The product, plus or minus the element that the instruction names, if any.
fn plus_addend(w: u32, product: vec4u) -> vec4u {
  let a = extractBits(w, 8u, 8u);
  let addend = select(elements[min(a, 31u)], vec4u(0u), vec4<bool>(a == NONE));
  return select(qm31_add(product, addend), qm31_sub(product, addend), vec4<bool>((w & 0x80u) != 0u));
}

fn run_macbs(first: u32, end: u32) {
  for (var i = first; i < end; i++) {
    let w = code[i];
    elements[w & 0x7fu] = plus_addend(w, qm31_mul_base(elements[extractBits(w, 16u, 8u)], words[w >> 24u]));
  }
}

fn run_macs(first: u32, end: u32) {
  for (var i = first; i < end; i++) {
    let w = code[i];
    elements[w & 0x7fu] = plus_addend(w, qm31_mul(elements[extractBits(w, 16u, 8u)], elements[w >> 24u]));
  }
}
