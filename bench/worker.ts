// A process of its own for whatever touches the device: a crash of a driver then costs one part of a benchmark, and each
// part's peak memory is its own. Started by `worker_host.ts`, which says what to do.
import { readFileSync } from 'node:fs';
import { openDevice } from '../prover/gpu/device.ts';
import { runGrowth } from './growth.ts';
import { runKernels } from './kernels/suite.ts';
import { measureWasmLimits } from './kernels/wasm_limits.ts';
import { describeDevice } from './machine.ts';
import { guestPath } from './paths.ts';
import { openProver, readProgram } from './prover.ts';
import { proveWarm } from './warm.ts';
import type { Reply, Task } from './worker_host.ts';
import { WORKLOADS } from './workloads.ts';

const send = (reply: Reply): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(reply, (error: Error | null) => (error ? reject(error) : resolve()));
  });

async function perform(task: Task): Promise<void> {
  const prover = await openProver(task.choice);
  if (task.kind === 'kernels') {
    const { opened, threads } = prover;
    const { name } = opened.backend;
    prover.close();
    await send({ kind: 'backend', name, threads });
    if (name === 'gpu') await measureDevice(task);
    if (threads !== null) await send({ kind: 'limits', limits: await measureWasmLimits(threads, task.quick) });
    return;
  }
  if (task.kind === 'warm') {
    for (const [i, name] of task.workloads.entries()) {
      const workload = WORKLOADS.find((w) => w.name === name);
      if (workload === undefined) continue;
      const program = readProgram(readFileSync(guestPath(workload.guest)));
      const { proof, size } = await proveWarm(prover, program, workload.input, i === 0, task.limits);
      await send({ kind: 'warm', workload: name, proof, size });
    }
  } else {
    await send({ kind: 'segments', steps: prover.segmentSteps });
    const stopped = await runGrowth(prover, task.options, (point) => void send({ kind: 'point', point }));
    await send({ kind: 'stopped', stopped });
  }
  prover.close();
}

async function measureDevice(task: Extract<Task, { kind: 'kernels' }>): Promise<void> {
  const { adapter = 'auto', serverPreset } = task.choice;
  const context = await openDevice({ adapter, serverPreset });
  await send({ kind: 'device', device: describeDevice(context) });
  await runKernels(
    context,
    task,
    (limits) => void send({ kind: 'limits', limits }),
    (result) => void send({ kind: 'kernel', result }),
  );
  context.destroy();
}

process.once('message', (task: Task) => {
  perform(task)
    .then(() => send({ kind: 'done' }))
    .catch((error: unknown) =>
      send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
    )
    // Dawn's threads would keep the process alive.
    .finally(() => process.exit(0));
});
