// One proof on the device. The device keeps the transcript too: it absorbs roots, sums and samples, does the work and draws
// every challenge itself, so that the stages of a proof follow one another without the CPU. The calls of the session only
// wait for what each stage leaves; they replay the transcript and refuse where the device drew something else.
//
// A proof is seven recordings, one for each stage after what it begins with, and the results of a stage are mapped while
// those after it run: the device waits for the CPU in the end only. (Where memory is short it also waits before a stage
// that needs what the stages before it used.) With the transcript on the CPU a proof of 2^16 rows under `standard`
// parameters waited 11 times, one of 2^20 rows, whose LogUp challenges need work too, 12 times; at 35 us a wait in Node
// and 0.45 ms in Chromium. The CPU's part of recording the stages, some 25 ms at 2^20 rows, is hidden but for the first.
// In exchange one thread of the device hashes the samples, a chain of some 500 blocks at 2^20 rows.
import type { TreeName } from '../../src/air/layout.ts';
import type { Qm31 } from '../../src/core/field.ts';
import type { Nonce } from '../../src/core/transcript.ts';
import type { ProofStart, ProverSession, SegmentInput } from '../backend.ts';
import { ProverError } from '../errors.ts';
import type { PlannedStage } from '../memory_plan.ts';
import type { FormRule } from './air/forms.ts';
import type { TwiddleHeap } from './kernels/twiddles.ts';
import { openPipeline } from './pipeline.ts';
import { BufferLease } from './pool.ts';
import type { GpuRuntime } from './runtime.ts';
import { type FriAnswer, openStages } from './stages.ts';
import type { GpuTree } from './tree.ts';

export interface SessionOptions {
  readonly runtime: GpuRuntime;
  readonly heap: TwiddleHeap;
  readonly formOf: FormRule;
  /** Committed trees of given columns that the backend keeps. */
  readonly resident: ReadonlyMap<TreeName, GpuTree>;
  /** Most bytes of a tree in one buffer. */
  readonly treeBufferBytes: number;
  /** Whether the buffers that a stage adds to those in use have room without any being destroyed. */
  readonly hasRoom: (stage: PlannedStage, usedBytes: number) => boolean;
}

/** Throws where the device drew other values than the transcript did. */
const agree = (what: string, device: Iterable<number>, transcript: Iterable<number>): void => {
  const [drawn, expected] = [[...device], [...transcript]];
  if (drawn.length === expected.length && drawn.every((word, i) => word === expected[i])) return;
  throw new ProverError('device', `the device drew other ${what} than the transcript`);
};

/** Records all stages, each once the one before it is with the device. */
export const openSession = async (
  input: SegmentInput,
  start: ProofStart,
  { runtime, hasRoom, ...options }: SessionOptions,
): Promise<ProverSession> => {
  const pool = new BufferLease(runtime.pool);
  const pipeline = openPipeline<PlannedStage>(runtime, (stage) => hasRoom(stage, pool.usedBytes));
  const destroy = (): void => {
    pipeline.close();
    pool.releaseAll();
  };
  const open = () => {
    const stages = openStages(input, start, { pool, ...options });
    const given = pipeline.stage('open', (recording) => {
      stages.given(recording);
      return () => {};
    });
    return {
      given,
      trace: pipeline.stage('trace', stages.trace),
      logup: pipeline.stage('logup', stages.logup),
      composition: pipeline.stage('composition', stages.composition),
      samples: pipeline.stage('samples', stages.samples),
      fri: pipeline.stage('fri', stages.fri),
      queries: pipeline.stage('queries', stages.queries),
    };
  };
  let answers: ReturnType<typeof open>;
  try {
    answers = open();
    await answers.given;
  } catch (error) {
    destroy();
    throw error;
  }

  /** What shows the work before the next draw. */
  let work: Nonce = [0, 0];
  let isFolded = false;
  let layer = 0;
  const friLayer = async (at: number): Promise<FriAnswer['layers'][number]> =>
    (await answers.fri).layers[at] as FriAnswer['layers'][number];

  return {
    commitTrace: async () => {
      const { root, nonce } = await answers.trace;
      work = nonce;
      return root;
    },
    commitLogup: async ({ segment }) => {
      const { z, alpha } = await answers.trace;
      agree('LogUp challenges', [...z, ...alpha], [...segment.z, ...(segment.alphaPowers[1] as Qm31)]);
      const { root, claimedSums, nonce } = await answers.logup;
      work = nonce;
      return { root, claimedSums };
    },
    commitComposition: async (coefficients) => {
      agree('composition coefficients', (await answers.logup).coefficients.flat(), coefficients.flat());
      const { root, nonce } = await answers.composition;
      work = nonce;
      return root;
    },
    sample: async (point, previous) => {
      agree('out-of-domain points', (await answers.composition).points.flat(2), [point, previous].flat(2));
      const { samples, nonce } = await answers.samples;
      work = nonce;
      return [...samples];
    },
    deep: async (points, lines, gammas) => {
      const own = await answers.samples;
      agree('DEEP coefficients', own.gammas.flat(), gammas.flat());
      agree(
        'DEEP lines',
        own.lines.flat(),
        [0, 1].flatMap((t) => [
          ...(points[t] as (typeof points)[0]).flat(),
          ...[lines[t]?.a ?? [], lines[t]?.b ?? []].flat(),
        ]),
      );
    },
    commitFriLayer: async () => {
      const { root, nonce } = await friLayer(layer);
      work = nonce;
      return root;
    },
    foldFriLayer: async (alpha) => {
      agree('folding challenges', (await friLayer(layer)).alpha, alpha);
      layer++;
    },
    lastLayer: async () => {
      isFolded = true;
      return [...(await answers.fri).lastLayer];
    },
    // The transcript, which has the state, checks it.
    grind: async () => (isFolded ? (await answers.queries).nonce : work),
    open: async (positions) => {
      const { positions: drawn, trees, fri } = await answers.queries;
      agree(
        'query positions',
        [...new Set(drawn)].sort((a, b) => a - b),
        positions,
      );
      return { trees, fri };
    },
    destroy,
  };
};
