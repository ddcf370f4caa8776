// import lib/fft_tile
// Entry point shared by the four FFT passes: tiles over x and y, columns (2^(12 - tile_log) a tile) over z.

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = linear_group(group, groups);
  if (tile >= (1u << (params.log_n - params.tile_log))) {
    return;
  }
  run_tile(tile, group.z << (12u - params.tile_log), lane);
}
