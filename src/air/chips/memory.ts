/**
 * First and last tuples of every cell, and the refresh of old ones.
 *
 * Uniqueness of first tuples: image words (preprocessed) and zero words form one chain of strictly increasing
 * addresses. A row takes the chain's token (the lowest address still allowed), shows address >= token, and leaves
 * address + 1. Tokens start at 0 and end behind the sentinel row of the image, at the first address that is not usable.
 *
 * Addresses are in [0, 2^30) by lookup and so tokens in [0, 2^30]. The difference is shown to be lo + (2^16 - 1) hi with
 * lo < 2^16 and hi < 2^14, at most 2^30 - 2^14, while a negative one is at least p - 2^30 = 2^30 - 1 mod p. (With 2^16
 * in place of 2^16 - 1 the token 2^30 could go on to address 0, and the chain pass twice.) So every row leads upwards,
 * the flow from start to end is one path, no address is on it twice, and none is above the sentinel's. Registers are rows
 * of the image that do not chain: their addresses, from 2^30 up, are out of reach of every checked word address.
 */
import { type Chip, type ChipBuilder, defineChip } from '../chip.ts';
import { add, type Expr, mul, sub } from '../expr.ts';
import { CHAIN, MEMORY } from '../relations.ts';
import { type W, w } from '../witness.ts';

export const GAP_RADIX = 65535;

/** Takes the chain token at or below `address`, leaves address + 1. `addressWord` is the address as a witness value. */
const chain = (b: ChipBuilder, address: Expr, addressWord: W, numerator: Expr): void => {
  const token = b.record('lastnext');
  const from = b.column('token', token);
  // 2^14 and so out of range for the whole address space in one gap, but every run touches the digest's words.
  const high = b.column('gap_hi', w.divu(w.sub(addressWord, token), GAP_RADIX));
  b.take(CHAIN, [from], numerator);
  b.emit(CHAIN, [add(address, 1)], numerator);
  b.range(sub(sub(address, from), mul(high, GAP_RADIX)), 16, numerator);
  b.range(high, 14, numerator);
};

export const IMAGE_COLUMNS: readonly string[] = ['address', 'lo', 'hi', 'chained', 'present'];

/** Initial memory: registers, the words of the program's segments, the sentinel. Part of the program's key. */
export const imageTableChip: Chip = defineChip({
  name: 'image_table',
  record: [],
  fixedTree: 'program',
  fixedColumns: IMAGE_COLUMNS,
  build: () => {},
});

/**
 * The image in a run that is proven whole: every present row puts its first tuple and takes the last one. 5 columns and
 * 6 fractions in 3 secure columns: 17 cells.
 */
export const imageChip: Chip = defineChip({
  name: 'image',
  record: ['lastnext', 'finalvalue', 'finalclk'],
  reads: imageTableChip,
  build: (b) => {
    const address = b.fixed('address');
    const present = b.fixed('present');
    chain(b, address, w.lookup('image_table', 0, w.row()), b.fixed('chained'));
    const last = b.limbs('final', b.record('finalvalue'));
    b.emit(MEMORY, [address, b.fixed('lo'), b.fixed('hi'), 0], present);
    b.take(MEMORY, [address, last.lo, last.hi, b.column('final_clk', b.record('finalclk'))], present);
  },
});

/**
 * Words outside the image: zero at the start. The address is lo + 2^14 hi with lo < 2^14 and hi < 2^16. 8 columns and 8 fractions in 4 secure columns:
 * 24 cells for each word touched.
 */
export const zeroInitChip: Chip = defineChip({
  name: 'zero_init',
  record: ['wordaddr', 'lastnext', 'finalvalue', 'finalclk'],
  build: (b) => {
    const word = b.record('wordaddr');
    const enabler = b.enabler();
    const low = b.column('address_lo', w.and(word, 0x3fff));
    const high = b.column('address_hi', w.shr(word, 14));
    const address = add(low, mul(high, 2 ** 14));
    b.range(low, 14);
    b.range(high);
    chain(b, address, word, enabler);
    const last = b.limbs('final', b.record('finalvalue'));
    b.emit(MEMORY, [address, 0, 0, 0]);
    b.take(MEMORY, [address, last.lo, last.hi, b.column('final_clk', b.record('finalclk'))]);
  },
});

/** Clocks a refresh may leave: below 2^26. */
const CLK_HIGH_BITS = 10;

/** Clocks of a proof stay below this: later ones could not be refreshed. */
export const MAX_CLK: number = 2 ** (16 + CLK_HIGH_BITS);

/**
 * Carries an unchanged cell forward in time where its last access is too old for an access's own 16-bit check. Both
 * the new clock and its distance from the old one are below 2^26, so a chain of refreshes cannot wrap round the field
 * into the past. 8 columns and 6 fractions in 3 secure columns: 20 cells.
 */
export const refreshChip: Chip = defineChip({
  name: 'refresh',
  record: ['addr', 'value', 'prev', 'newclk'],
  build: (b) => {
    const [prev, next] = [b.record('prev'), b.record('newclk')];
    b.enabler();
    const address = b.column('address', b.record('addr'));
    const value = b.limbs('value', b.record('value'));
    const from = b.column('prev', prev);
    const low = b.column('clk_lo', w.and(next, 0xffff));
    const high = b.column('clk_hi', w.shr(next, 16));
    const gapHigh = b.column('gap_hi', w.shr(w.sub(w.sub(next, prev), 1), 16));
    const clk = add(low, mul(high, 65536));
    b.take(MEMORY, [address, value.lo, value.hi, from]);
    b.emit(MEMORY, [address, value.lo, value.hi, clk]);
    b.range(low);
    b.range(high, CLK_HIGH_BITS);
    b.range(sub(sub(sub(clk, from), 1), mul(gapHigh, 65536)));
    b.range(gapHigh, CLK_HIGH_BITS);
  },
});
