/**
 * The SHA-256 compression function (FIPS 180-4, section 6.2.2), in a row for the call and one for each four rounds.
 *
 * A row of rounds takes (clk, group, a..h, sixteen sums) and gives the next. a, b, c, e, f, g, every new a and e and the
 * row's four message words are bits: their xors, choices and majorities are polynomials of degree three, whose limbs are
 * sums over 2^i. Sum j is what is known so far of word t + j of the schedule, t = 4 group: the terms of the recurrence
 * w(t) = s1(w(t-2)) + w(t-7) + s0(w(t-15)) + w(t-16) that come from words before t, limb by limb and not reduced. The
 * words of the first four groups are the message's instead, and come from the call's row; which groups these are, and the
 * round constants, are given by a table. All carries are bits: with results of 16 bits, equations below 2^19 hold over
 * the integers and have one solution.
 *
 * Count of a row of rounds: 12 columns of its own and its constants, 196 of the state, 32 sums, and in each round 32 bits
 * of the word, 4 limbs of its s0 and s1, 64 bits of a and e, 14 of carries: 696 columns; 4 fractions in 2 secure columns:
 * 704 cells. Call row: 140 columns and 95 fractions in 48: 332 cells. With call2, a compression is 16 * 704 + 332 + 47 =
 * 11,643 cells, or 182 cycles of 64 cells.
 */
import { CHIP_RECORDS } from '../../core/isa.ts';
import { SHA256_K } from '../../core/sha256_constants.ts';
import { type Chip, type ChipBuilder, defineChip, type Limbs } from '../chip.ts';
import { add, type Expr, mul, sub, type Term } from '../expr.ts';
import { SHA256_CONSTANTS, SHA256_MESSAGE, SHA256_ROUNDS } from '../relations.ts';
import { type W, w } from '../witness.ts';
import { addLimbs } from './arithmetic.ts';
import { bitColumns, joined, limbsOfBits, rotatedBits, rotatedWord, xorBits } from './bits.ts';
import { precompileChip } from './precompile.ts';

const GROUPS = 16;
const ROUNDS_A_ROW = 4;
const WORDS = 16;
const LOCAL = [0, 1, 2, 3] as const;

const groups = (value: (group: number) => number): Uint32Array =>
  Uint32Array.from({ length: GROUPS }, (_, g) => value(g));
const constant = (group: number, round: number): number => SHA256_K[ROUNDS_A_ROW * group + round] as number;

/** (group, whether its words are the message's, limbs of its four round constants). */
export const sha256ConstantsChip: Chip = defineChip({
  name: 'sha256_table',
  record: [],
  fixedTree: 'tables',
  fixedColumns: ['group', 'message', ...LOCAL.flatMap((r) => [`k${r}_lo`, `k${r}_hi`])],
  tableLog: 4,
  tableValues: () => [
    groups((g) => g),
    groups((g) => (g < WORDS / ROUNDS_A_ROW ? 1 : 0)),
    ...LOCAL.flatMap((r) => [groups((g) => constant(g, r) & 0xffff), groups((g) => constant(g, r) >>> 16)]),
  ],
  build: (b) => {
    const constants = LOCAL.flatMap((r) => [b.fixed(`k${r}_lo`), b.fixed(`k${r}_hi`)]);
    b.emit(SHA256_CONSTANTS, [b.fixed('group'), b.fixed('message'), ...constants], b.multiplicity('uses'));
  },
});

/** A word in bits: its value and columns. */
interface Word {
  readonly value: W;
  readonly bits: readonly Expr[];
}
type Xor3 = readonly [number, number, number];

/** Limbs of the xor of three rotations; the last is a shift if `shifts`. */
const xorOfRotations = ({ bits }: Word, [x, y, z]: Xor3, shifts = false): Limbs => {
  const [rx, ry, rz] = [rotatedBits(bits, x), rotatedBits(bits, y), rotatedBits(bits, z)];
  const last = (i: number): Term => (shifts && i + z >= 32 ? 0 : (rz[i] as Expr));
  return limbsOfBits(bits.map((_, i) => xorBits(xorBits(rx[i] as Expr, ry[i] as Expr), last(i))));
};

