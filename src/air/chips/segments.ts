/**
 * What crosses the segments of a cut run: memory, cell by cell. A cell is a token (address, value, segment that left it)
 * of the run's own relations, whose challenges are drawn after the boundary trees of all segments.
 *
 * Every row of a boundary table takes the token of a cell that its segment touches and leaves the next, of a strictly
 * larger segment; so tokens of one address form paths that cannot close to a circle. Each path starts at a first tuple
 * and ends at a last one, and the `first` tables have one of each for an address: there is one path, and no segment is
 * on it twice. Inside its segment a boundary row is the cell's first and last tuple of the memory relation.
 */
import { type Chip, defineChip } from '../chip.ts';
import { add, mul, sub } from '../expr.ts';
import { CELL, CHAIN, IMAGE, MEMORY, SEGMENT } from '../relations.ts';
import { w } from '../witness.ts';
import { GAP_RADIX, imageTableChip } from './memory.ts';

export const BOUNDARY_COLUMNS: readonly string[] = [
  'enabler',
  'address',
  'in_lo',
  'in_hi',
  'in_segment',
  'out_lo',
  'out_hi',
  'segment',
];

/** Cells that a segment touches, between segments: 8 columns and 2 fractions in one secure column: 12 cells a row. */
export const boundaryChip: Chip = defineChip({
  name: 'boundary',
  record: [],
  fixedTree: 'boundary',
  fixedColumns: BOUNDARY_COLUMNS,
  scope: 'run',
  build: (b) => {
    const enabler = b.fixed('enabler');
    const address = b.fixed('address');
    b.zero('enabler is a bit', sub(enabler, mul(enabler, enabler)));
    b.take(CELL, [address, b.fixed('in_lo'), b.fixed('in_hi'), b.fixed('in_segment')], enabler);
    b.emit(CELL, [address, b.fixed('out_lo'), b.fixed('out_hi'), b.fixed('segment')], enabler);
  },
});

/**
 * The same cells inside the segment: first tuples at clock 0, last ones at their clock. The segment's number is the
 * verifier's, once a row in use; the one that a cell comes from is shown to be smaller. Numbers are at most 2^16.
 * 1 column and 4 fractions in 2 secure columns: 9 cells a row.
 */
export const boundaryMemoryChip: Chip = defineChip({
  name: 'boundary_memory',
  record: ['finalclk'],
  reads: boundaryChip,
  build: (b) => {
    const enabler = b.fixed('enabler');
    const address = b.fixed('address');
    const segment = b.fixed('segment');
    const clk = b.column('final_clk', b.record('finalclk'));
    b.emit(MEMORY, [address, b.fixed('in_lo'), b.fixed('in_hi'), 0], enabler);
    b.take(MEMORY, [address, b.fixed('out_lo'), b.fixed('out_hi'), clk], enabler);
    b.take(SEGMENT, [segment], enabler);
    b.range(sub(sub(segment, b.fixed('in_segment')), 1), 16, enabler);
  },
});

export const FIRST_COLUMNS: readonly string[] = [
  'from_image',
  'zero',
  'chained',
  'address',
  'lo',
  'hi',
  'token',
  'final_lo',
  'final_hi',
  'final_segment',
];

/**
 * First and last tuples of all cells of a run, spread over any number of tables: rows of the image, or words that start
 * as zero. Words chain upwards as `memory.ts` says, through all tables together. 10 columns and 5 fractions in 3 secure
 * columns: 22 cells a row.
 */
export const firstChip: Chip = defineChip({
  name: 'first',
  record: [],
  fixedTree: 'boundary',
  fixedColumns: FIRST_COLUMNS,
  scope: 'run',
  build: (b) => {
    const [image, zero, chained] = [b.fixed('from_image'), b.fixed('zero'), b.fixed('chained')];
    const [address, lo, hi] = [b.fixed('address'), b.fixed('lo'), b.fixed('hi')];
    const used = add(image, zero);
    for (const [name, bit] of [
      ['from_image', image],
      ['zero', zero],
      ['chained', chained],
      ['from_image or zero', used],
    ] as const)
      b.zero(`${name} is a bit`, sub(bit, mul(bit, bit)));
    b.zero('only rows in use chain', mul(chained, sub(1, used)));
    b.zero('zero words chain', mul(zero, sub(1, chained)));
    b.zero('lo of a zero word', mul(zero, lo));
    b.zero('hi of a zero word', mul(zero, hi));
    b.take(IMAGE, [address, lo, hi, chained], image);
    b.emit(CELL, [address, lo, hi, 0], used);
    b.take(CELL, [address, b.fixed('final_lo'), b.fixed('final_hi'), b.fixed('final_segment')], used);
    b.take(CHAIN, [b.fixed('token')], chained);
    b.emit(CHAIN, [add(address, 1)], chained);
  },
});

/** The chain of the first table leads upwards: 3 columns and 4 fractions in 2 secure columns: 11 cells a row. */
export const firstChainChip: Chip = defineChip({
  name: 'first_chain',
  record: ['address', 'token', 'chained'],
  reads: firstChip,
  build: (b) => {
    const chained = b.fixed('chained');
    const address = b.fixed('address');
    const word = w.mul(b.record('address'), b.record('chained'));
    const low = b.column('address_lo', w.and(word, 0x3fff));
    const high = b.column('address_hi', w.shr(word, 14));
    const gap = w.mul(w.sub(b.record('address'), b.record('token')), b.record('chained'));
    const gapHigh = b.column('gap_hi', w.divu(gap, GAP_RADIX));
    b.zero('address of its limbs', mul(chained, sub(address, add(low, mul(high, 2 ** 14)))));
    b.range(low, 14, chained);
    b.range(high, 16, chained);
    b.range(sub(sub(address, b.fixed('token')), mul(gapHigh, GAP_RADIX)), 16, chained);
    b.range(gapHigh, 14, chained);
  },
});

/** The image, offered to the run's first tables: every cell once. In the last segment, and in no other. 4 cells a row. */
export const imageOnceChip: Chip = defineChip({
  name: 'image_once',
  record: [],
  reads: imageTableChip,
  scope: 'run',
  build: (b) => {
    b.emit(IMAGE, [b.fixed('address'), b.fixed('lo'), b.fixed('hi'), b.fixed('chained')], b.fixed('present'));
  },
});
