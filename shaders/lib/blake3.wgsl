// import lib/blake3_rounds
// import lib/blake3_rotate
// The BLAKE3 compression function (BLAKE3 specification, 2.2), counter 0. The 4 x 4 state is four row vectors, so that
// a round is two vector quarter-steps with a rotation of lanes between them. `lib/blake3_rounds` and `lib/blake3_rotate` are
// chosen per adapter.

const BLAKE3_CHUNK_START: u32 = 1u;
const BLAKE3_CHUNK_END: u32 = 2u;
const BLAKE3_ROOT: u32 = 8u;
const BLAKE3_KEYED_HASH: u32 = 16u;

struct Blake3State { a: vec4u, b: vec4u, c: vec4u, d: vec4u }
struct Blake3Block { a: vec4u, b: vec4u, c: vec4u, d: vec4u }
struct Digest { lo: vec4u, hi: vec4u }

fn blake3_quarter(s: Blake3State, x: vec4u, y: vec4u) -> Blake3State {
  var a = s.a + s.b + x;
  var d = rotate16(s.d ^ a);
  var c = s.c + d;
  var b = rotate12(s.b ^ c);
  a = a + b + y;
  d = rotate8(d ^ a);
  c = c + d;
  b = rotate7(b ^ c);
  return Blake3State(a, b, c, d);
}

fn blake3_round(s: Blake3State, m: Blake3Block) -> Blake3State {
  let t = blake3_quarter(s, vec4u(m.a.xz, m.b.xz), vec4u(m.a.yw, m.b.yw));
  let diagonal = Blake3State(t.a, t.b.yzwx, t.c.zwxy, t.d.wxyz);
  let r = blake3_quarter(diagonal, vec4u(m.c.xz, m.d.xz), vec4u(m.c.yw, m.d.yw));
  return Blake3State(r.a, r.b.wxyz, r.c.zwxy, r.d.yzwx);
}

// Word order 2 6 3 10 7 0 4 13 1 11 12 5 9 14 15 8.
fn blake3_permute(m: Blake3Block) -> Blake3Block {
  return Blake3Block(
    vec4u(m.a.z, m.b.z, m.a.w, m.c.z),
    vec4u(m.b.w, m.a.x, m.b.x, m.d.y),
    vec4u(m.a.y, m.c.w, m.d.x, m.b.y),
    vec4u(m.c.y, m.d.z, m.d.w, m.c.x),
  );
}

fn blake3_compress(cv: Digest, m: Blake3Block, block_len: u32, flags: u32) -> Digest {
  let iv = vec4u(0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au);
  let s = blake3_rounds(Blake3State(cv.lo, cv.hi, iv, vec4u(0u, 0u, block_len, flags)), m);
  return Digest(s.a ^ s.c, s.b ^ s.d);
}
