// Proving and verifying runs of guests/rollup, for `wisp node` and `wisp worker`.
import type { ProverOptions } from '../host/library.ts';
import type { VerifyProof } from '../sequencer/jobs/leases.ts';
import type { ProveInput } from '../sequencer/jobs/worker.ts';
import { readArtefact } from '../sequencer/stf/instance.ts';
import { spawnThread } from '../sequencer/threads.ts';
import { CliError } from './errors.ts';
import type { VerifyReply } from './rollup_verify_thread.ts';

export const ROLLUP_ELF = 'rollup.elf';

export interface RollupProver {
  readonly prove: ProveInput;
  close(): void;
}

export async function openRollupProver(
  options: ProverOptions,
  onNotice: (text: string) => void,
): Promise<RollupProver> {
  const [{ openProver }, { buildProgram, loadElf }] = await Promise.all([
    import('../host/library.ts'),
    import('../machine/index.ts'),
  ]);
  const program = buildProgram(loadElf(readArtefact(ROLLUP_ELF)));
  const prover = await openProver(options);
  return {
    prove: async (input) => (await prover.prove(program, input, { onNotice })).proof,
    close: prover.close,
  };
}

/** Verifies in a thread: blocks do not wait for it. One proof at a time. */
export function rollupVerifier(): VerifyProof {
  let thread: ReturnType<typeof spawnThread> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (proof: Uint8Array): Promise<VerifyReply> =>
    new Promise((resolve, reject) => {
      thread ??= spawnThread('../cli/rollup_verify_thread');
      const worker = thread;
      worker.unref();
      const end = (): void => {
        worker.off('message', onMessage);
        worker.off('error', onError);
      };
      const onMessage = (reply: VerifyReply): void => {
        end();
        resolve(reply);
      };
      const onError = (error: unknown): void => {
        end();
        thread = undefined;
        reject(error);
      };
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.postMessage(proof);
    });
  return (proof) => {
    const answer = turn.then(() => ask(proof));
    turn = answer.catch(() => {});
    return answer.then((reply) => {
      if (!reply.ok) throw new CliError(reply.code, reply.message);
      return reply;
    });
  };
}
