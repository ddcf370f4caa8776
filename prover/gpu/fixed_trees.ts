// Trees of given columns: uploaded, extended and hashed. Those of the shared tables and of the program are the same in
// every proof of a program, so the backend keeps them on the device, as it keeps the twiddles.
import type { TreeName } from '../../src/air/layout.ts';
import type { SegmentInput } from '../backend.ts';
import { RESIDENT_TREES } from '../memory_plan.ts';
import { buildTwiddles, releaseTwiddles, type TwiddleHeap } from './kernels/twiddles.ts';
import type { Buffers } from './pool.ts';
import { Recording } from './recording.ts';
import type { GpuRuntime } from './runtime.ts';
import { commitTree, type GpuTree, openTree, releaseTree, treeColumns } from './tree.ts';
import { treeRuns } from './tree_shape.ts';

export interface FixedTreeOptions {
  readonly isResident: boolean;
  readonly maxBufferBytes: number;
}

/** Records the commitment of one tree of given columns. */
export const commitFixedTree = (
  recording: Recording,
  pool: Buffers,
  heap: TwiddleHeap,
  { layout, params, fixed }: SegmentInput,
  name: TreeName,
  options: FixedTreeOptions,
): GpuTree => {
  const shape = { name, logRows: layout.trees[name], runs: treeRuns(layout)[name], logBlowup: params.logBlowup };
  const tree = openTree(pool, { ...shape, ...options, keepValues: true });
  for (const table of layout.tables.filter((t) => t.tree === name)) {
    const target = treeColumns(tree, 'values', table.logN, table.offset, table.count);
    (fixed.get(table.name) ?? []).forEach((column, k) => {
      recording.upload(target.buffer, target.offset + k * target.stride, column);
    });
  }
  commitTree(recording, pool, heap, tree);
  return tree;
};

/** A thing on the device with users; freed when it is retired and the last one has left. */
class Shared<T> {
  readonly #value: Promise<T>;
  readonly #free: (value: T) => void;
  #users = 0;
  #isRetired = false;

  constructor(value: Promise<T>, free: (value: T) => void) {
    this.#value = value;
    this.#free = free;
    value.catch(() => {}); // its users are told
  }

  /** The value once it is there. The caller leaves whether that works or not. */
  enter(): Promise<T> {
    this.#users++;
    return this.#value;
  }

  leave(): void {
    this.#users--;
    this.#freeIfIdle();
  }

  retire(): void {
    this.#isRetired = true;
    this.#freeIfIdle();
  }

  #freeIfIdle(): void {
    if (this.#isRetired && this.#users === 0) this.#value.then(this.#free, () => {});
  }
}

interface Kept<T> {
  readonly shared: Shared<T>;
  readonly columns: readonly Uint32Array[];
  readonly logSize: number;
}

export interface ResidentLease {
  readonly heap: TwiddleHeap;
  readonly trees: ReadonlyMap<TreeName, GpuTree>;
  leave(): void;
}

/** What outlives a proof on the device. Sessions that overlap each keep what they began with. */
export class Residents {
  readonly #runtime: GpuRuntime;
  readonly #maxBufferBytes: number;
  readonly #trees = new Map<TreeName, Kept<GpuTree>>();
  #heap: Kept<TwiddleHeap> | undefined;

  constructor(runtime: GpuRuntime, maxBufferBytes: number) {
    this.#runtime = runtime;
    this.#maxBufferBytes = maxBufferBytes;
  }

  /** Twiddles for domains of 2^logDomain, and the trees that the input has in common with others. */
  async lease(logDomain: number, input?: SegmentInput): Promise<ResidentLease> {
    const used: { leave(): void }[] = [];
    const leave = (): void => {
      for (const shared of used.splice(0)) shared.leave();
    };
    const enter = <T>(shared: Shared<T>): Promise<T> => {
      used.push(shared);
      return shared.enter();
    };
    try {
      const heap = await enter(this.#heapFor(logDomain));
      const names = RESIDENT_TREES.filter((name) => input?.layout.treeNames.includes(name));
      // All are begun before the first is awaited.
      const begun = names.map((name) => enter(this.#treeFor(name, input as SegmentInput, heap)));
      const made = await Promise.all(begun);
      return { heap, trees: new Map(names.map((name, i) => [name, made[i] as GpuTree])), leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  #heapFor(logDomain: number): Shared<TwiddleHeap> {
    if (this.#heap !== undefined && this.#heap.logSize >= logDomain) return this.#heap.shared;
    const made = buildTwiddles(this.#runtime, logDomain);
    const shared = new Shared(made, (heap) => releaseTwiddles(this.#runtime, heap));
    this.#heap?.shared.retire();
    const kept = { shared, columns: [], logSize: logDomain };
    this.#heap = kept;
    made.catch(() => {
      if (this.#heap === kept) this.#heap = undefined;
    });
    return shared;
  }

  #treeFor(name: TreeName, input: SegmentInput, heap: TwiddleHeap): Shared<GpuTree> {
    const { layout, params, fixed } = input;
    const columns = layout.tables.filter((t) => t.tree === name).flatMap((t) => fixed.get(t.name) ?? []);
    const known = this.#trees.get(name);
    // The same arrays: callers hold a program's columns as long as they prove it, and do not write to them.
    const isSame = columns.length === known?.columns.length && columns.every((c, i) => c === known.columns[i]);
    if (known && isSame && known.logSize === params.logBlowup) return known.shared;
    const made = this.#commit(name, input, heap);
    const shared = new Shared(made, (tree) => releaseTree(this.#runtime.pool, tree));
    known?.shared.retire();
    const kept = { shared, columns, logSize: params.logBlowup };
    this.#trees.set(name, kept);
    made.catch(() => {
      if (this.#trees.get(name) === kept) this.#trees.delete(name);
    });
    return shared;
  }

  async #commit(name: TreeName, input: SegmentInput, heap: TwiddleHeap): Promise<GpuTree> {
    const { pool } = this.#runtime;
    const recording = new Recording();
    const options = { isResident: true, maxBufferBytes: this.#maxBufferBytes };
    const tree = commitFixedTree(recording, pool, heap, input, name, options);
    try {
      await this.#runtime.run(recording);
      return tree;
    } catch (error) {
      releaseTree(pool, tree);
      throw error;
    }
  }
}
