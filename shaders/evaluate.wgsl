// import lib/fft_main
// import lib/fft_evaluate
// The first pass of a circle FFT (evaluate), from one column buffer to another.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> twiddles: array<u32>;
@group(0) @binding(2) var<storage, read> src: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

fn fetch(column: u32, position: u32) -> u32 {
  return src[params.src_offset + column * params.src_stride + (position & params.src_mask)];
}

fn put(column: u32, position: u32, value: u32) {
  dst[params.dst_offset + column * params.dst_stride + position] = value;
}
