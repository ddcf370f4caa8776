// A whole session without a device: real recordings into a pool of pretended buffers, nothing computed. Shows what a
// proof of any size would allocate.
import '../../prover/gpu/node_device.ts'; // the flag namespaces
import type { SegmentInput } from '../../prover/backend.ts';
import type { GpuContext } from '../../prover/gpu/device.ts';
import { commitFixedTree } from '../../prover/gpu/fixed_trees.ts';
import type { TwiddleHeap } from '../../prover/gpu/kernels/twiddles.ts';
import { BufferPool, maxBindingBytes } from '../../prover/gpu/pool.ts';
import { type Download, Recording } from '../../prover/gpu/recording.ts';
import type { GpuRuntime } from '../../prover/gpu/runtime.ts';
import { openSession } from '../../prover/gpu/session.ts';
import { MAX_TREE_BUFFER_BYTES } from '../../prover/gpu/tree_shape.ts';
import { RESIDENT_TREES } from '../../prover/memory_plan.ts';
import { CHIPS } from '../../src/air/inventory.ts';
import { buildLayout, type Layout } from '../../src/air/layout.ts';
import { Q_ZERO, type Qm31 } from '../../src/core/field.ts';
import { friLayers, type ProofParams } from '../../src/core/params.ts';
import type { GrindSchedule } from '../../src/core/security.ts';

/** A layout from log2 heights by chip; the shared tables have their own. */
export const layoutOf = (heights: Readonly<Record<string, number>>): Layout =>
  buildLayout(CHIPS.map((chip) => heights[chip.name] ?? chip.tableLog ?? -1));

/** Of a session: what it begins with, and the six stages. */
const RECORDINGS = 7;

const NO_WORK = (layers: number): GrindSchedule => ({
  ...{ logup: 0, composition: 0, oods: 0, deep: 0, fri: new Array<number>(layers).fill(0), query: 0 },
});

export interface DryRun {
  readonly pool: BufferPool;
  readonly input: SegmentInput;
  /** Runs every stage of a proof with pretended challenges. */
  prove(): Promise<void>;
}

/** `nRows` of a chip's records; a full table's if absent. */
export const dryRun = (
  layout: Layout,
  params: ProofParams,
  limits: Readonly<Record<string, number>>,
  rowsOf?: (chip: string) => number,
  onRecording: (recording: Recording) => void = () => {},
): DryRun => {
  const device = {
    createBuffer: ({ size, label }: GPUBufferDescriptor) => ({ size, label, destroy: () => {} }),
  };
  const context = {
    device,
    adapter: { limits, isSoftware: false, name: 'none' },
    scoped: async (_: string, calls: () => unknown) => calls(),
  } as unknown as GpuContext;
  const pool = new BufferPool(context);
  const run = async (recording: Recording): Promise<{ words: (d: Download) => Uint32Array }> => {
    onRecording(recording);
    pool.submitted(pool.recorded());
    return { words: (d) => new Uint32Array(d.words) };
  };
  // No result is there before all recordings are: a session that waited for one would wait for ever.
  let started = 0;
  let release: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    release = resolve;
  });
  const start = async (recording: Recording) => {
    const result = run(recording);
    if (++started === RECORDINGS) release();
    return { done: all.then(() => result) };
  };
  const runtime = { context, pool, kernels: { isReady: () => false }, run, start } as unknown as GpuRuntime;
  const records = new Map(
    layout.active
      .filter(({ chip }) => chip.record.length > 0)
      .map(({ chip, logN }) => {
        const nRows = rowsOf?.(chip.name) ?? 2 ** logN;
        const fields = chip.record.length;
        return [chip.name, { nRows, fields, data: new Uint32Array(nRows * fields) }];
      }),
  );
  const input: SegmentInput = { layout, params, records, fixed: new Map() };
  const logDomain = layout.maxLogN + params.logBlowup;
  const prove = async (): Promise<void> => {
    const entries = 2 ** (logDomain - 1);
    const heap: TwiddleHeap = {
      ...{ fft: 'tiles', logN: logDomain },
      forward: pool.acquire(entries, 'twiddles'),
      inverse: pool.acquire(entries, 'inverse twiddles'),
    };
    const treeBufferBytes = Math.min(maxBindingBytes(limits), MAX_TREE_BUFFER_BYTES);
    const options = { isResident: true, maxBufferBytes: treeBufferBytes };
    const recording = new Recording();
    const resident = new Map(
      RESIDENT_TREES.filter((name) => layout.treeNames.includes(name)).map((name) => [
        name,
        commitFixedTree(recording, pool, heap, input, name, options),
      ]),
    );
    await run(recording);
    const { foldLogs, lastLog } = friLayers(params, layout.maxLogN);
    const session = await openSession(
      input,
      { state: new Uint32Array(8), grinds: NO_WORK(foldLogs.length), runChallenges: undefined },
      { runtime, heap, formOf: () => 'interpreted', resident, treeBufferBytes, hasRoom: () => true },
    );
    // All that is read back is zero, and so are the challenges.
    const q: Qm31 = Q_ZERO;
    const many = (n: number): Qm31[] => new Array<Qm31>(n).fill(q);
    await session.commitTrace();
    const challenges = { z: q, alphaPowers: many(32) };
    await session.commitLogup({ segment: challenges, run: challenges });
    await session.commitComposition(many(layout.nConstraints));
    await session.sample([q, q], [q, q]);
    const line = { a: q, b: q };
    await session.deep(
      [
        [q, q],
        [q, q],
      ],
      [line, line],
      many(layout.shape.nSamples),
    );
    for (const foldLog of foldLogs) {
      await session.commitFriLayer(foldLog);
      await session.foldFriLayer(q);
    }
    await session.lastLayer(lastLog);
    await session.open([0]);
    session.destroy();
  };
  return { pool, input, prove };
};
