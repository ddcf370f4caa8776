// import lib/bits
// import lib/qm31
// What the three scan kernels share. A block is 1024 consecutive rows in coset order, four a thread. The entry file of a
// kernel that reads the values declares `values`.

struct Params {
  log_n: u32,
  blocks: u32,
  src_offset: u32, // word w of storage row s: src_offset + s * src_row + w * src_word
  src_row: u32,
  src_word: u32,
  out_offset: u32, // column w of the result: out_offset + w * out_stride
  out_stride: u32,
  inverse_n: u32, // 1/N in M31
  total_offset: u32,
}
