// The GPU tier. One backend holds a device, its compiled kernels and twiddles; sessions follow one another on it.
import type { Backend, SegmentInput } from '../backend.ts';
import { type MemoryPlan, type PlannedStage, planMemory } from '../memory_plan.ts';
import { chooseForms, type FormRule } from './air/forms.ts';
import type { GpuContext } from './context.ts';
import { DeviceError } from './device_error.ts';
import { type ResidentLease, Residents } from './fixed_trees.ts';
import { chooseMultiply, type MultiplyVariant, withMultiply } from './multiply.ts';
import { maxBindingBytes, type PoolStats } from './pool.ts';
import { rootOfColumns } from './root_of_columns.ts';
import { GpuRuntime } from './runtime.ts';
import { openSession } from './session.ts';
import { defaultVariants, type ShaderSources } from './shader_source.ts';
import { MAX_TREE_BUFFER_BYTES } from './tree_shape.ts';

/** What every proof runs, in the order of use. On a GPU all compile at once from the start, on cores that are idle. */
const EVERY_PROOF: readonly string[] = [
  ...['twiddle_heap', 'interpolate', 'evaluate', 'merkle_rows', 'merkle_nodes', 'merkle_top'],
  ...['clear', 'witness_interpret', 'count_interpret', 'logup_interpret', 'scan_blocks', 'scan_total', 'scan_apply'],
  ...['absorb', 'grind', 'draw', 'powers', 'slots'],
  ...['constraints_interpret', 'lift_add', 'composition_finish', 'ood_points', 'ood_products', 'ood_basis', 'ood_dot'],
  ...['ood_sum', 'gather', 'deep_lines', 'deep_accumulate', 'deep_finish', 'line_interpolate', 'gather_paths'],
];

/**
 * Where there is room, unused buffers beyond the plan are kept for the next proof: with an eighth more none is ever
 * destroyed and made again (counted on layouts of 2^15 and 2^20 rows).
 */
const SLACK = 9 / 8;

export interface GpuBackendOptions {
  /** Overrides the choice between the kernels made for a chip and the interpreters. */
  readonly rule?: FormRule;
  /** Overrides the probe of the multiplication. */
  readonly multiply?: MultiplyVariant;
  /** Refuse a proof whose plan needs more (`out_of_memory`), before anything is allocated. */
  readonly memoryBytes?: number;
  /** Most bytes of a tree in one buffer; the least of 1 GiB and what the device binds if absent. */
  readonly treeBufferBytes?: number;
}

export interface GpuBackend extends Backend {
  /** Of the buffers on the device. */
  readonly memory: PoolStats;
}

/** `sources` are the texts of shaders/: read from disk in Node, bundled in a browser. Sessions may overlap. */
export const createGpuBackend = (
  context: GpuContext,
  sources: ShaderSources,
  options: GpuBackendOptions = {},
): GpuBackend => {
  const { adapter } = context;
  const multiply = options.multiply ?? chooseMultiply(context, sources);
  const variants = Promise.resolve(multiply).then((name) => withMultiply(defaultVariants(adapter.isSoftware), name));
  const runtime = new GpuRuntime(context, sources, variants);
  const { pool } = runtime;
  const forms = chooseForms(runtime);
  if (!adapter.isSoftware) {
    // A failure shows where the kernel is used.
    runtime.warmUp(EVERY_PROOF.map((id) => ({ id }))).catch(() => {});
  }
  const treeBufferBytes = Math.min(options.treeBufferBytes ?? MAX_TREE_BUFFER_BYTES, maxBindingBytes(adapter.limits));
  const residents = new Residents(runtime, treeBufferBytes);
  /** What the open sessions may come to need, without what is resident. */
  const claims = new Set<{ readonly bytes: number }>();

  /** Throws DeviceError (`out_of_memory`) where the plan does not fit. */
  const planned = (input: SegmentInput): MemoryPlan => {
    const { layout, params, records } = input;
    const rowsOf = (chip: string): number => records.get(chip)?.nRows ?? 0;
    const plan = planMemory({ layout, params, limits: adapter.limits, treeBufferBytes, rowsOf });
    const { memoryBytes = Number.POSITIVE_INFINITY } = options;
    if (plan.peakBytes <= memoryBytes) return plan;
    throw new DeviceError('out_of_memory', `the proof needs ${plan.peakBytes} bytes of the ${memoryBytes} it may take`);
  };

  return {
    name: 'gpu',
    description: adapter.name,
    open: async (input, start) => {
      const { peakBytes, residentBytes, stages } = planned(input);
      const claim = { bytes: peakBytes - residentBytes };
      claims.add(claim);
      const memoryBytes = options.memoryBytes ?? Number.POSITIVE_INFINITY;
      const needed = [...claims].reduce((sum, { bytes }) => sum + bytes, residentBytes);
      pool.limitBytes = Math.min(needed * SLACK, Math.max(needed, memoryBytes));
      const hasRoom = (stage: PlannedStage, usedBytes: number): boolean =>
        needed * SLACK <= memoryBytes ||
        pool.stats.allocatedBytes + stages[stage] - residentBytes - usedBytes <= pool.limitBytes;
      let lease: ResidentLease | undefined;
      const close = (): void => {
        claims.delete(claim);
        lease?.leave();
        lease = undefined;
      };
      try {
        lease = await residents.lease(input.layout.maxLogN + input.params.logBlowup, input);
        const { heap, trees: resident } = lease;
        if (!options.rule) forms.prepare(input.layout.active);
        const formOf = options.rule ?? forms.formOf;
        const session = await openSession(input, start, { runtime, heap, formOf, resident, treeBufferBytes, hasRoom });
        return { ...session, destroy: () => [session.destroy(), close()] };
      } catch (error) {
        close();
        throw error;
      }
    },
    commitColumns: async (columns, logBlowup) => {
      const logDomain = Math.max(...columns.map((c) => Math.log2(c.length))) + logBlowup;
      const lease = await residents.lease(logDomain);
      try {
        return await rootOfColumns(runtime, lease.heap, columns, logBlowup, treeBufferBytes);
      } finally {
        lease.leave();
      }
    },
    get memory() {
      return pool.stats;
    },
    get peakGpuBytes() {
      return pool.stats.peakAllocatedBytes;
    },
  };
};
