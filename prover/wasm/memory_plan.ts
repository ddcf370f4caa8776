/**
 * What a proof takes of the linear memory, known from its layout alone: the session's allocations of columns, hashes and
 * records in the same order, with the same allocator, on paper. A test holds the two together. About 12 bytes a
 * committed cell at blow-up 2 (a coefficient and two extended values), 64 a row of the tallest domain and tree, and
 * twiddles.
 */
import { FIXED_TREES, type Layout, type TreeName } from '../../src/air/layout.ts';
import { friLayers, type ProofParams } from '../../src/core/params.ts';
import { twiddleBytes } from './kernels/twiddles.ts';
import { Allocator, type Columns } from './memory.ts';
import { merkleBytes } from './merkle.ts';
import { SCRATCH_BYTES } from './runtime.ts';
import { AREA_WORDS } from './thread_pool.ts';
import { acquireCommitment, openTree, releaseForm, type WasmTree } from './tree.ts';

export interface WasmPlanInput {
  readonly layout: Layout;
  readonly params: ProofParams;
  readonly threads: number;
  /** Rows of a chip's records; as many as its table holds if unknown. */
  readonly rowsOf?: (chip: string) => number;
}

/** Bytes of linear memory for a first proof of this layout. */
export const planWasmMemory = ({ layout, params, threads, rowsOf }: WasmPlanInput): number => {
  const memory = new Allocator();
  const b = params.logBlowup;
  const logDomain = layout.maxLogN + b;
  const trees = new Map<TreeName, WasmTree>();
  const commit = (tree: WasmTree): void => {
    const address = acquireCommitment(memory, tree);
    tree.merkle = { logN: (tree.groups[0]?.logN ?? 0) + b, address };
  };
  const open = (name: TreeName, form: 'values' | 'coefficients'): WasmTree => {
    const tree = openTree(memory, layout.trees[name], b, form);
    trees.set(name, tree);
    return tree;
  };
  /** Four columns for each height, lifted to the tallest; the others are freed. */
  const sums = (heights: readonly number[]): Columns => {
    const made = [...new Set([...heights, logDomain])].map((logN) => memory.allocColumns(4, logN));
    for (const columns of made) if (columns.logN !== logDomain) memory.free(columns.address);
    return made.find((columns) => columns.logN === logDomain) as Columns;
  };

  for (const bytes of [threads * SCRATCH_BYTES, 64, 4 * AREA_WORDS]) memory.alloc(bytes);
  memory.alloc(twiddleBytes(logDomain));
  for (const name of FIXED_TREES) if (layout.treeNames.includes(name)) commit(open(name, 'values'));

  const trace = open('trace', 'values');
  // Records of all chips at once, then each thread's counts of the uses of tables.
  const records = layout.active.map(({ chip, logN }) =>
    memory.alloc(4 * chip.record.length * (rowsOf?.(chip.name) ?? 2 ** logN)),
  );
  for (const address of records) memory.free(address);
  const counted = layout.active.flatMap(({ chip, logN }) =>
    chip.columns.filter((c) => c.witness === null).map(() => 4 * 2 ** logN),
  );
  memory.free(memory.alloc(threads * counted.reduce((a, c) => a + c, 0)));
  commit(trace);

  const logup = open('logup', 'coefficients');
  releaseForm(memory, trace, 'values');
  commit(logup);

  for (const logSize of new Set(layout.active.map((a) => a.logN + b))) memory.alloc(4 * 2 ** logSize);
  const quotient = sums(layout.active.map((a) => a.logN + b));
  const composition = open('composition', 'coefficients');
  memory.free(quotient.address);
  commit(composition);

  for (const tree of [trace, logup, composition]) releaseForm(memory, tree, 'coefficients');
  const here = sums(layout.treeNames.flatMap((name) => layout.trees[name].map((logN) => logN + b)));
  const before = sums(layout.active.map((a) => a.logN + b));
  memory.allocColumns(4, logDomain);
  memory.free(here.address);
  memory.free(before.address);
  let logN = logDomain;
  for (const foldLog of friLayers(params, layout.maxLogN).foldLogs) {
    memory.alloc(merkleBytes(logN - foldLog));
    for (let i = 0; i < foldLog; i++) memory.allocColumns(4, --logN);
  }
  return memory.extent;
};
