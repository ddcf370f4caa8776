// import lib/fft16
// import lib/fft16_evaluate
// A later pass of a circle FFT (evaluate) on a software adapter, in place.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> twiddles: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;

fn fetch(start: u32, position: u32) -> u32 {
  return dst[start + position];
}
