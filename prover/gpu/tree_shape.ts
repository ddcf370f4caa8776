// How the columns of a tree are laid out in buffers. Pure: the memory plan asks the same questions as the session.
import { FIXED_TREES, type Layout, type TreeName } from '../../src/air/layout.ts';
import { DeviceError } from './device_error.ts';

/** At most this much of a tree in one buffer, where the device would bind more. */
export const MAX_TREE_BUFFER_BYTES: number = 2 ** 30;

export interface TreeColumns {
  readonly name: string;
  readonly logRows: readonly number[];
  /** Numbers of consecutive columns that must lie in one buffer: a chip's. */
  readonly runs: readonly number[];
  readonly logBlowup: number;
  /** Largest buffer that a kernel can be given. */
  readonly maxBufferBytes: number;
}

/** Columns of each chip or table in each tree, in commitment order. */
export const treeRuns = (layout: Layout): Readonly<Record<TreeName, readonly number[]>> => {
  const fixed = (tree: TreeName): number[] => layout.tables.filter((t) => t.tree === tree).map((t) => t.count);
  const [tables, program, boundary] = FIXED_TREES.map(fixed) as [number[], number[], number[]];
  return {
    ...{ tables, program, boundary },
    trace: layout.active.map(({ chip }) => chip.columns.length),
    logup: layout.active.map(({ chip }) => 4 * chip.logupColumns),
    composition: [8],
  };
};

/** Members of each group of one height: runs, as many as fit a buffer once extended. The tallest groups first. */
export const groupMembers = ({ name, logRows, runs, logBlowup, maxBufferBytes }: TreeColumns): number[][] => {
  const groups: number[][] = [];
  const open = new Map<number, number[]>();
  let first = 0;
  for (const length of runs) {
    if (length === 0) continue;
    const logN = logRows[first] as number;
    const capacity = Math.floor(maxBufferBytes / (4 * 2 ** (logN + logBlowup)));
    if (length > capacity) {
      const bytes = length * 4 * 2 ** (logN + logBlowup);
      const what = `${name}: ${length} columns of 2^${logN} rows take ${bytes} bytes`;
      throw new DeviceError('out_of_memory', `${what}, more than the ${maxBufferBytes} of one buffer`);
    }
    const members = Array.from({ length }, (_, k) => first + k);
    const group = open.get(logN);
    if (group !== undefined && group.length + length <= capacity) {
      group.push(...members);
    } else {
      groups.push(members);
      open.set(logN, members);
    }
    first += length;
  }
  const heightOf = (members: readonly number[]): number => logRows[members[0] as number] as number;
  return groups.sort((a, b) => heightOf(b) - heightOf(a)); // stable: groups of one height keep their order
};
