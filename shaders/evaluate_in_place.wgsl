// import lib/fft_main
// import lib/fft_evaluate
// A later pass of a circle FFT (evaluate), in place.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> twiddles: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;

fn fetch(column: u32, position: u32) -> u32 {
  return dst[params.dst_offset + column * params.dst_stride + position];
}

fn put(column: u32, position: u32, value: u32) {
  dst[params.dst_offset + column * params.dst_stride + position] = value;
}
