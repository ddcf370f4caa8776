// The GPU tier. One backend holds a device, its compiled kernels and twiddles; sessions follow one another on it.
import type { Backend } from '../backend.ts';
import { chooseForms, type FormRule } from './air/forms.ts';
import type { GpuContext } from './context.ts';
import { buildTwiddles, type TwiddleHeap } from './kernels/twiddles.ts';
import { rootOfColumns } from './root_of_columns.ts';
import { GpuRuntime } from './runtime.ts';
import { openSession } from './session.ts';
import type { ShaderSources } from './shader_source.ts';

/** What every proof runs, in the order of use. On a GPU all compile at once from the start, on cores that are idle. */
const EVERY_PROOF: readonly string[] = [
  ...['twiddle_heap', 'interpolate', 'evaluate', 'merkle_rows', 'merkle_nodes', 'merkle_top'],
  ...['clear', 'witness_interpret', 'count_interpret', 'logup_interpret', 'scan_blocks', 'scan_total', 'scan_apply'],
  ...['constraints_interpret', 'lift_add', 'composition_finish', 'ood_basis', 'ood_dot', 'ood_sum'],
  ...['deep_accumulate', 'deep_finish', 'grind', 'gather'],
];

/**
 * `sources` are the texts of shaders/: read from disk in Node, bundled in a browser. `rule` overrides the choice between
 * the kernels made for a chip and the interpreters.
 */
export const createGpuBackend = (context: GpuContext, sources: ShaderSources, rule?: FormRule): Backend => {
  const runtime = new GpuRuntime(context, sources);
  const forms = chooseForms(runtime);
  if (!context.adapter.isSoftware) {
    // A failure shows where the kernel is used.
    runtime.warmUp(EVERY_PROOF.map((id) => ({ id }))).catch(() => {});
  }
  let heap: TwiddleHeap | undefined;
  const twiddlesFor = async (logDomain: number): Promise<TwiddleHeap> => {
    if (heap !== undefined && heap.logN >= logDomain) return heap;
    if (heap) {
      runtime.pool.release(heap.forward);
      runtime.pool.release(heap.inverse);
    }
    heap = await buildTwiddles(runtime, logDomain);
    return heap;
  };
  return {
    name: 'gpu',
    description: context.adapter.name,
    open: async (input) => {
      const twiddles = await twiddlesFor(input.layout.maxLogN + input.params.logBlowup);
      if (!rule) forms.prepare(input.layout.active);
      return openSession(runtime, twiddles, input, rule ?? forms.formOf);
    },
    commitColumns: async (columns, logBlowup) => {
      const logRows = columns.map((c) => Math.log2(c.length));
      const twiddles = await twiddlesFor(Math.max(...logRows) + logBlowup);
      return rootOfColumns(runtime, twiddles, columns, logBlowup);
    },
    get peakGpuBytes() {
      return runtime.pool.stats.peakBytes;
    },
  };
};
