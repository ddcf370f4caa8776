/**
 * The BLAKE3 compression function (specification, section 2.2), in a row for the call and one for each round.
 *
 * A round row takes (clk, round, state, message) and gives the next: eight G steps, the message permuted. In a G step,
 * sums are bytes with carries as polynomials (arithmetic.ts), a xor is four lookups in the bitwise table, which also prove
 * its operands bytes, so every sum and every word that comes in is checked where it enters a xor. Rotations by 16 and 8
 * renumber bytes; for 12 and 7 the table gives the xor cut in two, and a byte is put together from two halves. As a round
 * is a function of what it takes, the chain of a clock from round 0 can only end in the one state, at round 7.
 *
 * Count of a G step: 32 columns of bytes, 8 more for the cuts, 16 lookups of 2 cells: 72. Round row: 3 columns, 48 state
 * columns in, 32 message limbs, 8 G steps, 2 fractions: 403 columns and 130 fractions in 65 secure columns: 663 cells.
 * Call row: 209 columns and 143 fractions in 72: 497 cells. With call3, a compression is 7 * 663 + 497 + 58 cells =
 * 5,196, or 81 cycles of 64 cells.
 */
import { CHIP_RECORDS } from '../../core/isa.ts';
import { type Chip, type ChipBuilder, defineChip, type Limbs } from '../chip.ts';
import { add, constant, type Expr, mul } from '../expr.ts';
import { BITWISE, BLAKE3_ROUND, XOR_CUT } from '../relations.ts';
import { type W, w } from '../witness.ts';
import { addLimbs, addThreeLimbs } from './arithmetic.ts';
import { bytes } from './frame.ts';
import { precompileChip } from './precompile.ts';

const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a];
const ROUNDS = 7;
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const XOR = 0;

type Bytes = readonly [Expr, Expr, Expr, Expr];

/** A word of a row: its value, and its limbs or bytes as expressions. */
interface Word {
  readonly value: W;
  readonly limbs: Limbs;
}
interface ByteWord extends Word {
  readonly bytes: Bytes;
}

const byteWord = (value: W, v: Bytes): ByteWord => ({
  value,
  bytes: v,
  limbs: { lo: add(v[0], mul(v[1], 256)), hi: add(v[2], mul(v[3], 256)) },
});

const byteColumns = (b: ChipBuilder, name: string, value: W): ByteWord => byteWord(value, bytes(b, name, value));

const rotated = (value: W, by: number): W => w.or(w.shr(value, by), w.shl(value, 32 - by));

const LANES = [0, 1, 2, 3] as const;
const pick = (v: Bytes, lane: number): Expr => v[(lane & 3) as 0 | 1 | 2 | 3];
const lanes = (of: (lane: number) => Expr): Bytes => [of(0), of(1), of(2), of(3)];

/** x xor y in byte columns, four lookups. */
const xorBytes = (b: ChipBuilder, name: string, x: ByteWord, y: ByteWord): ByteWord => {
  const z = byteColumns(b, name, w.xor(x.value, y.value));
  for (const i of LANES) b.take(BITWISE, [XOR, x.bytes[i], y.bytes[i], z.bytes[i]]);
  return z;
};

/** (x xor y) rotated right by a whole number of bytes. */
const xorMoved = (b: ChipBuilder, name: string, x: ByteWord, y: ByteWord, by: 8 | 16): ByteWord => {
  const z = xorBytes(b, name, x, y);
  return byteWord(
    rotated(z.value, by),
    lanes((i) => pick(z.bytes, i + by / 8)),
  );
};

/** (x xor y) rotated right by 12 or 7, its bytes cut at bit 4 or 7. */
const xorCut = (b: ChipBuilder, name: string, x: ByteWord, y: ByteWord, by: 12 | 7): ByteWord => {
  const z = w.xor(x.value, y.value);
  const cut = by === 12 ? 4 : 7;
  const byte = (i: number): W => w.and(w.shr(z, 8 * i), 255);
  const low = lanes((i) => b.column(`${name}_low${i}`, w.and(byte(i), 2 ** cut - 1)));
  const high = lanes((i) => b.column(`${name}_high${i}`, w.shr(byte(i), cut)));
  for (const i of LANES) b.take(XOR_CUT, [cut, x.bytes[i], y.bytes[i], low[i], high[i]]);
  const moved = (by - cut) / 8;
  return byteWord(
    rotated(z, by),
    lanes((i) => add(pick(high, i + moved), mul(pick(low, i + moved + 1), 2 ** (8 - cut)))),
  );
};

interface State {
  /** Words 0-3 and 8-11 enter sums before any xor, and 4-7 and 12-15 a xor. */
  readonly a: Word[];
  readonly b: ByteWord[];
  readonly c: Word[];
  readonly d: ByteWord[];
}

