/** One proof in linear memory. Only roots, sums, samples and openings leave it between the stages. */
import type { ChallengeSets } from '../../src/air/evaluate.ts';
import { type ActiveChip, FIXED_TREES, type TreeName } from '../../src/air/layout.ts';
import { cosetVanishing, type ExtensionPoint, storagePoint, toCommitIndex } from '../../src/core/circle.ts';
import { inv, type Qm31, qAt } from '../../src/core/field.ts';
import type { ProverSession, SegmentInput } from '../backend.ts';
import type { FixedTrees } from './fixed_trees.ts';
import { openFri, type WasmFri } from './fri.ts';
import { grind } from './grind.ts';
import { type Columns, columnAddress, sliceColumns } from './memory.ts';
import type { PreviousRows } from './previous_rows.ts';
import { deepSums, deepWord, evaluateColumns, liftSums, type SampleJob } from './quotients.ts';
import type { AirKernels, ChipColumns, KernelCall } from './runtime.ts';
import { extendCall } from './transforms.ts';
import {
  commitTree,
  type Form,
  groupColumns,
  openTree,
  openTreeAt,
  releaseForm,
  releaseTree,
  treeColumns,
  type WasmTree,
  type Workshop,
} from './tree.ts';

export interface SessionParts {
  readonly shop: Workshop;
  readonly air: AirKernels;
  readonly fixedTrees: FixedTrees;
  readonly previousRows: PreviousRows;
}

