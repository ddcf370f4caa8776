/** The stages that are printed from the chips (`AirKernels` of `runtime.ts`). */
import type { Chip } from '../../../src/air/chip.ts';
import type { ActiveChip } from '../../../src/air/layout.ts';
import { originalOf } from '../../../src/air/second_tables.ts';
import { testing } from '../../../src/core/params.ts';
import { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { fillTrace as referenceFill } from '../../cpu/trace.ts';
import { COUNTERS } from '../../gpu/air/programs.ts';
import { columnAddress } from '../memory.ts';
import type { AirKernels, KernelCall, KernelId, WasmRuntime } from '../runtime.ts';
import { constraintArguments, constraintKernel } from './constraints.ts';
import {
  countArguments,
  countKernel,
  countOf,
  type Histograms,
  placeCounters,
  sumArguments,
  sumKernel,
} from './count.ts';
import { fillArguments, fillKernel, STATUS, witnessOf } from './fill.ts';
import { logupArguments, logupKernel } from './logup.ts';
import { defineShared } from './shared.ts';

/** Vectors of rows in a chunk, for 100 us or so: rows cost 50, 20 and 250 ns. */
const FILL_CHUNK = 512;
const COUNT_CHUNK = 1024;
const SUM_CHUNK = 8192;
const CIRCUIT_CHUNK = 128;

type Kind = 'fill' | 'count' | 'logup' | 'constraints';
type FillJob = Parameters<AirKernels['fillTrace']>[0];
type ConstraintJobs = Parameters<AirKernels['constraints']>[0];

/** One module with the kernels of some chips. */
export const airModule = (
  chips: readonly Chip[],
  limits: WasmRuntime['memory']['limits'],
): { bytes: Uint8Array<ArrayBuffer>; names: string[] } => {
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory', limits);
  const shared = defineShared(module);
  const names = ['sum'];
  sumKernel(module, 'sum');
  for (const chip of chips) {
    const add = (kind: Kind, write: (name: string) => void): void => {
      const name = `${kind}_${chip.name}`;
      names.push(name);
      write(name);
    };
    if (witnessOf(chip).outputs.length > 0) add('fill', (name) => fillKernel(module, name, chip));
    if (countOf(chip).uses.length > 0) add('count', (name) => countKernel(module, name, chip));
    if (chip.logupColumns > 0) add('logup', (name) => logupKernel(module, name, chip, shared));
    add('constraints', (name) => constraintKernel(module, name, chip, shared));
  }
  return { bytes: module.finish(), names };
};

export const openAir = (runtime: WasmRuntime): AirKernels => {
  const { memory } = runtime;
  const kernels = new Map<string, KernelId>();
  const compiled = new Set<Chip>();
  const kernelOf = (kind: Kind, chip: Chip): KernelId | undefined => kernels.get(`${kind}_${originalOf(chip).name}`);

  const fill = (job: FillJob): void => {
    const { layout, records, traceOf, fixedOf } = job;
    const allocated: number[] = [];
    const alloc = (words: number): number => {
      const address = memory.alloc(4 * words);
      allocated.push(address);
      return address;
    };
    try {
      const jobs = layout.active.flatMap((active) => {
        const kernel = kernelOf('fill', active.chip);
        const trace = traceOf(active.chip.name);
        if (kernel === undefined || trace === undefined) return [];
        const rows = records.get(active.chip.name);
        return [{ active, kernel, trace, rows, address: alloc(Math.max(1, rows?.data.length ?? 0)), status: alloc(2) }];
      });
      const calls = jobs.map(({ active, kernel, trace, rows, address, status }): KernelCall => {
        if (rows) memory.words(address, rows.data.length).set(rows.data);
        memory.words(status, 2).fill(0);
        const { lookupChip } = witnessOf(active.chip);
        const table = lookupChip === null ? undefined : fixedOf(lookupChip);
        const args = fillArguments({ records: { address, nRows: rows?.nRows ?? 0 }, trace, table, status });
        return { kernel, args, units: 2 ** (active.logN - 2), chunk: FILL_CHUNK };
      });
      runtime.run(calls);
      for (const { active, status } of jobs) {
        const words = memory.words(status, 2);
        if (words[STATUS.lookup] || words[STATUS.value]) report(active, job);
      }
    } finally {
      allocated.forEach(memory.free, memory);
    }
  };

  /**
   * Throws what the reference tier does. It may not: a table's row that is looked up in a branch not taken is harmless, and
   * read as row 0.
   */
  const report = (active: ActiveChip, { layout, records, fixedOf }: FillJob): void => {
    const { lookupChip } = witnessOf(active.chip);
    const table = lookupChip === null ? undefined : fixedOf(lookupChip);
    const columns = table ? Array.from({ length: table.count }, (_, k) => memory.column(table, k).slice()) : [];
    // Without fractions nothing is counted; neither other tables nor parameters are looked at.
    const alone = { ...active, chip: { ...active.chip, fractions: [] } };
    const fixed = new Map(lookupChip === null ? [] : [[lookupChip, columns] as const]);
    referenceFill({ layout: { ...layout, active: [alone] }, records, fixed, params: testing });
  };

  const count = ({ layout, records, traceOf, fixedOf }: FillJob): void => {
    const logNs = new Map(layout.active.map(({ chip, logN }) => [chip, logN]));
    const { places, bytes } = placeCounters((chip) => (logNs.has(chip) ? 2 ** (logNs.get(chip) as number) : 0));
    const sets = runtime.threads;
    const locks = memory.alloc(4 * sets);
    const address = memory.alloc(sets * bytes);
    try {
      memory.words(locks, sets).fill(0);
      memory.words(address, (sets * bytes) / 4).fill(0);
      const h: Histograms = { locks, address, bytes, sets, places };
      runtime.run(
        layout.active.flatMap(({ chip, logN }): KernelCall[] => {
          const kernel = kernelOf('count', chip);
          const trace = traceOf(chip.name);
          if (kernel === undefined || trace === undefined) return [];
          const nRows = countOf(chip).paddingIsIdle ? (records.get(chip.name)?.nRows ?? 0) : 2 ** logN;
          const args = countArguments(chip, { trace, fixed: fixedOf(chip.table) }, h);
          return [{ kernel, args, units: Math.ceil(nRows / 4), chunk: COUNT_CHUNK }];
        }),
      );
      runtime.run(
        COUNTERS.flatMap(({ chip, column }, i): KernelCall[] => {
          const trace = traceOf(chip.name);
          if (trace === undefined || !logNs.has(chip)) return [];
          const args = sumArguments(columnAddress(trace, column), i, h);
          return [{ kernel: kernels.get('sum') as KernelId, args, units: 2 ** (trace.logN - 2), chunk: SUM_CHUNK }];
        }),
      );
    } finally {
      memory.free(locks);
      memory.free(address);
    }
  };

  return {
    prepare: async (layout) => {
      const texts = new Set(layout.active.map(({ chip }) => originalOf(chip)));
      const chips = [...texts].filter((chip) => !compiled.has(chip));
      if (chips.length === 0) return;
      const { bytes, names } = airModule(chips, memory.limits);
      for (const [name, id] of await runtime.register(bytes, names)) kernels.set(name, id);
      for (const chip of chips) compiled.add(chip);
    },
    fillTrace: (job) => {
      fill(job);
      count(job);
    },
    logup: (jobs) => {
      runtime.run(
        jobs.flatMap(({ active: { chip, logN }, columns, out, params }): KernelCall[] => {
          const kernel = kernelOf('logup', chip);
          if (kernel === undefined) return [];
          const args = logupArguments(chip, columns, out, params.challenges);
          return [{ kernel, args, units: 2 ** (logN - 2), chunk: CIRCUIT_CHUNK }];
        }),
      );
    },
    constraints: (jobs) => {
      for (const wave of wavesOf(jobs)) {
        runtime.run(
          wave.map((job): KernelCall => {
            const { chip } = job.active;
            const args = constraintArguments(chip, job);
            const kernel = kernelOf('constraints', chip) as KernelId;
            return { kernel, args, units: 2 ** (job.sums.logN - 2), chunk: CIRCUIT_CHUNK };
          }),
        );
      }
    },
  };
};

/** Jobs that add to the same sums go one after another: the n-th wave has the n-th job of each. */
const wavesOf = (jobs: ConstraintJobs): ConstraintJobs[] => {
  const counts = new Map<number, number>();
  const waves: ConstraintJobs[number][][] = [];
  for (const job of jobs) {
    const n = counts.get(job.sums.address) ?? 0;
    counts.set(job.sums.address, n + 1);
    const wave = waves[n] ?? [];
    waves[n] = wave;
    wave.push(job);
  }
  return waves;
};
