// Proves jobs of a node: whole runs, or one segment of a run whose plan the node has made.
import { expose } from 'comlink';
import { presets } from '../../core/params.ts';
import { plannedSegments } from '../../host/planned_segments.ts';
import { type Device, proveRun } from '../../host/proving.ts';
import { memoryStores } from '../../host/store.ts';
import type { Program } from '../../machine/index.ts';
import { recordPool } from '../../machine/worker/pool.ts';
import type { Failure } from '../worker/api.ts';
import { failureOf } from '../worker/failure.ts';
import { programOf } from '../worker/program.ts';
import { spawnRecordThread } from '../worker/record_threads.ts';
import { closeTier, useTier } from '../worker/tier.ts';
import type { JobProverApi, JobRequest, JoinTier } from './api.ts';

type OnStage = Parameters<JobProverApi['prove']>[1];

const tierOf = ({ backend, memory }: JoinTier): Parameters<typeof useTier>[0] => ({
  ...{ backend, memory, security: 'standard' },
});
const blobOf = (parts: readonly Uint8Array[]): Blob =>
  new Blob(parts as Uint8Array<ArrayBuffer>[], { type: 'application/octet-stream' });

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

/** The tier is not to be trusted with the next proof. */
function refusal(error: unknown): Failure {
  closeTier();
  return failureOf(error);
}

const api: JobProverApi = {
  open: async (tier) => {
    try {
      const device = await useTier(tierOf(tier));
      const { backend, adapter, segmentSteps } = device.current();
      return { ok: true, backend: backend.name, adapter, segmentSteps: segmentSteps(presets.standard) };
    } catch (error) {
      return refusal(error);
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
      return refusal(error);
    }
  },
};

expose(api);