export const openSession = async (
  { shop: shared, air, fixedTrees, previousRows }: SessionParts,
  input: SegmentInput,
): Promise<ProverSession> => {
  const { runtime, kernels, heaps, breathe } = shared;
  const stageTimes = new Map<string, number>();
  const timed = <T>(stage: string, step: () => T): T => {
    const started = performance.now();
    try {
      return step();
    } finally {
      stageTimes.set(stage, (stageTimes.get(stage) ?? 0) + performance.now() - started);
    }
  };
  const shop: Workshop = { ...shared, timed };
  const { memory, run } = runtime;
  const { layout, params } = input;
  const b = params.logBlowup;
  const logDomain = layout.maxLogN + b;
  const trees = new Map<TreeName, WasmTree>();
  const own = new Set<WasmTree>();
  let challenges: ChallengeSets | undefined;
  let claimedSums: Qm31[] = [];
  let fri: WasmFri | undefined;

  const tree = (name: TreeName): WasmTree => trees.get(name) as WasmTree;
  const makeTree = (name: TreeName, form: 'values' | 'coefficients'): WasmTree => {
    const made = openTree(memory, layout.trees[name], b, form);
    trees.set(name, made);
    own.add(made);
    return made;
  };
  const fixedOf = (table: string, form: Form): Columns | undefined => {
    const found = layout.tables.find((t) => t.name === table);
    return found && treeColumns(tree(found.tree), form, found.offset, found.count);
  };
  const traceOf = ({ chip, traceOffset }: ActiveChip, form: Form): Columns =>
    treeColumns(tree('trace'), form, traceOffset, chip.columns.length);
  const columnsOf = (active: ActiveChip, form: Form): ChipColumns => ({
    trace: traceOf(active, form),
    fixed: fixedOf(active.chip.table, form),
  });
  const logupOf = ({ chip, logupOffset }: ActiveChip, form: Form): Columns =>
    treeColumns(tree('logup'), form, logupOffset, 4 * chip.logupColumns);

  const release = (): void => {
    fri?.release();
    fri = undefined;
    for (const one of own) releaseTree(memory, one);
    for (const one of trees.values()) if (!own.has(one)) fixedTrees.giveBack(one);
    own.clear();
    trees.clear();
  };

  try {
    for (const name of FIXED_TREES) {
      if (layout.trees[name].length === 0) continue;
      const given = layout.tables.filter((t) => t.tree === name).flatMap((t) => [...(input.fixed.get(t.name) ?? [])]);
      trees.set(name, await fixedTrees.take(name, given, b));
    }
  } catch (error) {
    release();
    throw error;
  }

  /** Running sums over the rows of the last secure column of every chip, in place. */
  const scanTotals = (): Qm31[] => {
    const out = memory.alloc(16 * layout.active.length);
    const calls = layout.active.map((active, i): KernelCall => {
      const all = logupOf(active, 'coefficients');
      const { address, stride, logN } = sliceColumns(all, all.count - 4, 4);
      const args = [address, stride, logN, 2 * inv(2 ** logN), out + 16 * i];
      return { kernel: kernels.scan_cyclic, args, units: 1, chunk: 1 };
    });
    run(calls);
    const words = memory.words(out, 4 * layout.active.length).slice();
    memory.free(out);
    return layout.active.map((_, i) => qAt(words, i));
  };

  /** Every chip's constraint sum over its extended rows, lifted to the tallest domain. */
  const constraintSums = (coefficients: readonly Qm31[]): Columns => {
    const sums = new Map<number, Columns>();
    const jobs = layout.active.map((active, i) => {
      const { chip, logN, coefficientOffset } = active;
      const known = sums.get(logN + b);
      const own = known ?? memory.allocColumns(4, logN + b);
      sums.set(logN + b, own);
      return {
        active,
        columns: columnsOf(active, 'extended'),
        secure: logupOf(active, 'extended'),
        previous: previousRows.of(logN + b, b),
        params: {
          challenges: (challenges as ChallengeSets)[chip.scope],
          coefficients: coefficients.slice(coefficientOffset),
          claimedSum: claimedSums[i] as Qm31,
          logN,
        },
        sums: own,
        overwrite: known === undefined,
      };
    });
    timed('constraints', () => air.constraints(jobs));
    return timed('quotient', () => liftSums(shop, sums, logDomain));
  };

  return {
    commitTrace: async () => {
      const trace = makeTree('trace', 'values');
      const activeOf = new Map(layout.active.map((a) => [a.chip.name, a]));
      const job: Parameters<AirKernels['fillTrace']>[0] = {
        layout,
        records: input.records,
        traceOf: (chip) => {
          const active = activeOf.get(chip);
          return active && traceOf(active, 'values');
        },
        fixedOf: (table) => fixedOf(table, 'values'),
      };
      timed('fill', () => air.fillTrace(job));
      await breathe();
      return commitTree(shop, trace);
    },
    commitLogup: async (drawn) => {
      challenges = drawn;
      const logup = makeTree('logup', 'coefficients');
      const jobs = layout.active.map((active) => ({
        active,
        columns: columnsOf(active, 'values'),
        out: logupOf(active, 'coefficients'),
        params: { challenges: drawn[active.chip.scope] },
      }));
      timed('logup', () => air.logup(jobs));
      releaseForm(memory, tree('trace'), 'values');
      claimedSums = timed('scan', scanTotals);
      await breathe();
      return { root: await commitTree(shop, logup, true), claimedSums };
    },
    commitComposition: async (coefficients) => {
      const quotient = constraintSums(coefficients);
      await breathe();
      // The vanishing polynomial takes 2^b values on the domain, constant on blocks of 2^n storage indices.
      const calls = Array.from({ length: 2 ** b }, (_, block): KernelCall => {
        const x = storagePoint(block * 2 ** layout.maxLogN, logDomain)[0];
        const at = quotient.address + 4 * block * 2 ** layout.maxLogN;
        const args = [at, quotient.stride, 2 * inv(cosetVanishing(x, layout.maxLogN))];
        return { kernel: kernels.scale, args, units: 2 ** layout.maxLogN / 4, chunk: 4096 };
      });
      timed('quotient', () => {
        run(calls);
        run([extendCall(kernels, heaps, quotient, quotient, undefined)]);
      });
      const composition = makeTree('composition', 'coefficients');
      const halves = treeColumns(composition, 'coefficients', 0, 8);
      const n = 2 ** layout.maxLogN;
      for (let k = 0; k < 8; k++) {
        const from = columnAddress(quotient, k % 4) + (k < 4 ? 0 : 4 * n);
        memory.column(halves, k).set(memory.words(from, n));
      }
      memory.free(quotient.address);
      return commitTree(shop, composition);
    },
    sample: async (point, previous) => {
      const jobs: (SampleJob & { readonly places: readonly number[] })[] = [];
      let first = 0;
      for (const name of layout.treeNames) {
        for (const group of tree(name).groups) {
          const coefficients = groupColumns(group, 'coefficients');
          jobs.push({ point, coefficients, places: group.members.map((m) => first + m) });
        }
        first += layout.trees[name].length;
      }
      layout.shifted.forEach((column, i) => {
        if (i % 4 !== 0) return;
        const coefficients = treeColumns(tree('logup'), 'coefficients', column, 4);
        jobs.push({ point: previous, coefficients, places: [0, 1, 2, 3].map((k) => first + i + k) });
      });
      const values = timed('samples', () => evaluateColumns(shop, jobs, layout.maxLogN));
      const placed: Qm31[] = [];
      jobs
        .flatMap((job) => job.places)
        .forEach((place, i) => {
          placed[place] = values[i] as Qm31;
        });
      for (const one of own) releaseForm(memory, one, 'coefficients');
      return placed;
    },
    deep: async (points, lines, gammas) => {
      let first = 0;
      const here = layout.treeNames.flatMap((name) => {
        const start = first;
        first += layout.trees[name].length;
        return tree(name).groups.map((group) => ({
          extended: groupColumns(group, 'extended'),
          gammas: group.members.map((m) => gammas[start + m] as Qm31),
        }));
      });
      const before = layout.shifted.flatMap((column, i) =>
        i % 4 === 0
          ? [
              {
                extended: treeColumns(tree('logup'), 'extended', column, 4),
                gammas: gammas.slice(first + i, first + i + 4),
              },
            ]
          : [],
      );
      fri = timed('deep', () => {
        const sums = [here, before].map((jobs) => deepSums(shop, jobs, logDomain));
        return openFri(shop, deepWord(shop, points as readonly ExtensionPoint[], lines, sums));
      });
    },
    commitFriLayer: async (foldLog) => timed('fri', () => (fri as WasmFri).commit(foldLog)),
    foldFriLayer: async (alpha) => timed('fri', () => (fri as WasmFri).fold(alpha)),
    lastLayer: async (lastLog) => timed('fri', () => (fri as WasmFri).lastLayer(lastLog)),
    grind: async (state, bits) => timed('grind', () => grind(runtime, kernels, state, bits)),
    open: async (positions) => {
      const committed = positions.map((q) => toCommitIndex(q, logDomain)).sort((x, y) => x - y);
      return timed('open', () => ({
        trees: layout.treeNames.map((name) => openTreeAt(memory, tree(name), committed, logDomain)),
        fri: (fri as WasmFri).open(positions),
      }));
    },
    stageTimes,
    destroy: release,
  };
};
