// import lib/m31_word
// Interpreter of word programs (prover/gpu/air/word_bytecode.ts), four rows a thread, one in each lane of a vec4u. The
// entry file declares `code`.

const NO_REGISTER = 255u;

// Registers 0 .. 95 of the four rows.
var<private> registers: array<vec4u, 96>;

fn run_constants(first: u32, count: u32) {
  for (var i = 0u; i < count; i++) {
    registers[code[first + 2u * i]] = vec4u(code[first + 2u * i + 1u]);
  }
}

fn run_light(first: u32, count: u32) {
  for (var i = 0u; i < count; i++) {
    let w = code[first + i];
    let a = registers[extractBits(w, 16u, 8u)];
    let b = registers[w >> 24u];
    // Selects, not a switch: a CPU adapter runs all cases anyway, and masks cost it more.
    var v = a + b;
    let op = w & 0xffu;
    v = select(v, a - b, vec4<bool>(op == 1u));
    v = select(v, a * b, vec4<bool>(op == 2u));
    v = select(v, a & b, vec4<bool>(op == 3u));
    v = select(v, a | b, vec4<bool>(op == 4u));
    v = select(v, a ^ b, vec4<bool>(op == 5u));
    v = select(v, a << (b & vec4u(31u)), vec4<bool>(op == 6u));
    v = select(v, a >> (b & vec4u(31u)), vec4<bool>(op == 7u));
    v = select(v, select(vec4u(0u), vec4u(1u), a == b), vec4<bool>(op == 8u));
    v = select(v, select(vec4u(0u), vec4u(1u), a < b), vec4<bool>(op == 9u));
    v = select(v, m31_add4(a, b), vec4<bool>(op == 10u));
    v = select(v, m31_sub4(a, b), vec4<bool>(op == 11u));
    v = select(v, m31_mul4(a, b), vec4<bool>(op == 12u));
    let s = (a & vec4u(P)) + (a >> vec4u(31u));
    v = select(v, min(s, s - vec4u(P)), vec4<bool>(op == 13u));
    v = select(v, select(vec4u(0xffffffffu), vec4u(0u), a == vec4u(0u)), vec4<bool>(op == 14u));
    registers[extractBits(w, 8u, 8u)] = v;
  }
}

// Lane by lane: rare, and long.
fn run_heavy(first: u32, count: u32) {
  for (var i = 0u; i < count; i++) {
    let w = code[first + i];
    let a = registers[extractBits(w, 16u, 8u)];
    let b = registers[w >> 24u];
    var v: vec4u;
    for (var lane = 0u; lane < 4u; lane++) {
      switch w & 0xffu {
        case 0u: { v[lane] = mul_high(a[lane], b[lane]); }
        case 1u: { v[lane] = div_unsigned(a[lane], b[lane]); }
        default: { v[lane] = m31_inverse(a[lane]); }
      }
    }
    registers[extractBits(w, 8u, 8u)] = v;
  }
}
