// import lib/qm31
// out[first ..] from the challenge a at out[challenge]: 1, a, a^2, a^3 ... or, with `squares`, a, a^2, a^4, a^8 ... The
// first power may take the challenge's own place.

struct Params { challenge: u32, first: u32, count: u32, squares: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4u>;

@compute @workgroup_size(1)
fn main() {
  let a = out[params.challenge];
  let squares = params.squares == 1u;
  var power = select(vec4u(1u, 0u, 0u, 0u), a, vec4<bool>(squares));
  for (var i = 0u; i < params.count; i++) {
    out[params.first + i] = power;
    power = qm31_mul(power, select(a, power, vec4<bool>(squares)));
  }
}
