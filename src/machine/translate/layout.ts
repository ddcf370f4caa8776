// The linear memory of a translated program, in bytes. Guest memory comes in pages of values and marks, as in memory.ts,
// behind a table of them; a page that is not there yet is the void page at address 0, whose marks are all 0.

import { CHIP_RECORDS, CHIPS, N_REGISTERS } from '../../core/isa.ts';
import type { Blocks } from '../blocks.ts';
import type { Program } from '../lower.ts';
import { PAGE_WORDS } from '../memory.ts';

/** Plain speed, or with the rows of each chip. */
export type Form = 'plain' | 'records';

/** Bytes of a page's values; its marks lie as much further. */
export const PAGE_BYTES: number = 4 * PAGE_WORDS;
/** Byte address >> PAGE_ADDRESS_SHIFT = number of its page. */
export const PAGE_ADDRESS_SHIFT: number = Math.log2(PAGE_BYTES);
/** Pages of 4 GiB. */
const N_TABLE_ENTRIES = 2 ** (32 - PAGE_ADDRESS_SHIFT);
export const WASM_PAGE = 65536;

/** Micro-ops between flushes of the rows: they stay in the cache meanwhile. */
export const RECORD_SLICE: number = 2 ** 13;
/** Touched words that are noted at a time. */
export const LOG_LENGTH: number = 2 ** 13;
/** Refresh rows of one micro-op: one per access. */
const MAX_REFRESHES = 3;

export interface Layout {
  readonly regs: number;
  readonly regMarks: number;
  /** Micro-ops that may still run (plain form), and the next micro-op's clock and its bound (records form). */
  readonly fuel: number;
  readonly clk: number;
  readonly clkLimit: number;
  /** The micro-op that a jump to no instruction comes from. */
  readonly from: number;
  /** Touched words, as pairs of word address and value before, and the next pair's address (plain form). */
  readonly log: number;
  readonly logEnd: number;
  /** Per chip id: address of its next row. */
  readonly rowEnds: number;
  /** Executions per block. */
  readonly counters: number;
  /** Per micro-op: id of the block that starts there, or ~micro-op. */
  readonly targets: number;
  /** Per code range: micro-op per halfword, or -1. */
  readonly jumps: readonly number[];
  /** Per page number: address of its page. */
  readonly pageTable: number;
  /** Per chip id: its first row. */
  readonly rows: readonly number[];
  /** Where pages start. */
  readonly heap: number;
}

/** Places everything; the order is that of the fields. */
export function layoutOf(program: Program, nBlocks: number, form: Form): Layout {
  let at = 2 * PAGE_BYTES;
  const take = (bytes: number, align = 64): number => {
    const start = Math.ceil(at / align) * align;
    at = start + bytes;
    return start;
  };
  return {
    regs: take(4 * N_REGISTERS),
    regMarks: take(4 * N_REGISTERS),
    fuel: take(4),
    clk: take(4),
    clkLimit: take(4),
    from: take(4),
    log: take(form === 'plain' ? 8 * LOG_LENGTH : 0),
    logEnd: take(4),
    rowEnds: take(4 * CHIPS.length),
    counters: take(4 * nBlocks),
    targets: take(4 * program.length),
    jumps: program.starts.map(({ idx }) => take(4 * idx.length)),
    pageTable: take(4 * N_TABLE_ENTRIES),
    rows: CHIPS.map((chip) => {
      if (form === 'plain') return 0;
      const rows = chip === 'refresh' ? MAX_REFRESHES * RECORD_SLICE : RECORD_SLICE;
      return program.chip.includes(CHIPS.indexOf(chip)) || chip === 'refresh'
        ? take(4 * rows * CHIP_RECORDS[chip].length)
        : 0;
    }),
    heap: take(0, 2 * PAGE_BYTES),
  };
}

/** A block's place: its function (region) and its number there. */
export interface Region {
  readonly index: number;
  /** Blocks as [first micro-op, one past the last], by ascending address. */
  readonly blocks: readonly (readonly [number, number])[];
}

/** Most micro-ops of a region: longer functions compile too slowly. */
const MAX_REGION = 1500;

/** Blocks of a region are numbered in 16 bits. */
export const REGION_SHIFT = 16;

/** Groups the blocks into functions, cut where control does not fall through if such a place is near. */
export function regionsOf(program: Program, { ends }: Blocks, fallsThrough: (last: number) => boolean): Region[] {
  const regions: Region[] = [];
  let blocks: [number, number][] = [];
  let size = 0;
  const close = (n: number): void => {
    regions.push({ index: regions.length, blocks: blocks.slice(0, n) });
    blocks = blocks.slice(n);
    size = blocks.reduce((sum, [start, end]) => sum + end - start, 0);
  };
  for (let start = 0; start < program.length; start = ends[start]!) {
    const end = ends[start]!;
    blocks.push([start, end]);
    size += end - start;
    if (size < MAX_REGION) continue;
    const sealed = blocks.findLastIndex(([, blockEnd]) => !fallsThrough(blockEnd - 1));
    close(2 * sealed > blocks.length ? sealed + 1 : blocks.length);
  }
  if (blocks.length > 0) close(blocks.length);
  return regions;
}
