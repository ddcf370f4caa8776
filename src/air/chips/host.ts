/**
 * Host calls: `ecall` with the call's number in a7. The program only says ECALL; each call is a chip that reads a7 and
 * requires its own number.
 */
import { OP, REGISTER_SPACE } from '../../core/isa.ts';
import { type Chip, type ChipBuilder, defineChip, type Limbs } from '../chip.ts';
import { add, constant, type Expr, mul, sub } from '../expr.ts';
import { HOST_READ, OUTPUT } from '../relations.ts';
import { type W, w } from '../witness.ts';
import { addLimbs } from './arithmetic.ts';
import { type Frame, frame } from './frame.ts';

export const CALL_HALT = 0;
export const CALL_READ = 1;
export const CALL_INPUT_LENGTH = 2;
export const CALL_WRITE = 3;
export const A0: number = REGISTER_SPACE + 10;
export const A1: number = REGISTER_SPACE + 11;
export const A2: number = REGISTER_SPACE + 12;
export const A3: number = REGISTER_SPACE + 13;
const A7 = REGISTER_SPACE + 17;

/** The part of every host call: the number, a constant or a column below 2^16, is in a7. */
export const call = (b: ChipBuilder, number: () => Expr): Frame => {
  const f = frame(b);
  const limbs = { lo: number(), hi: constant(0) };
  b.access('a7', A7, limbs, limbs, b.record('prev17'), f.clk);
  f.lookUp({ op: OP.ECALL });
  return f;
};

/**
 * A word-aligned pointer whose word address is low + 2^14 high, below the unusable top. `high` = -1 passes the check of
 * high + 1, but is no limb of a stored value.
 */
export const pointer = (b: ChipBuilder, name: string, value: W): { limbs: Limbs; word: Expr } => {
  const low = b.column(`${name}_word_lo`, w.and(w.shr(value, 2), 0x3fff));
  const high = b.column(`${name}_hi`, w.shr(value, 16));
  b.range(low, 14);
  b.range(add(high, 1));
  return { limbs: { lo: mul(low, 4), hi: high }, word: add(low, mul(high, 2 ** 14)) };
};

/** Ends the run: takes the state and gives no next one; the exit code and the digest at a1 become public. */
export const haltChip: Chip = defineChip({
  name: 'halt',
  record: [
    'idx',
    'clk',
    'code',
    'ptr',
    'prev17',
    'prev10',
    'prev11',
    ...Array.from({ length: 8 }, (_, i) => `w${i}`),
    ...Array.from({ length: 8 }, (_, i) => `p${i}`),
  ],
  build: (b) => {
    const f = call(b, () => constant(CALL_HALT));
    const code = b.limbs('code', b.record('code'));
    b.access('a0', A0, code, code, b.record('prev10'), add(f.clk, 1));
    const at = pointer(b, 'digest', b.record('ptr'));
    b.access('a1', A1, at.limbs, at.limbs, b.record('prev11'), add(f.clk, 2));
    const digest: Expr[] = [];
    for (let i = 0; i < 8; i++) {
      const word = b.limbs(`digest${i}`, b.record(`w${i}`));
      b.access(`digest${i}`, add(at.word, i), word, word, b.record(`p${i}`), add(f.clk, 3));
      digest.push(word.lo, word.hi);
    }
    b.emit(OUTPUT, [code.lo, code.hi, ...digest]);
  },
});

/**
 * read(pointer, length): starts a chain of n = ceil(length / 4) words at the pointer. The pointer and n are below 2^30,
 * so their sum does not wrap; it is shown to be below 2^30 too, so that the chain stays in memory. Every word is the
 * prover's choice.
 */
export const readChip: Chip = defineChip({
  name: 'read',
  record: ['idx', 'clk', 'ptr', 'len', 'prev17', 'prev10', 'prev11'],
  build: (b) => {
    const f = call(b, () => constant(CALL_READ));
    const at = pointer(b, 'pointer', b.record('ptr'));
    b.access('a0', A0, at.limbs, at.limbs, b.record('prev10'), add(f.clk, 1));
    const length = b.limbs('length', b.record('len'));
    b.access('a1', A1, length, length, b.record('prev11'), add(f.clk, 2));
    const rounded = w.add(b.record('len'), 3);
    const words = w.shr(rounded, 2);
    const low = b.column('words_lo', w.and(words, 0x3fff));
    const high = b.column('words_hi', w.shr(words, 14));
    const rest = add(b.bit('rest0', w.and(rounded, 1)), mul(b.bit('rest1', w.and(w.shr(rounded, 1), 1)), 2));
    const three = { lo: mul(b.enabler(), 3), hi: mul(high, 0) };
    const carry = addLimbs(b, 'length + 3', length, three, { lo: add(mul(low, 4), rest), hi: high });
    b.zero('length + 3 does not wrap', carry);
    b.range(low, 14);
    b.range(high);
    const count = add(low, mul(high, 2 ** 14));
    const end = w.add(w.shr(b.record('ptr'), 2), words);
    const endLow = b.column('end_lo', w.and(end, 0x3fff));
    const endHigh = b.column('end_hi', w.shr(end, 14));
    b.range(endLow, 14);
    b.range(endHigh);
    const endWord = add(endLow, mul(endHigh, 2 ** 14));
    b.zero('end = pointer + words', sub(endWord, add(at.word, count)));
    b.emit(HOST_READ, [f.clk, at.word, count]);
    b.take(HOST_READ, [f.clk, endWord, 0]);
    f.goTo();
  },
});

/** One word of a `read`: 9 columns; fractions 7 in 4 secure columns: 25 cells. */
export const readWordChip: Chip = defineChip({
  name: 'read_word',
  record: ['clk', 'wordaddr', 'remaining', 'newvalue', 'old', 'prev'],
  build: (b) => {
    b.enabler();
    const clk = b.column('clk', b.record('clk'));
    const address = b.column('address', b.record('wordaddr'));
    const left = b.column('left', b.record('remaining'));
    b.take(HOST_READ, [clk, address, left]);
    b.emit(HOST_READ, [clk, add(address, 1), sub(left, 1)]);
    const value = b.limbs('value', b.record('newvalue'));
    b.range(value.lo);
    b.range(value.hi);
    b.access('cell', address, b.limbs('old', b.record('old')), value, b.record('prev'), add(clk, 3));
  },
});

/** inputLength(): a0 gets a well-formed word of the prover's choice. */
export const inputLengthChip: Chip = defineChip({
  name: 'input_length',
  record: ['idx', 'clk', 'value', 'old10', 'prev17', 'prev10w'],
  build: (b) => {
    const f = call(b, () => constant(CALL_INPUT_LENGTH));
    const value = b.limbs('value', b.record('value'));
    b.range(value.lo);
    b.range(value.hi);
    b.access('a0', A0, b.limbs('old', b.record('old10')), value, b.record('prev10w'), add(f.clk, 2));
    f.goTo();
  },
});

/** write(): for the host only; the machine goes on. */
export const writeChip: Chip = defineChip({
  name: 'write',
  record: ['idx', 'clk', 'prev17'],
  build: (b) => {
    const f = call(b, () => constant(CALL_WRITE));
    f.goTo();
  },
});