const sumOfThree = (b: ChipBuilder, name: string, x: Word, y: Word, z: Word): ByteWord => {
  const sum = byteColumns(b, name, w.add(w.add(x.value, y.value), z.value));
  addThreeLimbs(b, name, x.limbs, y.limbs, z.limbs, sum.limbs);
  return sum;
};

const sumOfTwo = (b: ChipBuilder, name: string, x: Word, y: Word): ByteWord => {
  const sum = byteColumns(b, name, w.add(x.value, y.value));
  addLimbs(b, name, x.limbs, y.limbs, sum.limbs);
  return sum;
};

/** One G step on column or diagonal i; the words' places in a row of four are i + shift. */
const mix = (b: ChipBuilder, name: string, s: State, i: number, shift: number, x: Word, y: Word): void => {
  const [ia, ib, ic, id] = [i, (i + shift) & 3, (i + 2 * shift) & 3, (i + 3 * shift) & 3] as const;
  const a1 = sumOfThree(b, `${name}_a1`, s.a[ia] as Word, s.b[ib] as Word, x);
  const d1 = xorMoved(b, `${name}_d1`, s.d[id] as ByteWord, a1, 16);
  const c1 = sumOfTwo(b, `${name}_c1`, s.c[ic] as Word, d1);
  const b1 = xorCut(b, `${name}_b1`, s.b[ib] as ByteWord, c1, 12);
  const a2 = sumOfThree(b, `${name}_a2`, a1, b1, y);
  const d2 = xorMoved(b, `${name}_d2`, d1, a2, 8);
  const c2 = sumOfTwo(b, `${name}_c2`, c1, d2);
  const b2 = xorCut(b, `${name}_b2`, b1, c2, 7);
  [s.a[ia], s.b[ib], s.c[ic], s.d[id]] = [a2, b2, c2, d2];
};

const flat = (words: readonly Word[]): Expr[] => words.flatMap(({ limbs }) => [limbs.lo, limbs.hi]);
const stateWords = (s: State): Word[] => [...s.a, ...s.b, ...s.c, ...s.d];

export const blake3RoundChip: Chip = defineChip({
  name: 'blake3_round',
  record: CHIP_RECORDS.blake3_round,
  build: (b) => {
    b.enabler();
    const clk = b.column('clk', b.record('clk'));
    const round = b.column('round', b.record('round'));
    const limbWord = (name: string): Word => ({ value: b.record(name), limbs: b.limbs(name, b.record(name)) });
    const row = <T>(first: number, make: (name: string) => T): T[] => LANES.map((i) => make(`v${first + i}`));
    const state: State = {
      a: row(0, limbWord),
      b: row(4, (name) => byteColumns(b, name, b.record(name))),
      c: row(8, limbWord),
      d: row(12, (name) => byteColumns(b, name, b.record(name))),
    };
    const message = Array.from({ length: 16 }, (_, i) => limbWord(`m${i}`));
    b.take(BLAKE3_ROUND, [clk, round, ...flat(stateWords(state)), ...flat(message)]);
    for (let step = 0; step < 8; step++) {
      const [x, y] = [message[2 * step], message[2 * step + 1]] as [Word, Word];
      mix(b, `g${step}`, state, step & 3, step >> 2, x, y);
    }
    const permuted = PERMUTATION.map((from) => message[from] as Word);
    b.emit(BLAKE3_ROUND, [clk, add(round, 1), ...flat(stateWords(state)), ...flat(permuted)]);
  },
});

/** PERMUTATION applied once for each round. */
const lastOrder = (): number[] => {
  let order = PERMUTATION.map((_, i) => i);
  for (let round = 0; round < ROUNDS; round++) order = PERMUTATION.map((from) => order[from] as number);
  return order;
};

/**
 * The call: a1 is chaining value, counter, block length and flags, a2 the block, and the words at a0 become the first half
 * of the state after seven rounds xor the second, in bytes.
 */
export const blake3Chip: Chip = precompileChip('blake3', (b, call) => {
  const parameters = Array.from({ length: 12 }, (_, i) => call.read(1, i));
  const message = Array.from({ length: 16 }, (_, i) => call.read(2, i));
  const limbs = (list: readonly Limbs[]): Expr[] => list.flatMap(({ lo, hi }) => [lo, hi]);
  const constants = IV.map((word) => ({ lo: constant(word & 0xffff), hi: constant(word >>> 16) }));
  const first = [...parameters.slice(0, 8), ...constants, ...parameters.slice(8)];
  b.emit(BLAKE3_ROUND, [call.clk, 0, ...limbs(first), ...limbs(message)]);
  const last = Array.from({ length: 16 }, (_, i) => byteColumns(b, `v${i}`, call.extra(i)));
  const order = lastOrder();
  b.take(BLAKE3_ROUND, [call.clk, ROUNDS, ...flat(last), ...limbs(order.map((from) => message[from] as Limbs))]);
  for (let i = 0; i < 8; i++) call.write(i, xorBytes(b, `y${i}`, last[i] as ByteWord, last[i + 8] as ByteWord).limbs);
});
