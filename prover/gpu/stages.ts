// The stages of one proof as recordings. Columns, trees, FRI words and challenges stay in GPU buffers between them; each
// stage downloads what the proof has of it, and what it drew for the stage after it.
import { type ActiveChip, FIXED_TREES, type TreeName } from '../../src/air/layout.ts';
import { cosetVanishing, type ExtensionPoint, storagePoint, toCommitIndex } from '../../src/core/circle.ts';
import { inv, type Qm31, qAt } from '../../src/core/field.ts';
import type { Digest } from '../../src/core/hash.ts';
import { friLayers } from '../../src/core/params.ts';
import type { Opening } from '../../src/core/proof.ts';
import type { Nonce } from '../../src/core/transcript.ts';
import type { ProofStart, SegmentInput } from '../backend.ts';
import type { Form, ProgramKind } from './air/chip_kernels.ts';
import { constraintSlots, constraintSums, logupSlots, logupSums } from './air/circuits.ts';
import { checkStatus, countUses, fillColumns, openCounts, placeCounts } from './air/fill.ts';
import type { FormRule } from './air/forms.ts';
import { SlotTable, slotsIn } from './air/slots.ts';
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
import { commitFri, type FriLayer, openFri } from './fri.ts';
import { compositionFinish } from './kernels/composition.ts';
import { deepAccumulate, deepFinish, deepLines, LINE_WORDS } from './kernels/deep.ts';
import { liftAdd } from './kernels/extension.ts';
import { interpolate } from './kernels/fft.ts';
import { gatherInto } from './kernels/gather.ts';
import {
  basisFactorElements,
  basisWords,
  buildBasis,
  buildProducts,
  drawPoints,
  evaluateAtPoint,
  pointElement,
  pointWords,
  productWords,
  type SamplePoints,
} from './kernels/ood.ts';
import { scanCyclic } from './kernels/scan.ts';
import type { TwiddleHeap } from './kernels/twiddles.ts';
import type { Words } from './pipeline.ts';
import type { BufferLease } from './pool.ts';
import { QueryAnswers } from './queries.ts';
import type { Binding, Recording } from './recording.ts';
import { GpuTranscript } from './transcript.ts';
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

export interface StageOptions {
  /** Everything that this proof holds on the device, but for what is resident. */
  readonly pool: BufferLease;
  readonly heap: TwiddleHeap;
  readonly formOf: FormRule;
  /** Committed trees of given columns that the backend keeps. */
  readonly resident: ReadonlyMap<TreeName, GpuTree>;
  /** Most bytes of a tree in one buffer. */
  readonly treeBufferBytes: number;
}

/** What a stage did before its draw. */
interface Answer {
  readonly nonce: Nonce;
}

export interface TraceAnswer extends Answer {
  readonly root: Digest;
  readonly z: Qm31;
  readonly alpha: Qm31;
}

export interface LogupAnswer extends Answer {
  readonly root: Digest;
  readonly claimedSums: readonly Qm31[];
  readonly coefficients: readonly Qm31[];
}

export interface CompositionAnswer extends Answer {
  readonly root: Digest;
  readonly points: readonly [ExtensionPoint, ExtensionPoint];
}

export interface SamplesAnswer extends Answer {
  readonly samples: readonly Qm31[];
  readonly gammas: readonly Qm31[];
  /** x, y, A, B of both points. */
  readonly lines: readonly Qm31[];
}

export interface FriAnswer {
  readonly layers: readonly { readonly root: Digest; readonly nonce: Nonce; readonly alpha: Qm31 }[];
  readonly lastLayer: readonly Qm31[];
}

export interface QueriesAnswer extends Answer {
  /** As drawn. */
  readonly positions: readonly number[];
  readonly trees: readonly Opening[];
  readonly fri: readonly Opening[];
}

type Stage<T> = (recording: Recording) => (words: Words) => T;

/** To be recorded once each, in this order. `given` is for what an open session begins with. */
export interface Stages {
  readonly given: (recording: Recording) => void;
  readonly trace: Stage<TraceAnswer>;
  readonly logup: Stage<LogupAnswer>;
  readonly composition: Stage<CompositionAnswer>;
  readonly samples: Stage<SamplesAnswer>;
  readonly fri: Stage<FriAnswer>;
  readonly queries: Stage<QueriesAnswer>;
}

const elementsOf = (words: Uint32Array): Qm31[] => Array.from({ length: words.length / 4 }, (_, i) => qAt(words, i));

