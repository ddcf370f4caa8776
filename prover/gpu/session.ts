// One proof on the device. The device keeps the transcript too: it absorbs roots, sums and samples, does the work and draws
// every challenge itself, so that the stages of a proof follow one another without the CPU. The calls of the session only
// wait for what each stage leaves; they replay the transcript and refuse where the device drew something else.
//
// A proof is six recordings and six results that are mapped as the stages finish, while the later ones run. The device is
// idle for the CPU once, at the end. With the transcript on the CPU alone a proof of 2^20 rows under `standard` parameters
// waited 12 times, once more for each work of over six bits besides that of the queries: a wait is 35 us in Node, 0.45 ms
// in Chromium. What the CPU needs to record the stages, some 25 ms, is hidden too, all but the first stage's part.
// In exchange a thread of the device hashes the samples in order, some 500 blocks.
import type { TreeName } from '../../src/air/layout.ts';
import type { Qm31 } from '../../src/core/field.ts';
import type { Nonce } from '../../src/core/transcript.ts';
import type { ProofStart, ProverSession, SegmentInput } from '../backend.ts';
import { ProverError } from '../errors.ts';
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
  /**
   * Whether no buffer need be destroyed to make room for another. Else each stage waits for the one before it, because the
   * memory of destroyed buffers comes back only when the work that uses them is done.
   */
  readonly isRoomy: () => boolean;
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
  { runtime, isRoomy, ...options }: SessionOptions,
): Promise<ProverSession> => {
  const pool = new BufferLease(runtime.pool);
  const pipeline = openPipeline(runtime, isRoomy);
  const destroy = (): void => {
    pipeline.close();
    pool.releaseAll();
  };
  const open = () => {
    const stages = openStages(input, start, { pool, ...options });
    const given = pipeline.stage((recording) => {
      stages.given(recording);
      return () => {};
    });
    return {
      given,
      trace: pipeline.stage(stages.trace),
      logup: pipeline.stage(stages.logup),
      composition: pipeline.stage(stages.composition),
      samples: pipeline.stage(stages.samples),
      fri: pipeline.stage(stages.fri),
      queries: pipeline.stage(stages.queries),
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

  /** Of the stage that was asked for last. */
  let work: Nonce = [0, 0];
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
      const { lastLayer, nonce } = await answers.fri;
      work = nonce;
      return [...lastLayer];
    },
    // The transcript, which has the state, checks it.
    grind: async () => work,
    open: async (positions) => {
      const drawn = (await answers.fri).positions;
      agree(
        'query positions',
        [...new Set(drawn)].sort((a, b) => a - b),
        positions,
      );
      return (await answers.queries).open(drawn);
    },
    destroy,
  };
};
