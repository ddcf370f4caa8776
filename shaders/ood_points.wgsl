// import lib/channel
// import lib/qm31
// Draws the out-of-domain point (src/core/transcript.ts, drawOodsPoints), takes the point one row before it, and doubles
// both: x of point p doubled k times at points[2 p count + k], y at points[(2 p + 1) count + k], k < count. A point with a
// coordinate in CM31 is drawn again.

struct Params { key_lo: vec4u, key_hi: vec4u, count: u32, step_x: u32, step_y: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> channel: array<u32>;
@group(0) @binding(2) var<storage, read_write> points: array<vec4u>;

fn draw_element() -> vec4u {
  var words: array<u32, 4>;
  var have = 0u;
  while (have < 4u) {
    var drawn = draw_block(Digest(params.key_lo, params.key_hi), channel[8]);
    channel[8]++;
    for (var k = 0u; k < 8u; k++) {
      let word = drawn[k] & P;
      if (word != P && have < 4u) {
        words[have] = word;
        have++;
      }
    }
  }
  return vec4u(words[0], words[1], words[2], words[3]);
}

fn is_proper(a: vec4u) -> bool {
  return any(a.zw != vec2u(0u));
}

fn write_doublings(first: u32, start_x: vec4u, start_y: vec4u) {
  var x = start_x;
  var y = start_y;
  for (var k = 0u; k < params.count; k++) {
    points[first + k] = x;
    points[first + params.count + k] = y;
    let twice = qm31_add(x, x);
    y = qm31_mul(twice, y);
    x = qm31_sub(qm31_mul(twice, x), vec4u(1u, 0u, 0u, 0u));
  }
}

@compute @workgroup_size(1)
fn main() {
  let one = vec4u(1u, 0u, 0u, 0u);
  var x: vec4u;
  var y: vec4u;
  var previous_x: vec4u;
  var previous_y: vec4u;
  // The chance of another try is some 2^-60. Out of tries, the point is as it is and the CPU will refuse it.
  for (var tries = 0u; tries < 8u; tries++) {
    let t = draw_element();
    let square = qm31_mul(t, t);
    let d = qm31_inverse(qm31_add(one, square));
    x = qm31_mul(qm31_sub(one, square), d);
    y = qm31_mul(qm31_add(t, t), d);
    previous_x = qm31_sub(qm31_mul_base(x, params.step_x), qm31_mul_base(y, params.step_y));
    previous_y = qm31_add(qm31_mul_base(x, params.step_y), qm31_mul_base(y, params.step_x));
    if (is_proper(x) && is_proper(y) && is_proper(previous_x) && is_proper(previous_y)) {
      break;
    }
  }
  write_doublings(0u, x, y);
  write_doublings(2u * params.count, previous_x, previous_y);
}