export const openStages = (input: SegmentInput, start: ProofStart, options: StageOptions): Stages => {
  const { pool, heap, formOf, resident, treeBufferBytes: maxBufferBytes } = options;
  const { layout, params } = input;
  const { grinds } = start;
  const b = params.logBlowup;
  const logDomain = layout.maxLogN + b;
  const { foldLogs, lastLog } = friLayers(params, layout.maxLogN);
  const transcript = new GpuTranscript(pool, start, layout, foldLogs.length, params.nQueries);
  const { places, elements } = transcript;
  const points: SamplePoints = { buffer: pool.acquire(pointWords(layout.maxLogN), 'points'), logN: layout.maxLogN };
  const lines = pool.acquire(LINE_WORDS, 'lines');
  const trees = new Map<TreeName, GpuTree>(resident);
  const tree = (name: TreeName): GpuTree => trees.get(name) as GpuTree;
  const activeOf = new Map(layout.active.map((a) => [a.chip.name, a]));
  const form = ({ chip, logN }: ActiveChip, kind: ProgramKind): Form => formOf(chip, 2 ** logN, kind);
  const logupPlace = ({ chip }: ActiveChip): number =>
    chip.scope === 'run' && start.runChallenges !== undefined ? places.run : places.segment;
  let layers: readonly FriLayer[] = [];

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

  /** Constraints times coefficients on every domain, lifted, divided by the vanishing polynomial, as coefficients. */
  const quotientOf = (recording: Recording): Columns => {
    const table = new SlotTable();
    const slots = layout.active.map((active, i) => {
      const { chip, logN, coefficientOffset } = active;
      const coefficients = places.coefficients + coefficientOffset;
      const constraints = { coefficients, claimedSum: places.claimedSums + i, logN };
      return constraintSlots(table, chip, form(active, 'constraints'), { logup: logupPlace(active), constraints });
    });
    const values = table.evaluate(recording, pool, elements);
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
        slots: (slots[i] ?? []).map((range) => slotsIn(values, range)),
        logBlowup: b,
        sums: rows,
        overwrite: known === undefined,
        form: form(active, 'constraints'),
      });
    });
    pool.release(values);
    const total = lifted(recording, sums);
    const quotient = packedColumns(pool.acquire(4 * 2 ** logDomain, 'quotient'), 4, logDomain);
    const inverses = Array.from({ length: 2 ** b }, (_, block) =>
      inv(cosetVanishing(storagePoint(block * 2 ** layout.maxLogN, logDomain)[0], layout.maxLogN)),
    );
    compositionFinish(recording, total, layout.maxLogN, inverses, quotient);
    interpolate(recording, heap, quotient, quotient);
    pool.release(total.buffer);
    return quotient;
  };

  /** Position of each tree's first column among the samples. */
  const firstOf = new Map<TreeName, number>();
  layout.treeNames.reduce((at, name) => {
    firstOf.set(name, at);
    return at + layout.trees[name].length;
  }, 0);

  /** Columns that are sampled together, and where their samples are in the proof's order. */
  interface SampledColumns {
    readonly tree: GpuTree;
    readonly columns: (kind: 'coefficients' | 'extended') => Columns;
    readonly logN: number;
    readonly places: readonly number[];
  }
  /** At the out-of-domain point, and at the point before it. */
  const sampled = (): readonly [readonly SampledColumns[], readonly SampledColumns[]] => [
    layout.treeNames.flatMap((name) =>
      tree(name).groups.map((group) => ({
        tree: tree(name),
        columns: (kind: 'coefficients' | 'extended') => groupColumns(tree(name), group, kind),
        logN: group.logN,
        places: group.members.map((m) => (firstOf.get(name) ?? 0) + m),
      })),
    ),
    layout.shifted.flatMap((column, i) => {
      if (i % 4 !== 0) return [];
      const logN = layout.trees.logup[column] as number;
      const columns = (kind: 'coefficients' | 'extended'): Columns => treeColumns(tree('logup'), kind, logN, column, 4);
      return [{ tree: tree('logup'), columns, logN, places: [0, 1, 2, 3].map((k) => layout.nColumns + i + k) }];
    }),
  ];

  /** The samples of all columns, in the proof's order. */
  const samplesOf = (recording: Recording): GPUBuffer => {
    const total = layout.shape.nSamples;
    const samples = pool.acquire(4 * total, 'samples');
    const unordered = pool.acquire(4 * total, 'samples by height');
    const heights = [...new Set(layout.treeNames.flatMap((name) => layout.trees[name]))];
    const jobs = sampled().flatMap((all, point) =>
      heights.flatMap((logN) => {
        const own = all.filter((job) => job.logN === logN);
        return own.length > 0 ? [{ point, logN, own }] : [];
      }),
    );
    const bases = jobs.map(({ point, logN }) => basisFactorElements(points, point, logN));
    const products = pool.acquire(productWords(bases), 'basis products');
    const firsts = buildProducts(recording, points.buffer, products, bases);
    const sourceOf: number[] = [];
    let next = 0;
    jobs.forEach(({ logN, own }, i) => {
      const basis = pool.acquire(basisWords(logN), `basis 2^${logN}`);
      buildBasis(recording, basis, products, firsts[i] as number, logN);
      for (const job of own) {
        const columns = job.columns('coefficients');
        evaluateAtPoint(recording, pool, basis, columns, unordered, 4 * next);
        for (const place of job.places) sourceOf[place] = next++;
      }
      pool.release(basis);
    });
    const source = { buffer: unordered, offset: 0, rowStep: 4, columnStep: 1, width: 4 };
    const words = recording.constant(sourceOf);
    gatherInto(recording, samples, [source], { words, count: total, shift: 0, lift: false });
    pool.release(products);
    pool.release(unordered);
    return samples;
  };

  /** The batched DEEP quotient: FRI's first word. */
  const deepWord = (recording: Recording): ExtensionRows => {
    const jobs = sampled();
    // Each job's coefficients side by side.
    const order = recording.constant(jobs.flat().flatMap((job) => job.places));
    const gammas = pool.acquire(4 * layout.shape.nSamples, 'coefficients by height');
    const source = { buffer: elements, offset: 4 * places.gammas, rowStep: 4, columnStep: 1, width: 4 };
    gatherInto(recording, gammas, [source], { words: order, count: layout.shape.nSamples, shift: 0, lift: false });
    let next = 0;
    const accumulate = (own: readonly SampledColumns[], label: string): ExtensionView => {
      const sums = new Map<number, ExtensionView>();
      for (const job of own) {
        const columns = job.columns('extended');
        const { logN } = columns;
        const known = sums.get(logN);
        const rows = { buffer: known?.buffer ?? pool.acquire(4 * 2 ** logN, label), offset: 0, logN };
        sums.set(logN, rowsView(rows));
        deepAccumulate(recording, columns, gammas, next, rows, known === undefined);
        next += columns.count;
      }
      return lifted(recording, sums);
    };
    const [here, before] = [accumulate(jobs[0], 'DEEP sums'), accumulate(jobs[1], 'DEEP sums of shifted columns')];
    const word: ExtensionRows = { buffer: pool.acquire(4 * 2 ** logDomain, 'FRI word'), offset: 0, logN: logDomain };
    const bound: Binding = { slice: lines, offset: 0, words: LINE_WORDS };
    deepFinish(recording, heap, bound, [here.buffer, before.buffer], word);
    for (const buffer of [here.buffer, before.buffer, gammas]) pool.release(buffer);
    return word;
  };

  return {
    given: (recording) => {
      transcript.begin(recording);
      for (const name of FIXED_TREES.filter((n) => layout.treeNames.includes(n) && !resident.has(n))) {
        trees.set(name, commitFixedTree(recording, pool, heap, input, name, { isResident: false, maxBufferBytes }));
      }
    },
    trace: (recording) => {
      const { status } = fillTrace(recording);
      const root = commitTree(recording, pool, heap, tree('trace'));
      const download = recording.downloadRange(root);
      transcript.absorb(recording, 'trace', root);
      const nonce = transcript.work(recording, grinds.logup);
      const drawn = transcript.drawLogup(recording);
      return (words) => {
        checkStatus(words(status)[0] as number);
        const [z, alpha] = [qAt(words(drawn), 0), qAt(words(drawn), 2)];
        return { root: words(download), nonce: nonce(words), z, alpha };
      };
    },
    logup: (recording) => {
      makeTree('logup', false);
      const table = new SlotTable();
      const slots = layout.active.map((active) =>
        logupSlots(table, active.chip, form(active, 'logup'), { logup: logupPlace(active) }),
      );
      const values = table.evaluate(recording, pool, elements);
      layout.active.forEach((active, i) => {
        const out = logupOf(active, 'values');
        const sums = packedColumns(pool.acquire(4 * 2 ** active.logN, 'row totals'), 4, active.logN);
        logupSums(recording, {
          chip: active.chip,
          trace: traceOf(active, 'values'),
          fixed: fixedOf(active, 'values'),
          slots: (slots[i] ?? []).map((range) => slotsIn(values, range)),
          out,
          totals: columnsView(sums),
          form: form(active, 'logup'),
        });
        const last = sliceColumns(out, out.count - 4, 4);
        scanCyclic(recording, pool, columnsView(sums), last, elements, 4 * (places.claimedSums + i));
        pool.release(sums.buffer);
      });
      pool.release(values);
      for (const name of layout.treeNames) if (trees.has(name) && name !== 'logup') releaseValues(pool, tree(name));
      const root = commitTree(recording, pool, heap, tree('logup'));
      const claimed = transcript.range(places.claimedSums, layout.active.length);
      const downloads = [recording.downloadRange(root), recording.downloadRange(claimed)] as const;
      transcript.absorb(recording, 'logup', root, claimed);
      const nonce = transcript.work(recording, grinds.composition);
      const drawn = transcript.drawComposition(recording, layout.nConstraints);
      return (words) => ({
        root: words(downloads[0]),
        claimedSums: elementsOf(words(downloads[1])),
        nonce: nonce(words),
        coefficients: elementsOf(words(drawn)),
      });
    },
    composition: (recording) => {
      const quotient = quotientOf(recording);
      makeTree('composition', false);
      const n = 2 ** layout.maxLogN;
      const halves = treeColumns(tree('composition'), 'coefficients', layout.maxLogN, 0, 8);
      for (let k = 0; k < 8; k++) {
        const from = quotient.offset + (k % 4) * quotient.stride + (k < 4 ? 0 : n);
        recording.copy(quotient.buffer, from, halves.buffer, halves.offset + k * halves.stride, n);
      }
      pool.release(quotient.buffer);
      const root = commitCoefficients(recording, pool, heap, tree('composition'));
      const download = recording.downloadRange(root);
      transcript.absorb(recording, 'composition', root);
      const nonce = transcript.work(recording, grinds.oods);
      drawPoints(recording, transcript.channel, points);
      const drawn = recording.download(points.buffer, 0, pointWords(layout.maxLogN));
      return (words) => {
        const at = (point: number, coordinate: number): Qm31 =>
          qAt(words(drawn), pointElement(layout.maxLogN, point, coordinate, 0));
        const point = (k: number): ExtensionPoint => [at(k, 0), at(k, 1)];
        return { root: words(download), nonce: nonce(words), points: [point(0), point(1)] };
      };
    },
    samples: (recording) => {
      const count = layout.shape.nSamples;
      const samples = samplesOf(recording);
      for (const name of layout.treeNames) releaseCoefficients(pool, tree(name));
      const range = { buffer: samples, offset: 0, words: 4 * count };
      const download = recording.downloadRange(range);
      transcript.absorb(recording, 'samples', range);
      const nonce = transcript.work(recording, grinds.deep);
      const drawn = transcript.drawDeep(recording, count);
      const { gammas } = places;
      deepLines(recording, { samples, columns: layout.nColumns, count, elements, gammas, points }, lines);
      const combined = recording.download(lines, 0, LINE_WORDS);
      pool.release(samples);
      return (words) => ({
        samples: elementsOf(words(download)),
        nonce: nonce(words),
        gammas: elementsOf(words(drawn)),
        lines: elementsOf(words(combined)),
      });
    },
    fri: (recording) => {
      const reads: ((words: Words) => FriAnswer['layers'][number])[] = [];
      const folded = commitFri(recording, pool, {
        ...{ heap, foldLogs, lastLog, elements, first: deepWord(recording) },
        challenge: (layer, root) => {
          const download = recording.downloadRange(root);
          transcript.absorb(recording, 'friLayer', root);
          const nonce = transcript.work(recording, grinds.fri[layer] ?? 0);
          const { alpha, download: drawn } = transcript.drawFold(recording, layer);
          reads.push((words) => ({ root: words(download), nonce: nonce(words), alpha: qAt(words(drawn), 0) }));
          return alpha;
        },
      });
      layers = folded.layers;
      const last = recording.downloadRange(folded.last);
      transcript.absorb(recording, 'lastLayer', folded.last);
      return (words) => ({ layers: reads.map((read) => read(words)), lastLayer: elementsOf(words(last)) });
    },
    queries: (recording) => {
      const nonce = transcript.work(recording, grinds.query);
      const drawn = transcript.drawQueries(recording, params.nQueries, logDomain);
      const queries = { words: transcript.positions, count: params.nQueries, logDomain };
      const opened = layout.treeNames.map((name) => openTreeAt(recording, pool, tree(name), queries));
      const fri = openFri(recording, pool, layers, queries);
      return (words) => {
        const positions = Array.from(words(drawn));
        const inTrees = new QueryAnswers(positions.map((q) => toCommitIndex(q, logDomain)));
        const inFri = new QueryAnswers(positions);
        return {
          ...{ nonce: nonce(words), positions },
          ...{ trees: opened.map((read) => read(words, inTrees)), fri: fri.map((read) => read(words, inFri)) },
        };
      };
    },
  };
};
