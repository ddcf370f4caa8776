// import lib/m31_word
// Interpreter of word programs (prover/gpu/air/word_bytecode.ts), a row a thread. The entry file declares `code`.

const NO_REGISTER = 255u;

var<private> registers: array<u32, 96>;

fn run_constants(first: u32, end: u32) {
  for (var i = first; i < end; i += 2u) {
    registers[code[i]] = code[i + 1u];
  }
}

fn run_light(first: u32, end: u32) {
  for (var i = first; i < end; i++) {
    let w = code[i];
    let a = registers[extractBits(w, 16u, 8u)];
    let b = registers[w >> 24u];
    let op = w & 0xffu;
    // Selects, not a switch: a CPU adapter runs all cases anyway, and masks cost it more.
    var v = a + b;
    v = select(v, a - b, op == 1u);
    v = select(v, a * b, op == 2u);
    v = select(v, a & b, op == 3u);
    v = select(v, a | b, op == 4u);
    v = select(v, a ^ b, op == 5u);
    v = select(v, a << (b & 31u), op == 6u);
    v = select(v, a >> (b & 31u), op == 7u);
    v = select(v, u32(a == b), op == 8u);
    v = select(v, u32(a < b), op == 9u);
    v = select(v, m31_add(a, b), op == 10u);
    v = select(v, m31_sub(a, b), op == 11u);
    v = select(v, m31_mul(a, b), op == 12u);
    v = select(v, m31_reduce(a), op == 13u);
    v = select(v, select(0xffffffffu, 0u, a == 0u), op == 14u);
    registers[extractBits(w, 8u, 8u)] = v;
  }
}

// Apart because they are long.
fn run_heavy(first: u32, end: u32) {
  for (var i = first; i < end; i++) {
    let w = code[i];
    let a = registers[extractBits(w, 16u, 8u)];
    let b = registers[w >> 24u];
    var v = m31_inverse(a);
    v = select(v, mul_high(a, b), (w & 0xffu) == 0u);
    v = select(v, div_unsigned(a, b), (w & 0xffu) == 1u);
    registers[extractBits(w, 8u, 8u)] = v;
  }
}
