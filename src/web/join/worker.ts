// Proves jobs of a node: whole runs, or one segment of a run whose plan the node has made.
import { expose } from 'comlink';
import { WispError } from '../../core/errors.ts';
import { presets } from '../../core/params.ts';
import { plannedSegments } from '../../host/planned_segments.ts';
import { type Device, proveRun } from '../../host/proving.ts';
import { memoryStores } from '../../host/store.ts';
import { buildProgram, loadElf, type Program } from '../../machine/index.ts';
import { recordPool } from '../../machine/worker/pool.ts';
import type { Failure } from '../worker/api.ts';
import { spawnRecordThread } from '../worker/record_threads.ts';
import { closeTier, useTier } from '../worker/tier.ts';
import type { JobProverApi, JobRequest, JoinTier } from './api.ts';

type OnStage = Parameters<JobProverApi['prove']>[1];

const tierOf = ({ backend, memory }: JoinTier): Parameters<typeof useTier>[0] => ({
  ...{ backend, memory, security: 'standard' },
});
const blobOf = (parts: readonly Uint8Array[]): Blob =>
  new Blob(parts as Uint8Array<ArrayBuffer>[], { type: 'application/octet-stream' });

/** Programs are told apart by their bytes: the next segment is mostly of the same one. */
let last: { readonly elf: Uint8Array; readonly program: Program } | undefined;
function programOf(elf: Uint8Array): Program {
  const isSame = last?.elf.length === elf.length && last.elf.every((byte, i) => byte === elf[i]);
  if (last === undefined || !isSame) last = { elf, program: buildProgram(loadElf(elf)) };
  return last.program;
}

const segments = plannedSegments((...run) => recordPool(...run, { spawn: spawnRecordThread }));

async function proveWhole(program: Program, { input }: JobRequest, device: Device, onStage: OnStage): Promise<Blob> {
  const proven = await proveRun({
    ...{ program, input, params: presets.standard, device, stores: memoryStores(), segmentSteps: undefined },
    recorder: (...run) => recordPool(...run, { spawn: spawnRecordThread }),
    onEvent: ({ stage }) => onStage(stage as Parameters<OnStage>[0]),
    onNotice: () => {},
  });
  const proof = blobOf([...proven.parts()]);
  proven.forget();
  return proof;
}

/** An error as data: what crosses by itself loses its code. */
function failureOf(error: unknown): Failure {
  closeTier();
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof WispError) return { ok: false, code: error.code, message };
  return { ok: false, code: error instanceof RangeError ? 'out_of_memory' : 'internal', message };
}

const api: JobProverApi = {
  open: async (tier) => {
    try {
      const device = await useTier(tierOf(tier));
      const { backend, adapter, segmentSteps } = device.current();
      return { ok: true, backend: backend.name, adapter, segmentSteps: segmentSteps(presets.standard) };
    } catch (error) {
      return failureOf(error);
    }
  },
  prove: async (request, onStage) => {
    try {
      const program = programOf(request.elf);
      const device = await useTier(tierOf(request));
      const { plan } = request;
      const proof =
        plan === null
          ? await proveWhole(program, request, device, onStage)
          : blobOf([await segments.prove({ ...request, program, plan, device, onStage })]);
      return { ok: true, proof };
    } catch (error) {
      return failureOf(error);
    }
  },
};

expose(api);
