// A thread that plans proofs of guests/rollup.
import { parentPort } from 'node:worker_threads';
import { openBackend } from '../host/backends.ts';
import { nameThread } from '../sequencer/cpu.ts';
import { rollupProgram } from './rollup.ts';
import { planOf } from './rollup_segment.ts';

export interface PlanRequest {
  readonly input: Uint8Array;
  readonly segmentSteps: number;
}

export type PlanReply =
  | { readonly ok: true; readonly plan: Uint8Array | undefined }
  | { readonly ok: false; readonly message: string };

nameThread('plan');
const opened = Promise.all([
  rollupProgram(),
  openBackend({ backend: 'wasm', adapter: undefined, memory: undefined, threads: 1 }),
]);

parentPort?.on('message', async ({ input, segmentSteps }: PlanRequest) => {
  const reply = (answer: PlanReply): void => parentPort?.postMessage(answer);
  try {
    const [program, { backend }] = await opened;
    reply({ ok: true, plan: await planOf(program, input, segmentSteps, backend) });
  } catch (error) {
    reply({ ok: false, message: error instanceof Error ? error.message : String(error) });
  }
});
