// import lib/bits
// Neighbours in coset order.

fn storage_to_coset(s: u32, n: u32) -> u32 {
  let size = 1u << n;
  let natural = bit_reverse(s, n);
  return select(2u * natural, 2u * (size - natural) - 1u, natural >= (size >> 1u));
}

// Storage index, in a domain of 2^log_size, of the row one earlier in the trace domain that is 2^log_blowup times smaller.
fn previous_row(row: u32, log_size: u32, log_blowup: u32) -> u32 {
  let size = 1u << log_size;
  let c = storage_to_coset(row, log_size) + size - (1u << log_blowup);
  return coset_to_storage(c & (size - 1u), log_size);
}
