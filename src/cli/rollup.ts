// Planning, proving and verifying runs of guests/rollup, for `wisp node` and `wisp worker`.
import type { ProverOptions } from '../host/library.ts';
import type { Program } from '../machine/index.ts';
import type { JobSpec, ProveJob } from '../sequencer/jobs/job.ts';
import type { VerifyProof, VerifySegments } from '../sequencer/jobs/ledger.ts';
import type { PlanRun } from '../sequencer/jobs/planner.ts';
import { readArtefact } from '../sequencer/stf/instance.ts';
import { spawnThread } from '../sequencer/threads.ts';
import { CliError } from './errors.ts';
import type { PlanReply, PlanRequest } from './rollup_plan_thread.ts';
import type { VerifyReply, VerifyRequest } from './rollup_verify_thread.ts';

export const ROLLUP_ELF = 'rollup.elf';

export interface RollupProver {
  readonly prove: ProveJob;
  /** Micro-ops of the longest segment that the memory allows. */
  readonly segmentSteps: number;
  /** The tier, and the adapter's name. */
  readonly description: string;
  close(): Promise<void>;
}

export async function rollupProgram(): Promise<Program> {
  const { buildProgram, loadElf } = await import('../machine/index.ts');
  return buildProgram(loadElf(readArtefact(ROLLUP_ELF)));
}

export async function openRollupProver(
  options: ProverOptions,
  onNotice: (text: string) => void,
): Promise<RollupProver> {
  const [{ openDevice }, { presets }, { verifyingKey }, { programTables }, { segmentProver, proveWhole }, program] =
    await Promise.all([
      import('../host/device.ts'),
      import('../core/params.ts'),
      import('../air/key.ts'),
      import('../machine/tables.ts'),
      import('./rollup_segment.ts'),
      rollupProgram(),
    ]);
  const { backend = 'auto', adapter, memory, threads } = options;
  const device = await openDevice({ backend, adapter, memory, threads });
  // The key takes its time: before a lease runs, not while.
  verifyingKey(programTables(program), presets.standard.logBlowup);
  const segments = segmentProver();
  const opened = device.current();
  return {
    prove: async (job: JobSpec, { input, plan }) => {
      if (plan === undefined || job.segment === null) return proveWhole({ program, input, device, onNotice });
      const { segment, segmentSteps } = job;
      return segments.prove({ program, input, plan, segment, segmentSteps, device, onNotice });
    },
    segmentSteps: opened.segmentSteps(presets.standard),
    description: `${opened.backend.name}${opened.adapter === null ? '' : `, ${opened.adapter}`}`,
    close: async () => {
      await segments.close();
      device.close();
    },
  };
}

/** Asks a thread one thing at a time; a thread that died is replaced for the next question. */
function asker<Request, Reply>(module: string): (request: Request) => Promise<Reply> {
  let thread: ReturnType<typeof spawnThread> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const started = (): ReturnType<typeof spawnThread> => {
    const worker = spawnThread(module);
    thread = worker;
    worker.unref();
    // Also between two questions, when no one waits for it.
    const forget = (): void => {
      if (thread === worker) thread = undefined;
    };
    worker.on('error', forget);
    worker.on('exit', forget);
    return worker;
  };
  const ask = (request: Request): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const worker = thread ?? started();
      const end = (): void => {
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
      };
      const onMessage = (reply: Reply): void => {
        end();
        resolve(reply);
      };
      const fail = (error: unknown): void => {
        end();
        reject(error);
      };
      const onError = (error: unknown): void => fail(error);
      const onExit = (): void => fail(new Error('the thread ended'));
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      worker.postMessage(request);
    });
  return (request) => {
    const answer = turn.then(() => ask(request));
    turn = answer.catch(() => {});
    return answer;
  };
}

export interface RollupVerifier {
  readonly verify: VerifyProof;
  readonly verifySegments: VerifySegments;
}

/** Verifies in a thread: blocks do not wait for it. */
export function rollupVerifier(): RollupVerifier {
  const ask = asker<VerifyRequest, VerifyReply>('../cli/rollup_verify_thread');
  const asked = async (request: VerifyRequest): Promise<Extract<VerifyReply, { readonly ok: true }>> => {
    const reply = await ask(request);
    if (!reply.ok) throw new CliError(reply.code, reply.message);
    return reply;
  };
  return {
    verify: (proof) => asked({ kind: 'whole', proof }),
    verifySegments: {
      segment: async (plan, index, proof) => (await asked({ kind: 'segment', plan, index, proof })).share,
      balance: async (plan, shares) => void (await asked({ kind: 'balance', plan, shares })),
    },
  };
}

/** Phase one, on the node's own WebAssembly tier in a thread: no worker is trusted with it. */
export function rollupPlanner(): PlanRun {
  const ask = asker<PlanRequest, PlanReply>('../cli/rollup_plan_thread');
  return async (input, segmentSteps) => {
    const reply = await ask({ input, segmentSteps });
    if (!reply.ok) throw new CliError('plan_failed', reply.message);
    return reply.plan;
  };
}
