// Runs in the page: squares numbers on the GPU.
import { openDevice } from '../../prover/gpu/device.ts';

const KERNEL = `
@group(0) @binding(0) var<storage, read_write> values: array<u32>;
var<workgroup> tile: array<u32, 64>;
@compute @workgroup_size(64)
fn square(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  let inside = id.x < arrayLength(&values);
  if (inside) { tile[local] = values[id.x]; }
  workgroupBarrier();
  if (inside) { values[id.x] = tile[local] * tile[local]; }
}`;

export async function squares(count: number): Promise<{ adapter: string; values: number[] }> {
  const context = await openDevice();
  const { device } = context;
  const module = await context.scoped('square', () => device.createShaderModule({ code: KERNEL }));
  const pipeline = await context.guard(
    'square',
    device.createComputePipelineAsync({ layout: 'auto', compute: { module } }),
  );
  const [values, readback] = await context.scoped(
    'buffers',
    () =>
      [
        device.createBuffer({
          size: count * 4,
          usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
        }),
        device.createBuffer({ size: count * 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST }),
      ] as const,
  );
  device.queue.writeBuffer(
    values,
    0,
    Uint32Array.from({ length: count }, (_, i) => i),
  );
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: values } }],
    }),
  );
  pass.dispatchWorkgroups(Math.ceil(count / 64));
  pass.end();
  encoder.copyBufferToBuffer(values, 0, readback, 0, count * 4);
  device.queue.submit([encoder.finish()]);
  await context.guard('read back', readback.mapAsync(GPUMapMode.READ));
  const result = [...new Uint32Array(readback.getMappedRange())];
  context.check();
  context.destroy();
  return { adapter: context.adapter.name, values: result };
}
