// import lib/scan
// Value of element c in coset order; 0 past the end (a last, partial block).

fn scan_value(c: u32) -> vec4u {
  if (c >= (1u << params.log_n)) {
    return vec4u(0u);
  }
  let s = params.src_offset + coset_to_storage(c, params.log_n) * params.src_row + vec4u(0u, 1u, 2u, 3u) * params.src_word;
  return vec4u(values[s.x], values[s.y], values[s.z], values[s.w]);
}