const wordOfRotations = (x: W, [p, q, r]: Xor3, shifts = false): W =>
  w.xor(w.xor(rotatedWord(x, p), rotatedWord(x, q)), shifts ? w.shr(x, r) : rotatedWord(x, r));

const [BIG0, BIG1, SMALL0, SMALL1] = [
  [2, 13, 22],
  [6, 11, 25],
  [7, 18, 3],
  [17, 19, 10],
] as const;

const choiceLimbs = (e: Word, f: Word, g: Word): Limbs =>
  limbsOfBits(e.bits.map((x, i) => add(g.bits[i] as Expr, mul(x, sub(f.bits[i] as Expr, g.bits[i] as Expr)))));
const choiceWord = (e: W, f: W, g: W): W => w.xor(g, w.and(e, w.xor(f, g)));

const majorityLimbs = (a: Word, b: Word, c: Word): Limbs =>
  limbsOfBits(
    a.bits.map((x, i) => {
      const [y, z] = [b.bits[i] as Expr, c.bits[i] as Expr];
      // Where y and z differ x decides, otherwise they do.
      return add(mul(y, z), mul(x, xorBits(y, z)));
    }),
  );
const majorityWord = (a: W, b: W, c: W): W => w.or(w.and(b, c), w.and(a, w.or(b, c)));

const low = (x: W): W => w.and(x, 0xffff);
const high = (x: W): W => w.shr(x, 16);
const sum = (terms: readonly W[]): W => terms.reduce((x, y) => w.add(x, y));
const sumLimbs = (terms: readonly Limbs[]): Limbs => ({
  lo: add(...terms.map(({ lo }) => lo)),
  hi: add(...terms.map(({ hi }) => hi)),
});

interface Sum {
  readonly limbs: Limbs;
  /** The limbs' values; not reduced, and not below zero with `offset` added. */
  readonly low: W;
  readonly high: W;
}

/**
 * Shows sum = result mod 2^32, where each limb's carry is in [-offset, 2^bits - offset); `when` gates. Columns: 2 * bits.
 */
const reduces = (
  b: ChipBuilder,
  name: string,
  total: Sum,
  result: Word,
  bits: number,
  offset = 0,
  when?: Expr,
): void => {
  const shift = 65536 * offset;
  const carryLow = w.shr(w.add(total.low, shift), 16);
  const carryHigh = w.shr(w.add(w.sub(w.add(total.high, shift), offset), carryLow), 16);
  const lower = sub(joined(bitColumns(b, `${name}_carry_lo`, carryLow, bits)), offset ? mul(b.enabler(), offset) : 0);
  const upper = sub(joined(bitColumns(b, `${name}_carry_hi`, carryHigh, bits)), offset ? mul(b.enabler(), offset) : 0);
  const want = limbsOfBits(result.bits);
  const gate = (e: Expr): Expr => (when ? mul(when, e) : e);
  b.zero(`${name}: lower limb`, gate(sub(total.limbs.lo, add(want.lo, mul(lower, 65536)))));
  b.zero(`${name}: upper limb`, gate(sub(add(total.limbs.hi, lower), add(want.hi, mul(upper, 65536)))));
};

/** What is known of sum j from the sixteen words before the row: the words' own places are p0 to p15. */
const sumWords = (past: (i: number) => W, j: number): W[] => [
  past(j),
  ...(j <= 14 ? [wordOfRotations(past(j + 1), SMALL0, true)] : []),
  ...(j <= 6 ? [past(j + 9)] : []),
  ...(j <= 1 ? [wordOfRotations(past(j + 14), SMALL1, true)] : []),
];

