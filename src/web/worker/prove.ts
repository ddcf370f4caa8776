// Proves in the worker, through the loop that the command line and the library use.
import { presets } from '../../core/params.ts';
import { type ProveEvent, proveRun } from '../../host/proving.ts';
import { memoryStores } from '../../host/store.ts';
import { programTables } from '../../machine/tables.ts';
import { recordPool } from '../../machine/worker/pool.ts';
import type { ProveReport, ProveRequest, ProverNews } from './api.ts';
import { programOf } from './program.ts';
import { spawnRecordThread } from './record_threads.ts';
import { proofTerms } from './terms.ts';
import { memoryOf, useTier } from './tier.ts';

/** Milliseconds between looks at the memory, where the tier leaves the thread time for them. */
const SAMPLE_MS = 200;

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;

/** Throws what `proveRun` throws. */
export async function proveHere(request: ProveRequest, onNews: (news: ProverNews) => void): Promise<ProveReport> {
  const tell = (news: WithoutTime<ProverNews>): void =>
    onNews({ ...news, at: performance.timeOrigin + performance.now() });
  const started = performance.now();
  tell({ kind: 'stage', event: { stage: 'open device' } });
  const program = programOf(request.elf);
  const device = await useTier(request);
  const params = presets[request.security];
  const { backend, adapter, segmentSteps } = device.current();
  const { threads = null } = backend as { readonly threads?: number };
  const steps = request.segmentSteps ?? segmentSteps(params);
  tell({ kind: 'opened', backend: backend.name, adapter, threads, segmentSteps: steps });

  const sample = (): void => {
    const use = memoryOf(device.current());
    if (use) tell({ kind: 'memory', ...use });
  };
  const timer = setInterval(sample, SAMPLE_MS);
  try {
    const proven = await proveRun({
      ...{ program, input: request.input, params, device, stores: memoryStores() },
      segmentSteps: request.segmentSteps,
      recorder: (...run) => recordPool(...run, { spawn: spawnRecordThread }),
      onEvent: (event: ProveEvent) => {
        tell({ kind: 'stage', event });
        sample();
      },
      onNotice: (text) => tell({ kind: 'notice', text }),
    });
    const proveMs = performance.now() - started - proven.verifyMs;
    // Parts are views of ordinary memory here, never of memory shared with threads.
    const proof = new Blob([...proven.parts()] as Uint8Array<ArrayBuffer>[], { type: 'application/octet-stream' });
    proven.forget();
    const { terms } = await proofTerms(proof, programTables(program));
    const { exitCode, journal, cycles, segments, securityBits, verifyMs, gpuBytes } = proven;
    return {
      ...{ ok: true, proof, exitCode, journal, cycles, segments, securityBits, terms, proveMs, verifyMs },
      ...{ backend: proven.backend, adapter: proven.adapter, gpuBytes },
    };
  } finally {
    clearInterval(timer);
  }
}
