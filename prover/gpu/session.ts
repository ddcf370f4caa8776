// One proof on the device. Columns, trees and FRI words stay in GPU buffers between the stages; only roots, claimed sums,
// samples, openings and nonces are read back.
//
// The transcript stays on the CPU. A proof of 2^20 rows waits for the device 11 times: trace, LogUp, composition, samples,
// four FRI roots, last layer, proof of work, openings. At 35 us a wait (Node) that is 0.4 ms, 0.2 % of the 0.2 s that such a
// proof should take on a large GPU; at 0.45 ms (Chromium) 5 ms, 2.5 %. A BLAKE3 kernel that absorbs roots and draws
// challenges would save nine of them and would need every kernel's parameters in buffers. What the CPU needs to record the
// stages is more: some 25 ms. Both are hidden by a second session on the same backend, whose work fills the gaps.
import type { ChallengeSets } from '../../src/air/evaluate.ts';
import { type ActiveChip, FIXED_TREES, type TreeName } from '../../src/air/layout.ts';
import {
  cosetVanishing,
  type ExtensionPoint,
  extensionPointDouble,
  storagePoint,
  toCommitIndex,
} from '../../src/core/circle.ts';
import type { BatchedLine } from '../../src/core/deep.ts';
import { basisFactors } from '../../src/core/fft.ts';
import { inv, type Qm31, qAt } from '../../src/core/field.ts';
import type { Digest } from '../../src/core/hash.ts';
import type { ProverSession, SegmentInput } from '../backend.ts';
import type { Form, ProgramKind } from './air/chip_kernels.ts';
import { constraintSums, logupSums } from './air/circuits.ts';
import { checkStatus, countUses, fillColumns, openCounts, placeCounts } from './air/fill.ts';
import type { FormRule } from './air/forms.ts';
import {
  type Columns,
  columnsView,
  type ExtensionRows,
  type ExtensionView,
  packedColumns,
  rowsView,
  sliceColumns,
} from './columns.ts';
import { commitFixedTree } from './fixed_trees.ts';
import { type GpuFri, openFri } from './fri.ts';
import { compositionFinish } from './kernels/composition.ts';
import { deepAccumulate, deepFinish } from './kernels/deep.ts';
import { liftAdd } from './kernels/extension.ts';
import { interpolate } from './kernels/fft.ts';
import { grind } from './kernels/grind.ts';
import { basisWords, buildBasis, evaluateAtPoint } from './kernels/ood.ts';
import { scanCyclic } from './kernels/scan.ts';
import type { TwiddleHeap } from './kernels/twiddles.ts';
import { BufferLease } from './pool.ts';
import { Recording } from './recording.ts';
import type { GpuRuntime } from './runtime.ts';
import {
  commitCoefficients,
  commitTree,
  type GpuTree,
  groupColumns,
  openTree,
  openTreeAt,
  releaseCoefficients,
  releaseValues,
  treeColumns,
} from './tree.ts';
import { treeRuns } from './tree_shape.ts';

export interface SessionOptions {
  readonly runtime: GpuRuntime;
  readonly heap: TwiddleHeap;
  readonly formOf: FormRule;
  /** Committed trees of given columns that the backend keeps. */
  readonly resident: ReadonlyMap<TreeName, GpuTree>;
  /** Most bytes of a tree in one buffer. */
  readonly treeBufferBytes: number;
}

