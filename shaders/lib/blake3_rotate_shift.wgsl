// Rotations to the right, as GPUs do them.

fn rotate16(x: vec4u) -> vec4u {
  return (x >> vec4u(16u)) | (x << vec4u(16u));
}

fn rotate12(x: vec4u) -> vec4u {
  return (x >> vec4u(12u)) | (x << vec4u(20u));
}

fn rotate8(x: vec4u) -> vec4u {
  return (x >> vec4u(8u)) | (x << vec4u(24u));
}

fn rotate7(x: vec4u) -> vec4u {
  return (x >> vec4u(7u)) | (x << vec4u(25u));
}
