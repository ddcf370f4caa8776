// import lib/fft16
// import lib/fft16_evaluate
// The first pass of a circle FFT (evaluate) on a software adapter, from one column buffer to another.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> twiddles: array<u32>;
@group(0) @binding(2) var<storage, read> src: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

fn fetch(start: u32, position: u32) -> u32 {
  return src[start + (position & params.src_mask)];
}