export const openSession = async (input: SegmentInput, options: SessionOptions): Promise<ProverSession> => {
  const { runtime, heap, formOf, resident } = options;
  /** Everything that this proof holds on the device, but for what is resident. */
  const pool = new BufferLease(runtime.pool);
  const { layout, params } = input;
  const b = params.logBlowup;
  const logDomain = layout.maxLogN + b;
  const trees = new Map<TreeName, GpuTree>(resident);
  const tree = (name: TreeName): GpuTree => trees.get(name) as GpuTree;
  const activeOf = new Map(layout.active.map((a) => [a.chip.name, a]));
  const form = ({ chip, logN }: ActiveChip, kind: ProgramKind): Form => formOf(chip, 2 ** logN, kind);
  let challenges: ChallengeSets | undefined;
  let claimedSums: Qm31[] = [];
  let fri: GpuFri | undefined;

  const maxBufferBytes = options.treeBufferBytes;
  const runs = treeRuns(layout);
  const makeTree = (name: TreeName, keepValues: boolean): void => {
    const shape = { name, logRows: layout.trees[name], runs: runs[name], logBlowup: b, keepValues, maxBufferBytes };
    trees.set(name, openTree(pool, shape));
  };

  const fixedOf = ({ chip, logN, fixedOffset }: ActiveChip, kind: 'values' | 'extended'): Columns | undefined =>
    chip.fixedTree === null
      ? undefined
      : treeColumns(tree(chip.fixedTree), kind, logN, fixedOffset, chip.fixedColumns.length);
  const traceOf = ({ chip, logN, traceOffset }: ActiveChip, kind: 'values' | 'extended'): Columns =>
    treeColumns(tree('trace'), kind, logN, traceOffset, chip.columns.length);
  const logupOf = ({ chip, logN, logupOffset }: ActiveChip, kind: 'values' | 'extended'): Columns =>
    treeColumns(tree('logup'), kind, logN, logupOffset, 4 * chip.logupColumns);

  const fillTrace = (recording: Recording): { status: ReturnType<Recording['download']> } => {
    makeTree('trace', true);
    const counts = openCounts(recording, pool, (chip) => {
      const active = activeOf.get(chip.name);
      return active ? 2 ** active.logN : 0;
    });
    for (const active of layout.active) {
      const own = input.records.get(active.chip.name);
      // Released below, so that the next chip's records may take its place: uploads keep their order among dispatches.
      const records = pool.acquire(Math.max(1, own?.data.length ?? 0), 'records');
      if (own) recording.upload(records, 0, own.data);
      fillColumns(recording, {
        chip: active.chip,
        records: { buffer: records, offset: 0, nRows: own?.nRows ?? 0 },
        trace: traceOf(active, 'values'),
        fixedOf: (name) => {
          const table = layout.tables.find((t) => t.name === name);
          return table && treeColumns(tree(table.tree), 'values', table.logN, table.offset, table.count);
        },
        counts,
        form: form(active, 'witness'),
      });
      pool.release(records);
    }
    for (const active of layout.active) {
      const nRows = input.records.get(active.chip.name)?.nRows ?? 0;
      const trace = traceOf(active, 'values');
      const fixed = fixedOf(active, 'values');
      countUses(recording, { chip: active.chip, nRows, trace, fixed, counts, form: form(active, 'count') });
    }
    placeCounts(recording, counts, (chip) => {
      const active = activeOf.get(chip.name);
      return active && traceOf(active, 'values');
    });
    const status = recording.download(counts.buffer, 0, 1);
    pool.release(counts.buffer);
    return { status };
  };

  /** Lifts the sums of all heights into those of the tallest, which are returned. */
  const lifted = (recording: Recording, byHeight: ReadonlyMap<number, ExtensionView>): ExtensionView => {
    const tallest = byHeight.get(logDomain) ?? zeroRows(recording, logDomain);
    for (const [logN, view] of byHeight) {
      if (logN === logDomain) continue;
      liftAdd(recording, view, tallest);
      pool.release(view.buffer);
    }
    return tallest;
  };

  const zeroRows = (recording: Recording, logN: number): ExtensionView => {
    const words = 4 * 2 ** logN;
    const buffer = pool.acquire(words, 'lifted sums');
    recording.dispatch({
      kernel: { id: 'clear' },
      params: [words],
      bindings: [buffer],
      groups: Math.ceil(words / 256),
    });
    return rowsView({ buffer, offset: 0, logN });
  };

  /** Trees of given columns that are this proof's own. */
  const commitGiven = async (): Promise<void> => {
    const recording = new Recording();
    for (const name of FIXED_TREES.filter((n) => layout.treeNames.includes(n) && !resident.has(n))) {
      trees.set(name, commitFixedTree(recording, pool, heap, input, name, { isResident: false, maxBufferBytes }));
    }
    if (recording.ops.length > 0) await runtime.run(recording);
  };

  try {
    await commitGiven();
  } catch (error) {
    pool.releaseAll();
    throw error;
  }

  return {
    commitTrace: async () => {
      const recording = new Recording();
      const { status } = fillTrace(recording);
      const root = commitTree(recording, pool, heap, tree('trace'));
      const { words } = await runtime.run(recording);
      checkStatus(words(status)[0] as number);
      return words(root);
    },
    commitLogup: async (drawn) => {
      challenges = drawn;
      const recording = new Recording();
      makeTree('logup', false);
      const totals = pool.acquire(4 * layout.active.length, 'claimed sums');
      layout.active.forEach((active, i) => {
        const out = logupOf(active, 'values');
        const sums = packedColumns(pool.acquire(4 * 2 ** active.logN, 'row totals'), 4, active.logN);
        logupSums(recording, {
          chip: active.chip,
          trace: traceOf(active, 'values'),
          fixed: fixedOf(active, 'values'),
          params: { challenges: drawn[active.chip.scope] },
          out,
          totals: columnsView(sums),
          form: form(active, 'logup'),
        });
        const last = sliceColumns(out, out.count - 4, 4);
        scanCyclic(recording, pool, columnsView(sums), last, totals, 4 * i);
        pool.release(sums.buffer);
      });
      for (const name of layout.treeNames) if (trees.has(name) && name !== 'logup') releaseValues(pool, tree(name));
      const root = commitTree(recording, pool, heap, tree('logup'));
      const sums = recording.download(totals, 0, 4 * layout.active.length);
      pool.release(totals);
      const { words } = await runtime.run(recording);
      claimedSums = layout.active.map((_, i) => qAt(words(sums), i));
      return { root: words(root), claimedSums };
    },
    commitComposition: async (coefficients) => {
      const recording = new Recording();
      const sums = new Map<number, ExtensionView>();
      layout.active.forEach((active, i) => {
        const logN = active.logN + b;
        const known = sums.get(logN);
        const rows = known ?? columnsView(packedColumns(pool.acquire(4 * 2 ** logN, 'constraint sums'), 4, logN));
        sums.set(logN, rows);
        constraintSums(recording, {
          chip: active.chip,
          trace: traceOf(active, 'extended'),
          fixed: fixedOf(active, 'extended'),
          secure: logupOf(active, 'extended'),
          params: {
            challenges: (challenges as ChallengeSets)[active.chip.scope],
            coefficients: coefficients.slice(active.coefficientOffset),
            claimedSum: claimedSums[i] as Qm31,
            logN: active.logN,
          },
          logBlowup: b,
          sums: rows,
          overwrite: known === undefined,
          form: form(active, 'constraints'),
        });
      });
      const total = lifted(recording, sums);
      const quotient = packedColumns(pool.acquire(4 * 2 ** logDomain, 'quotient'), 4, logDomain);
      const inverses = Array.from({ length: 2 ** b }, (_, block) =>
        inv(cosetVanishing(storagePoint(block * 2 ** layout.maxLogN, logDomain)[0], layout.maxLogN)),
      );
      compositionFinish(recording, total, layout.maxLogN, inverses, quotient);
      interpolate(recording, heap, quotient, quotient);
      pool.release(total.buffer);
      makeTree('composition', false);
      const n = 2 ** layout.maxLogN;
      const halves = treeColumns(tree('composition'), 'coefficients', layout.maxLogN, 0, 8);
      for (let k = 0; k < 8; k++) {
        const from = quotient.offset + (k % 4) * quotient.stride + (k < 4 ? 0 : n);
        recording.copy(quotient.buffer, from, halves.buffer, halves.offset + k * halves.stride, n);
      }
      pool.release(quotient.buffer);
      const root = commitCoefficients(recording, pool, heap, tree('composition'));
      return (await runtime.run(recording)).words(root);
    },
    sample: async (point, previous) => {
      const recording = new Recording();
      const total = layout.shape.nSamples;
      const out = pool.acquire(4 * total, 'samples');
      const places: number[] = [];
      let next = 0;
      const sampleAt = (
        at: ExtensionPoint,
        wanted: (name: TreeName, logN: number) => { columns: Columns; places: number[] }[],
      ): void => {
        for (const logN of new Set(layout.treeNames.flatMap((name) => layout.trees[name]))) {
          const jobs = layout.treeNames.flatMap((name) => wanted(name, logN));
          if (jobs.length === 0) continue;
          const basis = pool.acquire(basisWords(logN), `basis 2^${logN}`);
          buildBasis(recording, basis, basisFactors(extensionPointDouble(at, layout.maxLogN - logN), logN));
          for (const job of jobs) {
            evaluateAtPoint(recording, pool, basis, job.columns, out, 4 * next);
            next += job.columns.count;
            places.push(...job.places);
          }
          pool.release(basis);
        }
      };
      const firstOf = new Map<TreeName, number>();
      layout.treeNames.reduce((at, name) => {
        firstOf.set(name, at);
        return at + layout.trees[name].length;
      }, 0);
      sampleAt(point, (name, logN) => {
        const first = firstOf.get(name) ?? 0;
        return tree(name)
          .groups.filter((g) => g.logN === logN)
          .map((g) => ({
            columns: groupColumns(tree(name), g, 'coefficients'),
            places: g.members.map((m) => first + m),
          }));
      });
      sampleAt(previous, (name, logN) => {
        if (name !== 'logup') return [];
        return layout.shifted.flatMap((column, i) =>
          i % 4 === 0 && layout.trees.logup[column] === logN
            ? [
                {
                  columns: treeColumns(tree('logup'), 'coefficients', logN, column, 4),
                  places: [0, 1, 2, 3].map((k) => layout.nColumns + i + k),
                },
              ]
            : [],
        );
      });
      for (const name of layout.treeNames) releaseCoefficients(pool, tree(name));
      const download = recording.download(out, 0, 4 * total);
      pool.release(out);
      const words = (await runtime.run(recording)).words(download);
      const values: Qm31[] = [];
      places.forEach((place, i) => {
        values[place] = qAt(words, i);
      });
      return values;
    },
    deep: async (points, lines, gammas) => {
      const recording = new Recording();
      const accumulate = (
        jobs: readonly { columns: Columns; gammas: readonly Qm31[] }[],
        label: string,
      ): ExtensionView => {
        const sums = new Map<number, ExtensionView>();
        for (const job of jobs) {
          const { logN } = job.columns;
          const known = sums.get(logN);
          const rows = { buffer: known?.buffer ?? pool.acquire(4 * 2 ** logN, label), offset: 0, logN };
          sums.set(logN, rowsView(rows));
          deepAccumulate(recording, job.columns, recording.constant(job.gammas.flat()), 0, rows, known === undefined);
        }
        return lifted(recording, sums);
      };
      let first = 0;
      const here = layout.treeNames.flatMap((name) => {
        const start = first;
        first += layout.trees[name].length;
        return tree(name).groups.map((g) => ({
          columns: groupColumns(tree(name), g, 'extended'),
          gammas: g.members.map((m) => gammas[start + m] as Qm31),
        }));
      });
      const before = layout.shifted.flatMap((column, i) =>
        i % 4 === 0
          ? [
              {
                columns: treeColumns(tree('logup'), 'extended', layout.trees.logup[column] as number, column, 4),
                gammas: gammas.slice(layout.nColumns + i, layout.nColumns + i + 4),
              },
            ]
          : [],
      );
      const sums = [accumulate(here, 'DEEP sums'), accumulate(before, 'DEEP sums of shifted columns')] as const;
      const samples = ([0, 1] as const).map((t) => {
        const [x, y] = points[t];
        const { a, b: constant }: BatchedLine = lines[t];
        return { x, y, a, b: constant, sums: sums[t].buffer };
      });
      const word: ExtensionRows = { buffer: pool.acquire(4 * 2 ** logDomain, 'FRI word'), offset: 0, logN: logDomain };
      deepFinish(recording, heap, samples as unknown as Parameters<typeof deepFinish>[2], word);
      for (const { buffer } of sums) pool.release(buffer);
      fri = openFri(runtime, pool, heap, word, runtime.start(recording));
    },
    commitFriLayer: (foldLog) => (fri as GpuFri).commit(foldLog),
    foldFriLayer: (alpha) => (fri as GpuFri).fold(alpha),
    lastLayer: (lastLog) => (fri as GpuFri).lastLayer(lastLog),
    grind: (state: Digest, bits) => grind(runtime, state, bits),
    open: async (positions) => {
      const recording = new Recording();
      const committed = positions.map((q) => toCommitIndex(q, logDomain)).sort((x, y) => x - y);
      const opened = layout.treeNames.map((name) => openTreeAt(recording, pool, tree(name), committed, logDomain));
      const layers = (fri as GpuFri).open(recording, positions);
      const { words } = await runtime.run(recording);
      return { trees: opened.map((read) => read(words)), fri: layers.map((read) => read(words)) };
    },
    destroy: () => {
      trees.clear();
      pool.releaseAll();
    },
  };
};