const sumColumns = (b: ChipBuilder, past: (i: number) => W): Sum[] =>
  Array.from({ length: WORDS }, (_, j) => {
    const words = sumWords(past, j);
    const [lo, hi] = [sum(words.map(low)), sum(words.map(high))];
    return { limbs: { lo: b.column(`sum${j}_lo`, lo), hi: b.column(`sum${j}_hi`, hi) }, low: lo, high: hi };
  });

const flat = (list: readonly Limbs[]): Expr[] => list.flatMap(({ lo, hi }) => [lo, hi]);

/** s0 or s1 of a word in two columns. */
const smallColumns = (b: ChipBuilder, name: string, word: Word, rotations: Xor3): Limbs => {
  const limbs = b.limbs(name, wordOfRotations(word.value, rotations, true));
  const wanted = xorOfRotations(word, rotations, true);
  b.zero(`${name}: lower limb`, sub(limbs.lo, wanted.lo));
  b.zero(`${name}: upper limb`, sub(limbs.hi, wanted.hi));
  return limbs;
};

/** A word that is given as limbs only, or as bits. */
interface Given {
  readonly value: W;
  readonly limbs: Limbs;
}
const given = (word: Word): Given => ({ value: word.value, limbs: limbsOfBits(word.bits) });

export const sha256RoundsChip: Chip = defineChip({
  name: 'sha256_rounds',
  record: CHIP_RECORDS.sha256_rounds,
  build: (b) => {
    const enabler = b.enabler();
    const clk = b.column('clk', b.record('clk'));
    const groupValue = b.record('group');
    const group = b.column('group', groupValue);
    const message = b.bit('message', w.lt(groupValue, WORDS / ROUNDS_A_ROW));
    // Its tuple is counted by this bit: without the row it must be 0.
    b.zero('message words belong to rows in use', mul(message, sub(enabler, 1)));
    const constants = LOCAL.map((r): Limbs & { value: W } => {
      const lo = w.lookup('sha256_table', 2 + 2 * r, groupValue);
      const hi = w.lookup('sha256_table', 3 + 2 * r, groupValue);
      return { lo: b.column(`k${r}_lo`, lo), hi: b.column(`k${r}_hi`, hi), value: w.or(lo, w.shl(hi, 16)) };
    });
    b.take(SHA256_CONSTANTS, [group, message, ...flat(constants)]);

    const inBits = (name: string, i: number): Word => {
      const value = b.record(`s${i}`);
      return { value, bits: bitColumns(b, name, value) };
    };
    const inLimbs = (name: string, i: number): Given => ({
      value: b.record(`s${i}`),
      limbs: b.limbs(name, b.record(`s${i}`)),
    });
    let [a, b1, c, d] = [inBits('a', 0), inBits('b', 1), inBits('c', 2), inLimbs('d', 3)];
    let [e, f, g, h] = [inBits('e', 4), inBits('f', 5), inBits('g', 6), inLimbs('h', 7)];
    const sums = sumColumns(b, (i) => b.record(`p${i}`));
    const state = (): Expr[] => [
      ...flat([a, b1, c].map((x) => given(x).limbs)),
      ...flat([d.limbs]),
      ...flat([e, f, g].map((x) => given(x).limbs)),
      ...flat([h.limbs]),
    ];
    b.take(SHA256_ROUNDS, [clk, group, ...state(), ...flat(sums.map((s) => s.limbs))]);

    const words = LOCAL.map(
      (r): Word => ({ value: b.record(`w${r}`), bits: bitColumns(b, `w${r}`, b.record(`w${r}`)) }),
    );
    b.take(SHA256_MESSAGE, [clk, group, ...flat(words.map((x) => given(x).limbs))], message);
    const small0 = words.map((x, r) => smallColumns(b, `w${r}_s0`, x, SMALL0));
    const small1 = words.map((x, r) => smallColumns(b, `w${r}_s1`, x, SMALL1));
    words.forEach((word, r) => {
      const known = sums[r] as Sum;
      const before = words[r - 2];
      const own = before && wordOfRotations(before.value, SMALL1, true);
      const total: Sum = own
        ? {
            limbs: sumLimbs([known.limbs, small1[r - 2] as Limbs]),
            low: w.add(known.low, low(own)),
            high: w.add(known.high, high(own)),
          }
        : known;
      reduces(b, `w${r}`, total, word, 2, 0, sub(enabler, message));
    });

    for (const r of LOCAL) {
      const k = constants[r] as (typeof constants)[number];
      const word = words[r] as Word;
      const terms = [
        d.value,
        h.value,
        wordOfRotations(e.value, BIG1),
        choiceWord(e.value, f.value, g.value),
        k.value,
        word.value,
      ];
      const newE: Word = { value: sum(terms), bits: bitColumns(b, `e${r}`, sum(terms)) };
      const limbs = [d.limbs, h.limbs, xorOfRotations(e, BIG1), choiceLimbs(e, f, g), k, given(word).limbs];
      reduces(b, `e${r}`, { limbs: sumLimbs(limbs), low: sum(terms.map(low)), high: sum(terms.map(high)) }, newE, 3);
      // a = e - d + S0(a) + maj(a, b, c): carries from -1 to 2.
      const [mixed, most] = [wordOfRotations(a.value, BIG0), majorityWord(a.value, b1.value, c.value)];
      const value = w.sub(sum([newE.value, mixed, most]), d.value);
      const newA: Word = { value, bits: bitColumns(b, `a${r}`, value) };
      const positive = sumLimbs([given(newE).limbs, xorOfRotations(a, BIG0), majorityLimbs(a, b1, c)]);
      const total: Sum = {
        limbs: { lo: sub(positive.lo, d.limbs.lo), hi: sub(positive.hi, d.limbs.hi) },
        low: w.sub(sum([newE.value, mixed, most].map(low)), low(d.value)),
        high: w.sub(sum([newE.value, mixed, most].map(high)), high(d.value)),
      };
      reduces(b, `a${r}`, total, newA, 2, 1);
      [a, b1, c, d] = [newA, a, b1, given(c)];
      [e, f, g, h] = [newE, e, f, given(g)];
    }

    const next = Array.from({ length: WORDS }, (_, j): Limbs => {
      const at = j + ROUNDS_A_ROW;
      const local = <T>(list: readonly T[], behind: number): T[] =>
        list.slice(at - behind >= 0 ? at - behind : 4, at - behind + 1);
      const plain = words.map((x) => given(x).limbs);
      const terms = [...local(plain, 16), ...local(small0, 15), ...local(plain, 7), ...local(small1, 2)];
      const kept = sums[at];
      return sumLimbs(kept ? [kept.limbs, ...terms] : terms);
    });
    b.emit(SHA256_ROUNDS, [clk, add(group, 1), ...state(), ...flat(next)]);
  },
});

/** The call: the state at a0 becomes state + rounds(state, block at a1), word by word. */
export const sha256Chip: Chip = precompileChip('sha256', (b, call) => {
  const message = Array.from({ length: WORDS }, (_, i) => call.read(1, i));
  for (let group = 0; group < 4; group++)
    b.emit(SHA256_MESSAGE, [call.clk, group, ...flat(message.slice(4 * group, 4 * group + 4))]);
  const added = Array.from({ length: 8 }, (_, i) => b.limbs(`rounds${i}`, call.extra(i)));
  const before = added.map((x, i) => {
    const result = b.limbs(`y${i}`, call.result(i));
    const old = call.write(i, result);
    addLimbs(b, `state + rounds ${i}`, old, x, result);
    b.range(result.lo);
    b.range(result.hi);
    return old;
  });
  const none = Array.from({ length: 2 * WORDS }, () => 0);
  b.emit(SHA256_ROUNDS, [call.clk, 0, ...flat(before), ...none]);
  const sums = sumColumns(b, (i) => call.extra(8 + i));
  b.take(SHA256_ROUNDS, [call.clk, GROUPS, ...flat(added), ...flat(sums.map((s) => s.limbs))]);
});
